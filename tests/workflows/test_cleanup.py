"""A declaration that was terminated half way: what it left is undone by people's word, or gone on with (law 8)."""

from __future__ import annotations

import asyncio

from temporalio.client import Client

from activities.models.estate import Release
from tests.workflows.conftest import apply, workers
from tests.workflows.holders import entrance, holder
from tests.workflows.test_declaration import Handle, approve, decide, estate_of, record, seen, start, wait_of
from tests.workflows.test_estate import estate_seen, tell
from tests.workflows.test_reset import reset, schedules
from tests.workflows.world import World
from workflows.declaration import Declaration
from workflows.estate.estate import EstateState
from workflows.plan import Plan
from workflows.run.record import State


async def terminated(client: Client, plan: Plan, world: World, at: str) -> Handle:
    """A declaration that was terminated while `at` was going on."""
    world.gates[at] = asyncio.Event()
    await apply(client, plan)
    run = await start(client, plan)
    await decide(run)
    await approve(run, "kim", "lee")
    await seen(run, lambda r: world.count(at) == 1)
    await run.terminate("by mistake")
    world.gates.pop(at).set()
    return run


async def cleanup_of(client: Client, plan: Plan) -> Handle:
    def cleanup(state: EstateState) -> str:
        held = state.lease
        return held.workflow_id if held and held.scenario == "cleanup" else ""

    workflow_id: str = await estate_seen(client, plan, cleanup)
    handle: Handle = client.get_workflow_handle_for(
        Declaration.run, workflow_id
    )  # its record is a RunRecord too
    return handle


async def test_the_fence_is_lifted_when_the_approvers_say_so(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 5, 8, 10: asked of the same gate, never of the old starter; the epoch is written before the lift."""
    world.dark = set()
    async with workers(client, world):
        await terminated(client, plan, world, "drain")
        cleanup = await cleanup_of(client, plan)
        await wait_of(cleanup, "declaration")
        token = (await wait_of(cleanup, "declaration")).token
        refusal = await cleanup.execute_update("approve", {"by": "sre", "token": token})
        assert "started this run" in refusal
        assert world.count("lift") == 0
        gate = await wait_of(cleanup, "declaration")
        assert any("seoul is fenced since" in line and "/declaration)" in line for line in gate.about)
        assert "No other run is active." in gate.about
        assert (await record(cleanup)).warnings == [], "no promotion is at stake"
        await approve(cleanup, "kim", "lee")
        result = await cleanup.result()
        state = await estate_of(client, plan)
    assert result.state is State.DONE, result.conclusion
    assert "the fence of seoul was lifted, and it serves again" in result.conclusion
    assert [act for act in world.does if act.startswith("lift")] == ["lift power", "lift edge"]
    assert world.index("epoch 3 at seoul/") < world.index("lift power"), world.does
    assert (state.lease, state.obligations, state.departed) == (None, [], [])
    assert state.active == {"channel": "seoul", "core-banking": "seoul"}
    titles = [notice.title for notice in world.notices]
    assert any("cleanup after" in title for title in titles), titles


async def test_a_no_leaves_the_fence_and_frees_the_lease(client: Client, plan: Plan, world: World) -> None:
    """Law 8: refusing is an answer: fence and obligation stay, and how to ask again is said."""
    async with workers(client, world):
        await terminated(client, plan, world, "drain")
        cleanup = await cleanup_of(client, plan)
        token = (await wait_of(cleanup, "declaration")).token
        for by in ("kim", "lee"):
            await cleanup.execute_update("reject", {"by": by, "token": token, "reason": "not yet"})
        result = await cleanup.result()
        state = await estate_of(client, plan)
    assert "seoul stays fenced" in result.conclusion and "muster lift" in result.conclusion
    assert world.count("lift") == 0
    assert state.lease is None
    assert [one.id for one in state.obligations] == ["fence/seoul"]


async def test_a_cleanup_that_was_terminated_is_begun_again(client: Client, plan: Plan, world: World) -> None:
    """Law 8: what is owed is somebody's until it is undone or refused."""
    world.dark = set()
    async with workers(client, world):
        await terminated(client, plan, world, "drain")
        first = await cleanup_of(client, plan)
        await wait_of(first, "declaration")
        await first.terminate("again by mistake")
        await estate_seen(client, plan, lambda s: s.lease and s.lease.epoch == 4)
        second = await cleanup_of(client, plan)
        assert second.id != first.id
        await approve(second, "kim", "lee")
        assert (await second.result()).state is State.DONE


async def test_who_was_reset_after_its_end_is_watched_again(client: Client, plan: Plan, world: World) -> None:
    """Law 8: no cleanup is burnt against a run that goes on, and its next end finds them all unused."""
    async with workers(client, world), holder(client, plan.estate, "next") as other:
        world.gates["drain"] = asyncio.Event()
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("drain") == 1)
        await tell(client, plan, "announce", entrance(plan.estate, other, "declaration"))
        await run.terminate("by mistake")
        await estate_seen(client, plan, lambda s: s.departed)
        again = await reset(client, run, before=schedules("drain_dataset"))
        gone = Release(
            estate=plan.estate, workflow_id=other.id, first_run_id=other.first_execution_run_id or ""
        )
        await tell(client, plan, "release", gone)
        state = await estate_seen(client, plan, lambda s: s if not s.departed else None)
        assert state.lease is not None and state.lease.workflow_id == run.id
        assert "goes on after a reset" in state.remarks[-1].text
        await again.terminate("once more")
        cleanup = await cleanup_of(client, plan)
    assert cleanup.id.endswith("-1")


