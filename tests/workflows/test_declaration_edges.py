"""The edges of a declaration: between two moments, after somebody was ended, when nothing comes back."""

from __future__ import annotations

import asyncio

from temporalio.client import Client

from tests.workflows.conftest import apply, workers
from tests.workflows.holders import ask, holder
from tests.workflows.test_declaration import (
    approve,
    decide,
    estate_of,
    seen,
    start,
    wait_of,
)
from tests.workflows.world import World
from workflows import names, slices
from workflows.estate.estate import Estate, EstateState
from workflows.plan import Plan, snapshot
from workflows.run.record import State
from workflows.scenario import gatekeeper


async def test_a_fence_undone_while_held_is_made_again(client: Client, plan: Plan, world: World) -> None:
    """Law 1: an operator's hold after the fence, the power comes back; nothing is promoted before it is off again.

    Law 8: nothing was begun yet, so an abort is still offered.
    """
    world.dark, world.gates["drain"] = set(), asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: any(step.name.startswith("drain") for step in r.steps))
        assert await run.execute_update("hold", {"by": "ops", "reason": "wait"}) is None
        world.gates["drain"].set()
        await wait_of(run, "pause")
        world.devices_gone = True
        world.fenced.discard("seoul")
        await asyncio.sleep(5.5)  # longer than a confirmation is good for
        assert await run.execute_update("resume", {"by": "ops", "reason": "go"}) is None
        held = await wait_of(run, "fence-seoul")
        assert "abort" in [paste.signal for paste in held.send]
        assert not [one for one in (await estate_of(client, plan)).actions if one.what == "promote"]
        world.devices_gone = False
        await run.execute_update("retry", {"by": "ops", "step": "fence-seoul"})
        assert (await run.result()).state is State.DONE
    assert world.count("fence power") == 2
    last_fence = max(i for i, act in enumerate(world.does) if act == "fence power")
    assert last_fence < world.index("promote")


async def test_a_voice_is_for_what_was_shown(client: Client, plan: Plan, world: World) -> None:
    """Law 6: what a look in the middle of a vote finds is not what was approved; it is asked again."""
    first, second = gatekeeper.FIRST_REFRESH, gatekeeper.SECOND_LOOK
    gatekeeper.FIRST_REFRESH = gatekeeper.SECOND_LOOK = 0.3
    try:
        async with workers(client, world):
            await apply(client, plan)
            run = await start(client, plan)
            await decide(run)
            before = await wait_of(run, "declaration")
            await approve(run, "kim")
            world.sampled = False
            shown = await seen(
                run, lambda r: r if r.waits and r.waits[0].token not in ("", before.token) else None
            )
            assert [one.loss_class for one in shown.estimates] == ["unknown"]
            assert "round that is over" in await run.execute_update(
                "approve", {"by": "lee", "token": before.token}
            )
            assert world.does == []
            await approve(run, "kim", "lee")
            assert (await run.result()).state is State.DONE
    finally:
        gatekeeper.FIRST_REFRESH, gatekeeper.SECOND_LOOK = first, second
    assert "check accepted=unknown" in world.does


async def test_the_lease_of_a_run_that_was_ended_is_taken(client: Client, plan: Plan, world: World) -> None:
    """Law 10: a terminated run holds nothing; the next declaration goes on, with a higher epoch, and says so."""
    world.devices_gone = True
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        await run.terminate("by mistake")
        assert (await estate_of(client, plan)).lease is not None
        world.devices_gone = False
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await run.result()
        estate = await estate_of(client, plan)
    assert result.state is State.DONE
    assert any("taken over" in entry.text for entry in result.journal)
    assert (estate.epoch, estate.lease) == (3, None)


