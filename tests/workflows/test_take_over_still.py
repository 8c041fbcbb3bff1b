"""A declaration that takes the lease from a run in the middle of a device: one of them moves it at a time (law 10)."""

from __future__ import annotations

import asyncio
import time

import pytest
from temporalio.client import Client

from tests.workflows.conftest import apply, workers
from tests.workflows.holders import ask, holder
from tests.workflows.test_cleanup import cleanup_of, terminated
from tests.workflows.test_declaration import Handle, approve, decide, estate_of, seen, start
from tests.workflows.test_reset import reset, schedules
from tests.workflows.world import World
from workflows import names
from workflows.plan import Plan
from workflows.run.record import RunRecord, State


async def lifting(client: Client, plan: Plan, world: World) -> Handle:
    """A cleanup whose first device is being lifted, and is not done before the test says so."""
    await terminated(client, plan, world, "drain")
    cleanup = await cleanup_of(client, plan)
    world.gates["lift power"] = asyncio.Event()
    await approve(cleanup, "kim", "lee")
    await seen(cleanup, lambda r: world.count("lift power") == 1)
    return cleanup


async def fencing(client: Client, plan: Plan, world: World) -> Handle:
    """A declaration in the middle of a fence."""
    world.gates["fence power"] = asyncio.Event()
    await apply(client, plan)
    run = await start(client, plan)
    await decide(run)
    await approve(run, "kim", "lee")
    await seen(run, lambda r: world.count("fence power") == 1)
    return run


async def test_no_fence_begins_while_a_lift_goes_on(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 10: the taker waits for the device that its holder still moves, else it would open what was closed."""
    async with workers(client, world):
        cleanup = await lifting(client, plan, world)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: any("did not stop in time" in entry.text for entry in r.journal))
        fences = world.count("fence power")
        await asyncio.sleep(0.5)
        assert world.count("fence power") == fences == 1, "of the run before: the lift is not over"
        world.gates["lift power"].set()
        result: RunRecord = await run.result()
        await cleanup.result()
    assert result.state is State.DONE, result.conclusion
    assert world.fenced == {"seoul"}, "nothing was opened after it was closed"
    assert world.count("lift edge") == 0, "who was overtaken moves no further device"


@pytest.mark.parametrize("how", ["terminated", "reset"])
async def test_a_device_outlives_its_run(client: Client, plan: Plan, world: World, how: str) -> None:
    """Laws 1, 10: what a run had begun at a device goes on when somebody terminates or resets it; a taker waits."""
    world.outlives_s = 3.0
    async with workers(client, world):
        former = await (lifting if how == "terminated" else fencing)(client, plan, world)
        began = time.monotonic()
        if how == "terminated":
            await former.terminate("by mistake")
            run = await start(client, plan)
            await decide(run)
            await approve(run, "kim", "lee")
        else:
            run = await reset(client, former, before=schedules("acquire_lease"))
        await seen(run, lambda r: world.count("fence power") == 2)
        waited = time.monotonic() - began
        for gate in world.gates.values():
            gate.set()
        result: RunRecord = await run.result()
    assert result.state is State.DONE, result.conclusion
    assert waited > 2.7
    assert any("moves no device any more" in entry.text for entry in result.journal)


async def test_who_is_overtaken_moves_no_further_device(client: Client, plan: Plan, world: World) -> None:
    """Laws 5, 10: asked right before each device, also of a run that nobody could tell to stop."""
    async with workers(client, world), holder(client, plan.estate, "other") as other:
        cleanup = await lifting(client, plan, world)
        held = (await estate_of(client, plan)).lease
        estate = client.get_workflow_handle(names.estate_id(plan.estate))
        await estate.execute_update("acquire", ask(plan.estate, other, "declaration", take_over=held))
        world.gates["lift power"].set()
        result: RunRecord = await cleanup.result()
    assert result.state is State.STOOD_DOWN and "overtaken" in result.conclusion
    assert world.count("lift edge") == 0
