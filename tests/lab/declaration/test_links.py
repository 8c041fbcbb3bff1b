"""Links are cut and runs are reset in the middle of a step: it is joined, and side effects are counted once (law 4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from temporalio.client import Client

from deploy.lab import kernel
from deploy.lab.lab import Lab
from deploy.site import Site, begin_anew
from tests.lab.declaration.declaring import NEW, OLD
from tests.lab.declaration.gated import Gated

pytestmark = pytest.mark.lab

FENCE, PROMOTE = f"fence-{OLD}", "promote-core-banking.ledger"
DATABASE = f"{NEW}/db-1"


@pytest.fixture
async def gated(site: Site, client: Client) -> AsyncIterator[Gated]:
    """An estate whose power switch and promotion stand still in the middle."""
    made = Gated(site, client)
    await begin_anew(site, client, made.changes)
    yield made
    made.outside.stop()


async def test_the_link_to_the_host_is_cut_and_the_run_is_reset(gated: Gated) -> None:
    """A promotion is joined after a cut and healed link, and by the run that a reset made; reset again, it is over."""
    await gated.load(seconds=0.5)
    gated.lose()
    gated.open(FENCE)
    await gated.declared()
    await gated.going(PROMOTE)
    await gated.stands(PROMOTE)
    with cut_off(gated.lab, DATABASE):
        await gated.delivered("promote_dataset", attempt=2)
    await gated.reset_before("promote_dataset")
    await gated.going(PROMOTE)
    await gated.delivered("promote_dataset", attempt=1)
    assert (gated.begun(PROMOTE), gated.ended(PROMOTE)) == (1, 0)
    gated.open(PROMOTE)
    first = await gated.end()
    gated.first_write()
    await gated.reset_before("promote_dataset")
    second = await gated.end()
    assert first.run_id != second.run_id
    gated.tell(second, gated.truth())
    assert (gated.begun(PROMOTE), gated.ended(PROMOTE)) == (1, 1)
    gated.assert_once()


@contextmanager
def cut_off(lab: Lab, label: str) -> Iterator[None]:
    """Nothing goes into a host or out of it; what runs there goes on."""
    namespace = lab.layout.namespace_of(lab.layout.host(label))
    chains = "\n".join(
        f"chain {way} {{ type filter hook {way} priority -10; {direction} != lo drop; }}"
        for way, direction in (("input", "iif"), ("output", "oif"))
    )
    kernel.nft(namespace, f"table inet cut {{\n{chains}\n}}\n")
    try:
        yield
    finally:
        kernel.nft(namespace, "delete table inet cut")
