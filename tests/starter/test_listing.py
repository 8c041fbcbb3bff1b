"""`muster list` at every width: no word is broken, and what is not shown is named."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from starter import columns, listing
from starter import console as console_module

RUN_ID = "01a20961-ec60-79a0-990d-1decd66cbd62"
HEADS = ("run", "status", "phase", "waits for", "severity", "started", "run id")


def rows(waits_for: str) -> list[dict[str, Any]]:
    row = {"run": "hanbit-bank/declaration", "run_id": RUN_ID, "status": "running", "phase": "decide"}
    return [row | {"waits_for": waits_for, "severity": "critical", "started": "2026-11-23 17:09:02 UTC"}]


@pytest.mark.parametrize("all_runs", [False, True])
@pytest.mark.parametrize(
    "waits_for", ["severity", "a step that failed in the channel, another in core-banking"]
)
@pytest.mark.parametrize("width", [0, 80, 100, 140])
def test_no_word_is_broken(
    width: int,
    waits_for: str,
    all_runs: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Width 0 is a pipe: all is shown. A terminal shows what has room, names the rest, and keeps what names a run."""

    def paper() -> Console:
        return Console(markup=False, force_terminal=True, no_color=True, width=width)

    if width:
        monkeypatch.setattr(console_module, "console", paper)
        monkeypatch.setattr(columns, "console", paper)
    listing._show(rows(waits_for), all_runs=all_runs)
    shown, said = capsys.readouterr()
    for escape in ("\x1b[2m", "\x1b[0m", "\x1b[1m"):
        shown = shown.replace(escape, "")
    head = shown.splitlines()[0]
    missing = [name for name in HEADS[: 7 if all_runs else 6] if name not in head]
    assert "…" not in shown and all(name in said for name in missing)
    assert "hanbit-bank/declaration" in shown and (RUN_ID in shown) == all_runs
    assert all(word in shown.split() for word in waits_for.split()) or "waits for" in missing
    if width:
        assert max(map(len, map(str.rstrip, shown.splitlines()))) <= width
    else:
        assert (missing, said) == ([], "") and waits_for in shown