async def test_after_a_promotion_was_begun_there_is_only_forward(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 8, 10: the fence is never lifted; a new declaration goes on from there, told and shown."""
    async with workers(client, world):
        first = await terminated(client, plan, world, "promote epoch=2 attempt=1")
        await estate_seen(
            client,
            plan,
            lambda s: not s.lease and s.obligations and s.obligations[0].workflow_id != first.id,
        )
        assert world.count("lift") == 0
        world.promoted = True
        world.does.clear()
        run = await start(client, plan)
        await decide(run)
        shown = await wait_of(run, "declaration")
        assert shown.title
        warned = await seen(run, lambda r: [line for line in r.warnings if "begun to promote" in line])
        assert first.id in warned[0]
        estimate = (await seen(run, lambda r: r.estimates))[0]
        assert estimate.upper_s is None and "promoted already" in estimate.reason
        await approve(run, "kim", "lee")
        result = await run.result()
        state = await estate_of(client, plan)
    assert result.state is State.DONE, result.conclusion
    assert (world.count("drain"), world.count("check")) == (0, 0)
    assert state.active == {"channel": "busan", "core-banking": "busan"}
    assert [one.id for one in state.obligations] == ["fence/seoul"]
    steps = {step.name: str(step.outcome) for step in result.steps}
    assert steps["drain-core-banking.ledger"] == steps["check-core-banking.ledger"] == "already"


async def test_a_half_done_run_has_no_way_back(client: Client, plan: Plan, world: World) -> None:
    """Law 8: whoever goes on with a promotion that was begun can no longer abort it, nor lift its fence."""
    async with workers(client, world):
        await terminated(client, plan, world, "promote epoch=2 attempt=1")
        world.promoted = True
        world.devices_gone = True
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        refusal = await run.execute_update("abort", {"by": "ops", "reason": "no"})
        assert "only forward" in refusal
        await run.terminate("the test is over")


async def test_it_finds_its_way_after_the_direction_was_recorded(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 11: services already stand at busan by the record; the new declaration still goes from seoul."""
    async with workers(client, world):
        await terminated(client, plan, world, "prove core-banking")
        assert (await estate_of(client, plan)).active["core-banking"] == "busan"
        world.promoted = True
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await run.result()
    assert (result.old, result.new) == ("seoul", "busan")
    assert result.state is State.DONE, result.conclusion
