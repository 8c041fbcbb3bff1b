"""Lifting a fence: watched until the Estate took the intent, again when it is given up (laws 1, 5, 8, 10)."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from activities.models.estate import ClosedRun, SetActive
from tests.workflows.conftest import apply, workers
from tests.workflows.test_cleanup import cleanup_of
from tests.workflows.test_declaration import Handle, approve, decide, estate_of, seen, start, wait_of
from tests.workflows.test_estate import estate_seen, tell
from tests.workflows.test_fence_watch import power_on, told, watch_of, watched
from tests.workflows.test_reset import reset, schedules
from tests.workflows.world import World
from workflows import names
from workflows.cleanup import Cleanup
from workflows.declaration import Declaration
from workflows.evidence.fences import FRESH
from workflows.orders import CleanupOrder
from workflows.plan import Plan, PlanSnapshot
from workflows.run.fenced import obligation_of
from workflows.run.record import RunRecord, State


@pytest.fixture
def plan(plan: Plan) -> Plan:
    """Looked at every second: people of a test do not wait."""
    seoul = plan.centers["seoul"].model_copy(update={"fence_watch": 1.0})
    return plan.model_copy(update={"centers": {**plan.centers, "seoul": seoul}})


async def aborted(client: Client, plan: Plan, world: World) -> Handle:
    """A declaration whose fence is made and not confirmed, aborted: its approvers are asked for the lift."""
    world.dark, world.blind = set(), {"busan"}
    await apply(client, plan, grace=1.0)
    run = await start(client, plan)
    await decide(run)
    await approve(run, "kim", "lee")
    await wait_of(run, "fence-seoul")
    await watched(watch_of(client, plan), lambda r: len(r.evidence) == 2)
    await run.execute_update("abort", {"by": "ops", "reason": "false alarm"})
    return run


async def reject(run: Handle) -> None:
    token = (await wait_of(run, "declaration")).token
    for by in ("kim", "lee"):
        await run.execute_update("reject", {"by": by, "token": token, "reason": "not yet"})


async def is_watched(client: Client, plan: Plan) -> bool:
    return (await watch_of(client, plan).describe()).status is WorkflowExecutionStatus.RUNNING


async def asked(client: Client, plan: Plan, by: str = "ops") -> Handle:
    """As `muster lift` begins it."""
    state = await estate_of(client, plan)
    owed = obligation_of(state, "seoul")
    run = ClosedRun(workflow_id=owed.workflow_id if owed else "", first_run_id="", how="closed")
    await client.start_workflow(
        Cleanup.run,
        CleanupOrder(
            plan=PlanSnapshot(hash=state.plan_hash, data=state.plan_data),
            run=run,
            started_by=by,
            center="seoul",
            reason="it was a false alarm",
        ),
        id=names.lift_id(plan.estate, "seoul"),
        task_queue=names.queue(plan.estate, names.CONTROL),
    )
    # its record is a RunRecord too
    return client.get_workflow_handle_for(Declaration.run, names.lift_id(plan.estate, "seoul"))


async def test_a_lift_that_the_estate_refuses_leaves_it_watched(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 5: the intent comes before the end of the watch: here the services moved while people thought."""
    async with workers(client, world):
        run = await aborted(client, plan, world)
        await wait_of(run, "declaration")
        lease = (await estate_of(client, plan)).lease
        assert lease is not None
        ours = {"estate": plan.estate, "workflow_id": lease.workflow_id, "first_run_id": lease.first_run_id}
        moved = SetActive(**ours, epoch=lease.epoch, services=["core-banking"], center="busan")
        await tell(client, plan, "set_active", moved)
        await approve(run, "kim", "lee")
        result = await run.result()
        assert await is_watched(client, plan)
    assert result.state is State.FAILED and "core-banking is active at busan" in result.conclusion
    assert world.count("lift") == 0
    assert "stop-watch-seoul" not in [step.name for step in result.steps]
    asked = [one.about for one in result.rounds if one.gate == "declaration"]
    assert len(set(asked)) == 2 and "lift the fence of seoul" in asked[-1], (
        "who is asked what is in the record"
    )


