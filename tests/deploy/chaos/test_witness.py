"""What a witness reads of the name server, the server's wire alone being fake."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import dns.exception
import dns.message
import dns.rrset
import pytest
from temporalio.client import Client

from deploy.chaos.witness import Witness
from deploy.lab.layout import Layout
from deploy.site import Site
from tests.deploy.chaos.test_invariants import record


@pytest.mark.parametrize(
    ("held", "name_at", "epoch"),
    [
        ({"A": "WEB", "TXT": '"2"'}, "busan", 2),
        ({"A": "192.0.2.1"}, "192.0.2.1", None),
        ({"A": "WEB", "TXT": '"x"'}, "busan", None),
        (None, "", None),
    ],
)
def test_where_a_name_leads_and_under_which_epoch(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    held: dict[str, str] | None,
    name_at: str,
    epoch: int | None,
) -> None:
    """Law 5: the move of a name leaves its epoch beside it, and that is judged too."""
    layout = Layout("lab", 60, "hanbit-bank", tmp_path)

    def answer(query: dns.message.QueryMessage, where: str, timeout: float) -> dns.message.Message:
        if held is None:
            raise dns.exception.Timeout
        made = dns.message.make_response(query)
        asked = query.question[0]
        type_ = "TXT" if asked.name.labels[0] == b"_muster-epoch" else "A"
        if type_ in held:
            value = held[type_].replace("WEB", layout.web("busan"))
            made.answer.append(dns.rrset.from_text(asked.name, 5, "IN", type_, value))
        return made

    monkeypatch.setattr("dns.query.udp", answer)
    site: Any = SimpleNamespace(lab=SimpleNamespace(layout=layout))
    witness = Witness(cast(Site, site), cast(Client, None), record(), 0.0)
    assert (witness.name_at(), witness.name_epoch()) == (name_at, epoch)