async def test_an_undo_is_not_aborted(client: Client, plan: Plan, world: World) -> None:
    """Law 8: an abort or a cancel request during the undo is refused, and the run still ends."""
    world.blind = {"busan"}
    world.dark = set()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        await run.execute_update("abort", {"by": "ops", "reason": "busan cannot see"})
        await wait_of(run, "declaration")
        assert "already" in await run.execute_update("abort", {"by": "lee", "reason": "again"})
        await run.cancel()
        token = (await wait_of(run, "declaration")).token
        for by in ("kim", "lee"):
            await run.execute_update("reject", {"by": by, "token": token, "reason": "keep it off"})
        result = await run.result()
        assert (await estate_of(client, plan)).lease is None
    assert result.state is State.ABORTED
    assert f"to ask for it again: muster lift {plan.estate} seoul" in result.conclusion


async def test_a_child_that_was_ended_doubles_no_job(client: Client, plan: Plan, world: World) -> None:
    """Law 4: a child that is started again goes on counting the attempts of the one before it, under the same names."""
    world.gates["start mq@web-1 attempt=1"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("start mq@web-1") == 1)
        child = client.get_workflow_handle(names.service_run_id(run.id, "channel"))
        await child.terminate("by mistake")
        await wait_of(run, "service-channel")
        world.gates["start mq@web-1 attempt=1"].set()
        assert await run.execute_update("retry", {"by": "ops", "step": "service-channel"}) is None
        assert (await run.result()).state is State.DONE
    assert [act for act in world.does if act.startswith("start mq")] == [
        "start mq@web-1 attempt=1",
        "start mq@web-1 attempt=1001",
    ]
    assert len({job.step_name for job in world.jobs if job.step.startswith("start-mq")}) == 1


async def test_an_estate_that_was_lost_is_found_again(client: Client, plan: Plan, world: World) -> None:
    """Law 8: after the promotion the lease is taken anew, and traffic does not wait for a record."""
    world.gates["promote epoch=2 attempt=1"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("promote") == 1)
        await client.get_workflow_handle(names.estate_id(plan.estate)).terminate("lost")
        handle = await client.start_workflow(
            Estate.run,
            EstateState(estate=plan.estate, epoch=7),
            id=names.estate_id(plan.estate),
            task_queue=names.queue(plan.estate, names.CONTROL),
        )
        await handle.execute_update("register", slices.registration(plan, snapshot(plan)))
        world.gates["promote epoch=2 attempt=1"].set()
        result = await run.result()
        estate = await estate_of(client, plan)
    assert result.state is State.DONE
    assert (estate.active["core-banking"], estate.epoch, estate.lease) == ("busan", 8, None)


async def test_a_plan_without_a_service_of_the_estate_stands_down(
    client: Client, plan: Plan, world: World
) -> None:
    """A plan that does not know all that lives at the lost center is told, not tried."""
    async with workers(client, world):
        await apply(client, plan)
        less = plan.model_copy(update={"services": {"core-banking": plan.services["core-banking"]}})
        run = await start(client, less)
        result = await run.result()
    assert result.state is State.STOOD_DOWN
    assert "the estate has channel and this plan does not" in result.conclusion


async def test_a_hold_during_the_promotion_stops_the_starts(client: Client, plan: Plan, world: World) -> None:
    """A hold stops the run before its next step, its children too."""
    world.gates["promote epoch=2 attempt=1"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("promote") == 1)
        await run.execute_update("hold", {"by": "ops", "reason": "wait"})
        world.gates["promote epoch=2 attempt=1"].set()
        await wait_of(run, "pause")
        assert world.count("start ") == 0
        await run.execute_update("resume", {"by": "ops"})
        assert (await run.result()).state is State.DONE


