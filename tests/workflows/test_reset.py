"""A workflow reset: what was decided before its point stands, what comes after it is decided anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus

from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import Handle, approve, decide, estate_of, seen, start, wait_of
from tests.workflows.world import World
from workflows import names
from workflows.declaration import Declaration
from workflows.plan import Plan
from workflows.run.record import State


async def reset(
    client: Client, run: Handle, before: Callable[[HistoryEvent], bool], *, updates: bool = True
) -> Handle:
    """The run that begins anew from the workflow task before the first event of that kind.

    `updates`: whether what it was told later by updates is told again.
    """
    events = [event async for event in run.fetch_history_events()]
    until = next(event.event_id for event in events if before(event))
    tasks = [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=run.id, run_id=run.result_run_id or ""),
            reason="a test",
            request_id=uuid4().hex,
            workflow_task_finish_event_id=max(task for task in tasks if task < until),
            reset_reapply_exclude_types=[]
            if updates
            else [ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE],
        )
    )
    return client.get_workflow_handle_for(Declaration.run, run.id)


def schedules(activity: str) -> Callable[[HistoryEvent], bool]:
    return lambda event: event.activity_task_scheduled_event_attributes.activity_type.name == activity


async def test_a_reset_after_the_approval_goes_on_from_there(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 4, 6: the voices before the point are replayed and count; jobs keep their names."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        first = await run.result()
        again = await reset(client, run, before=schedules("promote_dataset"))
        second = await again.result()
    assert (first.state, second.state) == (State.DONE, State.DONE)
    assert first.run_id != second.run_id
    assert [one.token for one in first.rounds] == [one.token for one in second.rounds]
    assert [act for act in world.does if act.startswith("promote")] == ["promote epoch=2 attempt=1"] * 2


async def test_a_reset_before_the_round_needs_new_voices(client: Client, plan: Plan, world: World) -> None:
    """Law 6: signals after the point are sent again by the server; they carry the token of another round."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        old = (await wait_of(run, "declaration")).token
        await approve(run, "kim", "lee")
        assert (await run.result()).state is State.DONE
        world.does.clear()
        again = await reset(client, run, before=schedules("sight"))
        await decide(again)
        assert (await wait_of(again, "declaration")).token != old
        assert world.does == []
        await approve(again, "kim", "lee")
        assert (await again.result()).state is State.DONE


async def test_a_reset_run_that_promoted_lifts_no_fence(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 8: reset to before its promotion it may be aborted; the data takes writes, so the old side stays shut."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        assert (await run.result()).state is State.DONE
        world.promoted = True
        world.gates["drain"] = asyncio.Event()
        world.does.clear()
        again = await reset(client, run, before=schedules("drain_dataset"))
        await seen(again, lambda r: world.count("drain") == 1)
        await again.execute_update("abort", {"by": "ops", "reason": "it was reset"})
        world.gates["drain"].set()
        result = await again.result()
    assert result.state is State.ABORTED
    assert "seoul stays fenced: core-banking.ledger takes writes at busan" in result.conclusion
    assert world.count("lift") == 0


async def test_after_a_reset_nothing_is_asked_of_a_fence_that_was_lifted(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 8, 18: its former self had lifted it; nobody is told that the center stays fenced, with a way out of it."""
    world.gates["drain"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("drain") == 1)
        await run.execute_update("abort", {"by": "ops", "reason": "false alarm"})
        world.gates["drain"].set()
        world.dark.clear()
        await approve(run, "kim", "lee")
        assert "was lifted" in (await run.result()).conclusion
        world.does.clear()
        again = await reset(client, run, before=schedules("drain_dataset"))  # the abort comes again by itself
        async with asyncio.timeout(20):
            result = await again.result()
    assert f"seoul is not fenced: {run.id} has lifted its fence" in result.conclusion
    assert world.count("lift") == 0


async def test_while_people_think_again_the_fence_is_watched(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 8: reset in the middle of its lift a run begins a watch before it asks anew, and says that it gave up."""
    world.gates = {"drain": asyncio.Event(), "lift power": asyncio.Event()}
    async with workers(client, world):
        await apply(client, plan, grace=60.0)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("drain") == 1)
        await run.execute_update("abort", {"by": "ops", "reason": "false alarm"})
        world.gates["drain"].set()
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("lift power") == 1)
        again = await reset(client, run, before=schedules("drain_dataset"))  # the abort comes again by itself
        await wait_of(again, "declaration")
        watch = client.get_workflow_handle(names.fence_watch_id(plan.estate, "seoul"))
        assert (await watch.describe()).status is WorkflowExecutionStatus.RUNNING
        state = await estate_of(client, plan)
        world.gates["lift power"].set()
    assert ("lift", "failed") in [(one.what, one.stage) for one in state.actions]