@pytest.mark.parametrize("by_cleanup", [False, True])
async def test_without_the_word_of_the_estate_nothing_is_opened(
    client: Client, plan: Plan, world: World, by_cleanup: bool
) -> None:
    """Laws 1, 2: whether the other side was promoted since, only the Estate knows; its silence is no yes."""
    async with workers(client, world):
        run = await aborted(client, plan, world)
        if by_cleanup:
            await reject(run)
            await run.result()
            run = await asked(client, plan)
        world.unheard = {"lift"}
        await approve(run, "kim", "lee")
        result = await run.result()
        assert await is_watched(client, plan)
        state = await estate_of(client, plan)
    assert result.state is (State.STOOD_DOWN if by_cleanup else State.FAILED), result.conclusion
    assert "the Estate does not answer" in result.conclusion
    assert world.count("lift") == 0
    assert [one.id for one in state.obligations] == ["fence/seoul"] and state.lease is None


async def test_a_device_that_cannot_be_lifted_is_watched_anew(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 8: half open, its obligation stands: another watch looks, and the lift counts as given up."""
    world.failing = {"lift edge": 99}
    async with workers(client, world):
        run = await aborted(client, plan, world)
        first = (await watch_of(client, plan).describe()).run_id
        await approve(run, "kim", "lee")
        result = await run.result()
        about = await watch_of(client, plan).describe()
        state = await estate_of(client, plan)
    assert "edge is not lifted" in result.conclusion and "muster lift" in result.conclusion
    assert about.status is WorkflowExecutionStatus.RUNNING and about.run_id != first
    assert [one.id for one in state.obligations] == ["fence/seoul"]
    assert [one.stage for one in state.actions if one.what == "lift"][-1] == "failed"


async def test_a_run_that_is_ended_while_it_lifts_leaves_it_watched(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 8: nobody's code runs then: the Estate begins a watch, the cleanup asks and brings it to its end."""
    world.gates["lift power"] = asyncio.Event()
    async with workers(client, world):
        run = await aborted(client, plan, world)
        await approve(run, "kim", "lee")
        async with asyncio.timeout(20):
            while not world.count("lift power"):
                await asyncio.sleep(0.05)
        assert not await is_watched(client, plan)
        await run.terminate("in the middle of it")
        world.gates["lift power"].set()
        await estate_seen(client, plan, lambda s: [one for one in s.remarks if "watched anew" in one.text])
        assert await is_watched(client, plan)
        cleanup = await cleanup_of(client, plan)
        world.failing = {}
        await approve(cleanup, "kim", "lee")
        result = await cleanup.result()
        state = await estate_of(client, plan)
        ended = await watch_of(client, plan).result()
    assert "was lifted, and it serves again" in result.conclusion
    assert ended.state is State.DONE
    assert (state.lease, state.obligations) == (None, [])


async def test_after_a_no_the_approvers_are_asked_again(client: Client, plan: Plan, world: World) -> None:
    """Laws 6, 8: no dead end: the same gate, who asks has no voice, epoch first, and the obligation is cleared."""
    async with workers(client, world):
        run = await aborted(client, plan, world)
        await reject(run)
        refused = await run.result()
        assert f"muster lift {plan.estate} seoul" in refused.conclusion
        assert await is_watched(client, plan)
        lift = await asked(client, plan)
        wait = await wait_of(lift, "declaration")
        assert "ops asks for it (it was a false alarm)" in wait.title
        refusal = await lift.execute_update("approve", {"by": "ops", "token": wait.token})
        assert refusal
        await approve(lift, "kim", "lee")
        result: RunRecord = await lift.result()
        state = await estate_of(client, plan)
        assert not await is_watched(client, plan)
    assert result.state is State.DONE and "it serves again" in result.conclusion
    assert (state.lease, state.obligations, state.epoch) == (None, [], 3)
    assert world.index("epoch 3 at seoul/") < world.index("lift power")


async def test_what_is_opened_by_hand_is_told_and_not_fought(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 8, 11, 18: the active center is not fenced by a watch; that its fence still stands is told once."""
    async with workers(client, world):
        run = await aborted(client, plan, world)
        await reject(run)
        await run.result()
        fences = world.count("fence ")
        power_on(world)
        watch = watch_of(client, plan)
        await watched(watch, lambda r: any("not fenced again" in one.text for one in r.journal))
        async with asyncio.timeout(10):
            while sum("is not fenced again" in body for body in told(world)) < 2:
                await asyncio.sleep(0.1)
        await asyncio.sleep(6)  # another look, after its back-off
        assert await is_watched(client, plan)
    assert world.count("fence ") == fences
    left = [body for body in told(world) if "is not fenced again" in body]
    assert len(left) == 2 and f"muster lift {plan.estate} seoul" in left[0], told(world)


async def test_nothing_is_asked_that_cannot_be(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 10: nothing owed; a run holds the lease; a center that was overtaken is opened by a failback alone."""
    async with workers(client, world):
        await apply(client, plan)
        nothing = await (await asked(client, plan)).result()
        run = await start(client, plan)
        await decide(run)
        world.gates["drain"] = asyncio.Event()
        await approve(run, "kim", "lee")
        await estate_seen(client, plan, lambda s: s.obligations)
        held = await (await asked(client, plan)).result()
        world.gates["drain"].set()
        await run.result()
        overtaken = await (await asked(client, plan)).result()
        state = await estate_of(client, plan)
    assert nothing.state is State.STOOD_DOWN and "no fence of seoul" in nothing.conclusion
    assert held.state is State.STOOD_DOWN and "lease is held by" in held.conclusion
    assert "Only a failback opens it" in overtaken.conclusion
    assert world.count("lift") == 0
    assert [one.workflow_id for one in state.obligations] == [run.id]


async def test_a_lease_whose_answer_was_lost_owes_nothing_after_an_abort(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 8, 10: nothing was fenced: what the Estate registered with the grant goes with the run."""
    world.lost_grants = 99
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "lease")
        assert (await estate_of(client, plan)).obligations
        await run.execute_update("abort", {"by": "ops", "reason": "false alarm"})
        result = await run.result()
        state = await estate_of(client, plan)
    assert result.state is State.ABORTED and world.count("fence") == 0
    assert (state.lease, state.obligations) == (None, []), state.remarks
    assert any("changed nothing and does not owe fence/seoul" in one.text for one in state.remarks)


async def test_a_reset_run_owes_anew_what_it_closes_anew(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 8, 10: its fence was lifted and cleared and its lease given back; it does all as a holder."""
    world.gates["drain"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan, grace=60.0)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("drain") == 1)
        await run.execute_update("abort", {"by": "ops", "reason": "a false alarm"})
        world.gates["drain"].set()
        await approve(run, "kim", "lee")
        world.dark.clear()
        assert "was lifted" in (await run.result()).conclusion
        assert (await estate_of(client, plan)).obligations == []
        world.dark.add("seoul")
        await asyncio.sleep(FRESH + 0.5)
        promote = "promote epoch=3 attempt=1"
        world.gates[promote] = asyncio.Event()
        again = await reset(client, run, before=schedules("drain_dataset"), updates=False)
        await seen(again, lambda r: world.count("promote"))
        state = await estate_of(client, plan)
        assert state.lease is not None and state.lease.epoch == 3
        assert [(one.id, one.epoch) for one in state.obligations] == [("fence/seoul", 3)]
        assert await is_watched(client, plan) and world.fenced == {"seoul"}
        assert next((one.what, one.stage) for one in state.actions if one.epoch == 3) == ("fence", "intent")
        world.gates[promote].set()
        assert (await again.result()).state is State.DONE
