"""What may die, dies in the middle of a step: the run ends well and side effects are counted once (law 4).

Fence and promotion stand still in their middle, at a gate that the test opens after the kill: it cannot miss them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import pytest
from temporalio.client import Client

from deploy.lab import kernel
from deploy.lab.lab import Lab
from deploy.site import CONTROL, Site, begin_anew
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


async def in_the_middle(gated: Gated, step: str, trouble: Callable[[], None]) -> None:
    """Trouble while the step's command stands at its gate, by the record and by the host's own disk."""
    await gated.going(step)
    await gated.stands(step)
    assert (gated.begun(step), gated.ended(step)) == (1, 0)
    await asyncio.to_thread(trouble)
    assert gated.ended(step) == 0
    gated.open(step)


async def survive(gated: Gated, trouble: Callable[[], None]) -> None:
    await gated.load(seconds=0.5)
    gated.lab.local_writer(OLD).start()
    gated.lose()
    await gated.declared()
    await in_the_middle(gated, FENCE, trouble)
    await in_the_middle(gated, PROMOTE, trouble)
    result = await gated.end()
    gated.first_write()
    truth = gated.truth()
    gated.tell(result, truth)
    assert gated.begun(PROMOTE) == 1
    assert not truth.both_sides_accepted_writes
    gated.assert_once()
    assert [phase.name for phase in result.phases].count("promote") == 1


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


async def test_the_control_worker_is_killed(gated: Gated) -> None:
    """In the middle of the fence, and again of the promotion."""
    worker = gated.site.workers[CONTROL]

    def kill() -> None:
        worker.kill()
        worker.start()
        worker.wait()

    await survive(gated, kill)


async def test_the_server_is_killed(gated: Gated) -> None:
    """In the middle of the fence, and again of the promotion."""

    def kill() -> None:
        gated.site.server.kill()
        gated.site.server.start()

    await survive(gated, kill)
