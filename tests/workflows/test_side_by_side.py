"""Steps that run side by side, and an abort while one of them is held and another goes on (law 8)."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import Client

from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, record, seen, start, wait_of
from tests.workflows.world import World
from workflows.plan import Plan
from workflows.record import RunRecord, State

LEDGER, CARDS = "drain-core-banking.ledger", "drain-core-banking.cards"


@pytest.fixture
def plan(plan: Plan) -> Plan:
    """Two datasets, drained side by side."""
    service = plan.services["core-banking"]
    data = {**service.data, "cards": service.data["ledger"]}
    services = {**plan.services, "core-banking": service.model_copy(update={"data": data})}
    return plan.model_copy(update={"services": services})


@pytest.mark.parametrize("then", ["fails", "is done"])
async def test_no_step_is_held_in_a_run_that_is_undone(
    client: Client, plan: Plan, world: World, then: str
) -> None:
    """Law 8: what was begun beside a held step comes to its end before the undo, and no hold of it is left over."""
    world.dark, world.failing = set(), {"drain ledger": 9, "drain cards": 9 if then == "fails" else 0}
    world.gates["drain cards"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, LEDGER)
        assert await run.execute_update("abort", {"by": "ops", "reason": "seoul is back"}) is None
        await asyncio.sleep(0.2)
        world.gates["drain cards"].set()
        await wait_of(run, "declaration")
        after: RunRecord = await seen(run, lambda r: r if ended(r, CARDS) else None)
        assert [wait.name for wait in after.waits] == ["declaration"]
        assert after.state is State.WAITING
        assert [e.text for e in after.journal if e.kind == "hold"] == [f"{LEDGER}: it replays nothing"]
        assert "muster abort" not in str([n.body for n in world.notices if CARDS in n.body])
        await approve(run, "kim", "lee")
        result = await run.result()
    assert result.state is State.ABORTED, result.conclusion
    assert world.count("promote") == 0 and world.does[-2:] == ["lift power", "lift edge"]


def ended(run: RunRecord, name: str) -> bool:
    return any(step.name == name and step.ended_at is not None for step in run.steps)


async def test_an_abort_waits_for_what_goes_on(client: Client, plan: Plan, world: World) -> None:
    """Law 8: nothing is asked about a fence while a step of the way forward is still going on."""
    world.dark, world.failing = set(), {"drain ledger": 9}
    world.gates["drain cards"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, LEDGER)
        await run.execute_update("abort", {"by": "ops", "reason": "seoul is back"})
        await asyncio.sleep(0.3)
        assert [wait.name for wait in (await record(run)).waits] == []
        world.gates["drain cards"].set()
        await wait_of(run, "declaration")
        await run.terminate()
