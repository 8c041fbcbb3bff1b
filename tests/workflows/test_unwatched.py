"""A fenced center whose watch was ended by a wrong click: noticed by the Estate, begun anew, told (laws 1, 8, 18)."""

from __future__ import annotations

import asyncio
import time

from temporalio.client import Client, WorkflowExecutionStatus

from activities.errors import ServerUnreachable
from activities.fence_watching import FenceWatchControl
from activities.models import Outcome, StepResult, StopWatch
from activities.models.estate import Obligation, Registration
from tests.workflows.conftest import apply, workers
from tests.workflows.test_estate import estate_seen
from tests.workflows.test_fence_watch import declare, power_on, told, watch_of, watched
from tests.workflows.world import World
from workflows import names
from workflows.estate.book import EstateBook
from workflows.estate.state import EstateState
from workflows.estate.unwatched import AGAIN, Unwatched
from workflows.fence.watch_start import fence_plan
from workflows.fence_watch import FenceWatch
from workflows.orders import FenceWatchOrder
from workflows.plan import Plan, snapshot
from workflows.run.fenced import Fenced
from workflows.run.record import State

OWED = Obligation(
    id="fence/seoul", kind="fence", target="seoul", workflow_id="w", first_run_id="f", epoch=2, since=100.0
)
CLONE = OWED.model_copy(update={"id": "clone/1", "kind": "clone", "target": "1"})


def test_the_run_that_fences_begins_it_first() -> None:
    """Law 1: the Estate looks after a while; for a fence alone, and never twice at once for the same one."""
    state = EstateState(estate="bank", obligations=[OWED, CLONE])
    watches = Unwatched(state)
    assert (watches.due(100.0), watches.next_at(100.0)) == ([], 100.0 + state.grace)
    late = 100.0 + state.grace
    assert [one.workflow_id for one in watches.due(late)] == ["bank/fence/seoul"]
    assert watches.next_at(late) is None
    assert watches.missing("bank/fence/seoul", late) == OWED
    watches.begun("seoul", late)
    assert watches.missing("bank/fence/seoul", late + 1) is None
    assert watches.next_at(late) == late + AGAIN and watches.due(late + AGAIN)
    watches.impossible("seoul", late)
    assert not watches.due(late + AGAIN), "its plan does not know the center"
    EstateBook(state).register(Registration(plan_hash="h", plan_data="d", homes={}), late)
    assert watches.due(late), "a plan that was just applied may"
    state.obligations = []
    assert watches.due(late + AGAIN) == []


async def test_a_watch_that_was_terminated_begins_anew_and_is_told(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 8, 18: nobody has to come for it; it fences again as the one before it did."""
    async with workers(client, world):
        first = await (await declare(client, plan, world, grace=1.0)).describe()
        await watch_of(client, plan).terminate("by mistake")
        await estate_seen(client, plan, lambda s: [one for one in s.remarks if "watched anew" in one.text])
        watch = watch_of(client, plan)
        assert (await watch.describe()).run_id != first.run_id
        await watched(watch, lambda r: len(r.evidence) == 2)
        await watched(watch, lambda r: r.services == ["channel", "core-banking"])
        power_on(world)
        await watched(watch, lambda r: "closed_again" in r.facts)
        await estate_seen(client, plan, lambda s: not s.exports)
    assert world.count("fence power") == 1
    anew = [body for body in told(world) if "had ended (terminated)" in body]
    assert len(anew) == 2, told(world)  # operators and executives
    assert first.run_id in [order.run_id for order in world.exported]


async def test_a_rebuilt_estate_watches_by_its_own_clock(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 16: the machine of whoever applied the plan may be a day ahead."""
    ahead = OWED.model_copy(update={"since": time.time() + 86400.0})
    world.fenced.add("seoul")
    async with workers(client, world):
        await apply(client, plan, is_rebuilt=True, obligations=[ahead], grace=0.5)
        await estate_seen(client, plan, lambda s: [one for one in s.remarks if "watched anew" in one.text])
        assert (await watch_of(client, plan).describe()).status is WorkflowExecutionStatus.RUNNING


async def test_a_watch_that_ended_by_its_rule_stays_ended(client: Client, plan: Plan, world: World) -> None:
    """Law 8: a fence that was cleared is watched by nobody."""
    async with workers(client, world):
        watch = await declare(client, plan, world, grace=1.0)
        estate = client.get_workflow_handle(f"{plan.estate}/estate")
        state: EstateState = await estate_seen(client, plan, lambda s: s if s.obligations else None)
        (owed,) = state.obligations
        run = {"estate": plan.estate, "workflow_id": owed.workflow_id, "first_run_id": owed.first_run_id}
        cleared = {**run, "epoch": owed.epoch, "id": owed.id, "proof": "the test lifted it"}
        assert await estate.execute_update("clear", cleared) is None
        power_on(world)
        record = await watch.result()
        ended = await watch.describe()
        state = await estate_seen(client, plan, lambda s: s)
        assert not [one for one in state.remarks if "watched anew" in one.text]
        assert (await watch_of(client, plan).describe()).run_id == ended.run_id
    assert "the obligation was cleared" in record.conclusion
    assert world.count("fence") == 0


def short(plan: Plan) -> FenceWatchOrder:
    """A watch that goes on as a new run as often as the server lets it."""
    seoul = plan.centers["seoul"].model_copy(update={"fence_watch": 0.1})
    plan = plan.model_copy(update={"centers": {**plan.centers, "seoul": seoul}})
    fenced = Fenced(center="seoul", services=sorted(plan.services), epoch=2)
    return FenceWatchOrder(
        plan=snapshot(fence_plan(plan)),
        plan_hash="h",
        fenced=fenced,
        parent_id="w",
        started_by="sre",
        turn_over_at=1,
    )


async def stopped(client: Client, ask: StopWatch) -> StepResult:
    """As the activity's policy has it: asked again while nobody answers."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await FenceWatchControl(client).stop_fence_watch(ask)
            except ServerUnreachable:
                await asyncio.sleep(0.1)


async def test_a_stop_on_the_border_of_two_runs_is_not_lost(client: Client, plan: Plan, world: World) -> None:
    """Laws 8, 15: wherever it arrives, it is answered by a watch that has ended; never by "nobody watches"."""
    watch = watch_of(client, plan)
    ask = StopWatch(estate=plan.estate, center="seoul", by="a test", reason="its fence is being lifted")
    async with workers(client, world):
        for trial in range(4):
            first = await client.start_workflow(
                FenceWatch.run, short(plan), id=watch.id, task_queue=names.queue(plan.estate, names.CONTROL)
            )
            async with asyncio.timeout(20):
                while (await watch.describe()).run_id == first.first_execution_run_id:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.3 * trial)
            result = await stopped(client, ask)
            async with asyncio.timeout(20):
                record = await watch.result()
            assert (result.outcome, record.state) == (Outcome.DONE, State.DONE), trial
            assert "its fence is being lifted" in result.summary