async def test_a_nameless_run_opens_no_gate(client: Client, plan: Plan, world: World) -> None:
    """Law 6: a starter who says no name might be anybody, an approver too."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan, by=" ")
        result = await run.result()
    assert result.state is State.STOOD_DOWN and result.rounds == []
    assert world.does == []


async def test_a_clients_fence_that_failed_is_said(client: Client, plan: Plan, world: World) -> None:
    """Law 18: nothing waits for it, and the record says it to the end, whatever was looked at since."""
    world.failing = {"fence edge": 2}  # from control and from the other center
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await run.result()
    assert result.state is State.DONE
    assert [line for line in result.warnings if line.startswith("fence edge: ")], result.warnings


async def test_a_promotion_is_not_tried_again_on_an_old_fence(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 1: a promotion that was held while the power came back waits until the power is off again."""
    world.dark, world.failing = set(), {"promote": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        held = await seen(run, lambda r: next((w for w in r.waits if w.name.startswith("promote-")), None))
        world.devices_gone = True
        world.fenced.discard("seoul")
        await asyncio.sleep(5.5)  # longer than a confirmation is good for
        tried = world.count("promote")
        await run.execute_update("retry", {"by": "ops", "step": held.name})
        await wait_of(run, "fence-seoul")
        assert "there is only forward" in await run.execute_update("abort", {"by": "ops", "reason": "stop"})
        assert world.count("promote") == tried
        world.devices_gone = False
        await run.execute_update("retry", {"by": "ops", "step": "fence-seoul"})
        assert (await run.result()).state is State.DONE
    last_fence = max(i for i, act in enumerate(world.does) if act == "fence power")
    assert last_fence < max(i for i, act in enumerate(world.does) if act.startswith("promote"))


async def test_an_undo_of_an_overtaken_run_ends(client: Client, plan: Plan, world: World) -> None:
    """Laws 5, 8: a run that lost its lease while it waits to lift its fence lifts nothing, and comes to an end."""
    world.blind, world.dark = {"busan"}, set()
    async with workers(client, world), holder(client, plan.estate, "other") as other:
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        await run.execute_update("abort", {"by": "ops", "reason": "busan cannot see"})
        await wait_of(run, "declaration")
        held = (await estate_of(client, plan)).lease
        estate = client.get_workflow_handle(names.estate_id(plan.estate))
        await estate.execute_update("acquire", ask(plan.estate, other, "declaration", take_over=held))
        await approve(run, "kim", "lee")
        result = await asyncio.wait_for(run.result(), 20)
    assert result.state is State.FAILED
    assert "overtaken" in result.conclusion
    assert world.count("lift") == 0


async def test_people_are_told_that_the_way_back_is_fenced(client: Client, plan: Plan, world: World) -> None:
    """Laws 6, 18: after a declaration its old center is closed on purpose, and whoever would go there has to know."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        assert (await run.result()).state is State.DONE
        back = await start(client, plan)
        warnings = await seen(back, lambda r: r.warnings)
        await decide(back, "minor")
        await back.result()
    assert any(f"seoul itself is still fenced by {run.id}" in line for line in warnings), warnings


async def test_an_approval_of_a_lift_stays_what_it_is(client: Client, plan: Plan, world: World) -> None:
    """Laws 6, 8: later looks neither begin a new round nor say that the lift would stop the services."""
    first, second = gatekeeper.FIRST_REFRESH, gatekeeper.SECOND_LOOK
    gatekeeper.FIRST_REFRESH = gatekeeper.SECOND_LOOK = 0.3
    world.devices_gone = True
    try:
        async with workers(client, world):
            await apply(client, plan)
            run = await start(client, plan)
            await decide(run)
            await approve(run, "kim", "lee")
            await wait_of(run, "fence-seoul")
            await run.execute_update("abort", {"by": "ops", "reason": "busan cannot see"})
            shown = await seen(run, lambda r: r if r.waits and r.waits[0].kind == "gate" else None)
            await asyncio.sleep(2)
            later = await seen(run, lambda r: r if r.waits and r.waits[0].kind == "gate" else None)
            assert (later.waits[0].token, later.will_stop) == (shown.waits[0].token, [])
            await run.terminate()
    finally:
        gatekeeper.FIRST_REFRESH, gatekeeper.SECOND_LOOK = first, second
