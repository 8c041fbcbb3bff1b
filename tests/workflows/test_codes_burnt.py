"""Codes are burnt wherever they come: at every kind of run, and at the Estate itself (law 13)."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from activities.models.codes import STEP_S
from tests.workflows.conftest import apply, workers
from tests.workflows.test_cleanup import cleanup_of
from tests.workflows.test_codes import SECRETS, code, refused, say
from tests.workflows.test_codes_override import coded
from tests.workflows.test_declaration import approve, decide, seen, start
from tests.workflows.test_estate import estate_seen
from tests.workflows.world import World
from workflows import names, slices
from workflows.estate.estate import Estate, EstateState
from workflows.plan import Plan, snapshot
from workflows.run.record import State


@pytest.fixture
def world(plan: Plan) -> World:
    return World(plan, secrets={f"{name}-code": secret for name, secret in SECRETS.items()})


async def burnt(client: Client, plan: Plan, person: str, count: int) -> None:
    """Until the Estate has seen so many codes of a person."""
    await estate_seen(client, plan, lambda state: len(state.burnt.uses.get(person, {})) >= count)


async def test_every_run_burns_what_it_is_sent(client: Client, plan: Plan, world: World) -> None:
    """Law 13: a code sent to a service's run, to a watch over a fence, to the Estate, in no message's shape."""
    plan = world.plan = coded(plan)
    world.failing = {"was@was-1": 99, "was@was-2": 99}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")

        def child_is_held(found: Any) -> bool:
            return any(child.waits for child in found.children)

        await seen(run, child_is_held)
        child = client.get_workflow_handle(f"{run.id}/core-banking")
        watch = client.get_workflow_handle(names.fence_watch_id(plan.estate, "seoul"))
        estate = client.get_workflow_handle(names.estate_id(plan.estate))
        await child.signal("approve", {"by": "kim", "code": code("kim")})
        await burnt(client, plan, "kim", 1)
        await child.signal("ready", {"labels": [code("kim", 1)]})
        await burnt(client, plan, "kim", 2)
        await watch.signal("abort", {"by": "lee", "reason": f"my code is {code('lee')}"})
        await burnt(client, plan, "lee", 1)
        await watch.signal("hold", args=[{"by": "lee"}, code("lee", 1)])
        await burnt(client, plan, "lee", 2)
        await estate.signal("approve", {"by": "cho", "code": code("cho")})
        await burnt(client, plan, "cho", 1)
        assert "people speak to a run" in str(
            await estate.execute_update("approve", {"code": code("cho", 1)})
        )
        await burnt(client, plan, "cho", 2)
        await estate.signal(code("ops"))
        await burnt(client, plan, "ops", 1)
        await run.terminate()


async def test_a_cleanup_counts_voices_with_codes(client: Client, plan: Plan, world: World) -> None:
    """Laws 6, 8, 13: the lift after a terminated run is asked of the same gate, with fresh codes."""
    plan = world.plan = coded(plan, "declaration")
    world.dark, world.gates["drain"] = set(), asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        used = code("kim")
        await say(run, "kim", used)
        await say(run, "lee", code("lee"))
        await seen(run, lambda _: world.count("drain") == 1)
        await run.terminate("by mistake")
        world.gates.pop("drain").set()
        again = await cleanup_of(client, plan)
        await say(again, "kim", used)
        told = await refused(again, 1)
        assert any("was sent before" in line for line in told), told
        await say(again, "kim", code("kim", 1))
        await say(again, "lee", code("lee", 1))
        result = await again.result()
    assert result.state is State.DONE, result.conclusion
    assert [voice.proof for voice in result.rounds[-1].voices] == ["code", "code"]


@pytest.mark.parametrize("how", ["lost", "reset"])
async def test_an_estate_knows_that_it_does_not_know(
    client: Client, plan: Plan, world: World, how: str
) -> None:
    """Law 13: what an Estate before it had burnt counts nowhere in the next one, and the person is told why."""
    plan = world.plan = coded(plan, "declaration")
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        used = code("kim")
        await run.signal("approve", {"by": "kim", "token": "oldone", "code": used})
        await burnt(client, plan, "kim", 1)
        handle = await (begun_anew if how == "lost" else reset_to_its_begin)(client, plan)
        await say(run, "kim", used)
        await say(run, "lee", code("lee"))
        told = await refused(run, 3)
        assert sum("began just now" in line or "was sent before" in line for line in told) == 2, told
        assert "began just now" in told[-1]
        state: EstateState = await handle.query("state", result_type=EstateState)
        now = int(time.time() // STEP_S)
        assert now - 1 <= state.burnt.known_from - 2 <= now
        await run.terminate()


async def begun_anew(client: Client, plan: Plan) -> Any:
    """The first `muster apply` after the server was lost, as the very first one."""
    lost = client.get_workflow_handle(names.estate_id(plan.estate))
    await lost.terminate()
    handle = await client.start_workflow(
        Estate.run,
        EstateState(estate=plan.estate),
        id=lost.id,
        task_queue=names.queue(plan.estate, names.CONTROL),
    )
    await handle.execute_update("register", slices.registration(plan, snapshot(plan)))
    return handle


async def reset_to_its_begin(client: Client, plan: Plan) -> Any:
    """A workflow reset to before anything was burnt, which brings none of it back."""
    handle = client.get_workflow_handle(names.estate_id(plan.estate))
    events = [event async for event in handle.fetch_history_events()]
    done = [e.event_id for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
            reason="a test",
            request_id=uuid4().hex,
            workflow_task_finish_event_id=done[1],
            reset_reapply_type=ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
        )
    )
    return handle
