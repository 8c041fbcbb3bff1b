"""Steps that run side by side: none goes ahead of the others (law 17), and an abort in the middle of them (law 8)."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from temporalio.client import Client

from activities.models import Outcome
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, record, seen, start, wait_of
from tests.workflows.world import World
from workflows.plan import Plan
from workflows.run.record import RunRecord, State

VERBS = ("drain", "check", "promote", "start", "prove", "dns")
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


@pytest.mark.parametrize("fails_as", [Outcome.FAILED, Outcome.UNKNOWN])
async def test_all_or_nothing_in_front(client: Client, plan: Plan, world: World, fails_as: Outcome) -> None:
    """Law 17: of two datasets one does not pass: neither goes on; and nothing starts before both are promoted."""
    world.fails_as = fails_as
    world.failing = {"drain cards": 1, "check cards": 1, "promote cards": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        for verb, after in (("drain", "check"), ("check", "promote"), ("promote", "start")):
            held = f"{verb}-core-banking.cards"
            await wait_of(run, held)
            await seen(run, partial(ended, name=f"{verb}-core-banking.ledger"))
            await asyncio.sleep(0.2)
            assert world.count(after) == world.count("dns") == 0, f"{held} is held"
            assert await run.execute_update("retry", {"by": "ops", "step": held}) is None
        result = await run.result()
    assert result.state is State.DONE, result.conclusion
    order = [VERBS.index(verb) for act in world.does if (verb := act.partition(" ")[0]) in VERBS]
    assert order == sorted(order) and order.count(VERBS.index("promote")) == 3, world.does