async def test_a_reset_run_lifts_no_fence_when_the_data_does_not_answer(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 2: silence of the new side is no proof that nothing was promoted there; the Estate knows of it."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        assert (await run.result()).state is State.DONE
        world.gates["drain"] = asyncio.Event()
        world.data_silent = {"busan"}
        world.does.clear()
        again = await reset(client, run, before=schedules("drain_dataset"))
        await seen(again, lambda r: world.count("drain") == 1)
        await again.execute_update("abort", {"by": "ops", "reason": "it was reset"})
        world.gates["drain"].set()
        shown = await seen(again, lambda r: next((w.about for w in r.waits if w.name == "declaration"), None))
        assert [line for line in shown if "takes writes at busan/db-1 is not known" in line]
        await approve(again, "kim", "lee")
        result = await again.result()
    assert result.state is State.FAILED
    assert "active at busan" in result.conclusion
    assert world.count("lift") == 0


@pytest.mark.parametrize(("at", "way"), [("drain", "muster lift"), ("", "Only a failback opens it")])
async def test_a_reset_run_that_ends_says_what_it_had_fenced(
    client: Client, plan: Plan, world: World, at: str, way: str
) -> None:
    """Laws 1, 8: refused after its reset it changed nothing by its own knowledge; the Estate knows of the fence."""
    if at:
        world.gates[at] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await (seen(run, lambda r: world.count(at) == 1) if at else run.result())
        again = await reset(client, run, before=schedules("sight"))
        if at:
            await decide(again, "minor")
        else:
            await again.execute_update("abort", {"by": "ops", "reason": "it was reset"})
        result = await again.result()
        state = await estate_of(client, plan)
        if at:
            world.gates[at].set()
    assert result.state is (State.STOOD_DOWN if at else State.ABORTED)
    assert "had begun to fence seoul, and that fence stands" in result.conclusion and way in result.conclusion
    assert [one.id for one in state.obligations] == ["fence/seoul"] and state.lease is None
    assert world.fenced == {"seoul"}


async def test_a_reset_of_an_ended_run_ends_again(client: Client, plan: Plan, world: World) -> None:
    """What was done before the point is replayed as it was: that the run was reset makes no other step of it."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run, "minor")
        first = await run.result()
        again = await (await reset(client, run, before=schedules("archive_run"))).result()
    assert (first.state, again.state) == (State.STOOD_DOWN, State.STOOD_DOWN)
    assert again.conclusion == first.conclusion


async def test_a_reset_while_services_start_joins_their_jobs(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 4: the children of the run's former self end, new ones ask for the same jobs under the same names."""
    world.gates["start mq@web-1 attempt=1"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("start mq@web-1") == 1)
        again = await reset(client, run, before=schedules("promote_dataset"))
        await seen(again, lambda r: world.count("start mq@web-1") == 2)
        world.gates["start mq@web-1 attempt=1"].set()
        result = await again.result()
    assert result.state is State.DONE
    names = {str(job) for job in world.jobs}
    assert len(names) == 4, names  # was on two hosts, web, mq: each name once, asked for twice
