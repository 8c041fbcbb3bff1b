"""A lift asks the data of the other side: a record may be wrong, what takes writes is not (laws 1, 2, 17)."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import Client

from activities.models.estate import EstateView, Obligation, SetActive
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import Handle, approve, estate_of, record, seen, wait_of
from tests.workflows.test_estate import tell
from tests.workflows.test_lifting import asked, is_watched
from tests.workflows.world import World
from workflows.fence.other_side import guarded
from workflows.plan import Plan
from workflows.run.record import State

FENCE = Obligation(
    id="fence/seoul",
    kind="fence",
    target="seoul",
    workflow_id="muster apply",
    first_run_id="",
    epoch=5,
    since=0.0,
)
LINE = "Whether core-banking.ledger takes writes at busan/db-1 is not known (connection refused)"


async def rebuilt(client: Client, plan: Plan, world: World) -> Handle:
    """Its record says seoul, by a wrong --active, and seoul was found fenced: somebody asks for the lift."""
    world.fenced.add("seoul")
    world.dark.clear()
    active = dict.fromkeys(plan.services, "seoul")
    await apply(client, plan, active=active, epoch=5, obligations=[FENCE], grace=1.0)
    return await asked(client, plan)


@pytest.mark.parametrize("when", ["before", "while people think"])
async def test_no_center_is_opened_while_the_other_takes_writes(
    client: Client, plan: Plan, world: World, when: str
) -> None:
    """Laws 2, 3, 17: a rebuilt Estate knows of no promotion; the database does, also when it speaks up late."""
    world.promoted = when == "before"
    world.data_silent = set() if world.promoted else {"busan"}
    async with workers(client, world):
        lift = await rebuilt(client, plan, world)
        if not world.promoted:
            await wait_of(lift, "declaration")
            world.promoted, world.data_silent = True, set()
            await approve(lift, "kim", "lee")
        result = await lift.result()
        state = await estate_of(client, plan)
    assert "seoul stays fenced: core-banking.ledger takes writes at busan/db-1." in result.conclusion
    assert f"end {plan.estate}/estate in Temporal" in result.conclusion and "muster lift" in result.conclusion
    assert (world.count("lift"), world.count("epoch")) == (0, 0)
    assert [one.what for one in state.actions] == [], "no intent"
    assert [one.id for one in state.obligations] == ["fence/seoul"]


@pytest.mark.parametrize("when", ["held before the first device", "at the first device"])
async def test_each_device_asks_the_other_side_again(
    client: Client, plan: Plan, world: World, when: str
) -> None:
    """Laws 1, 17: between the yes and a device a run may be held for hours; what was promoted since is seen."""
    world.watch_stuck = is_held = when.startswith("held")
    world.gates["lift power"] = asyncio.Event()
    async with workers(client, world):
        lift = await rebuilt(client, plan, world)
        await approve(lift, "kim", "lee")
        if is_held:
            await wait_of(lift, "stop-watch-seoul")
        else:
            await seen(lift, lambda r: world.count("lift power") == 1)
        world.promoted, world.watch_stuck = True, False
        world.gates["lift power"].set()
        if is_held:
            again = {"by": "ops", "step": "stop-watch-seoul", "reason": "again"}
            await lift.execute_update("retry", again)
        result = await lift.result()
        state = await estate_of(client, plan)
        assert await is_watched(client, plan)
    assert "core-banking.ledger takes writes at busan/db-1" in result.conclusion
    assert [act for act in world.does if act.startswith("lift")] == ([] if is_held else ["lift power"])
    assert ("power of seoul had been lifted by then: close seoul at once" in result.conclusion) is not is_held
    assert [(one.what, one.stage) for one in state.actions][-1] == ("lift", "failed")
    assert [one.id for one in state.obligations] == ["fence/seoul"]


async def test_a_side_that_says_nothing_is_told_before_and_after(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 2, 6, 18: approvers see it before they speak; what falls silent after their yes is asked anew."""
    async with workers(client, world):
        lift = await rebuilt(client, plan, world)
        first = await wait_of(lift, "declaration")
        assert not [line for line in first.about if "is not known" in line]
        world.data_silent = {"busan"}
        await approve(lift, "kim", "lee")
        async with asyncio.timeout(20):
            while (again := await wait_of(lift, "declaration")).token == first.token:
                await asyncio.sleep(0.05)
        assert [line for line in again.about if line.startswith(LINE)], again.about
        assert world.count("lift") == 0
        await approve(lift, "kim", "lee")
        result = await lift.result()
    assert result.state is State.DONE and world.count("lift") == 2
    assert f"was lifted, and it serves again; but {LINE}" in result.conclusion
    assert [entry for entry in result.journal if entry.text.startswith(LINE)]
    assert [line for line in result.warnings if line.startswith(LINE)]


async def test_each_device_is_asked_for(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 5: services that moved while the first device was lifted keep the second one closed, and it watched."""
    world.gates["lift power"] = asyncio.Event()
    async with workers(client, world):
        lift = await rebuilt(client, plan, world)
        await approve(lift, "kim", "lee")
        async with asyncio.timeout(20):
            while not world.count("lift power"):
                await asyncio.sleep(0.05)
        held = (await estate_of(client, plan)).lease
        assert held is not None
        ours = {"estate": plan.estate, "workflow_id": held.workflow_id, "first_run_id": held.first_run_id}
        moved = SetActive(**ours, epoch=held.epoch, services=["core-banking"], center="busan")
        await tell(client, plan, "set_active", moved)
        world.gates["lift power"].set()
        result = await lift.result()
        assert await is_watched(client, plan)
    assert [act for act in world.does if act.startswith("lift")] == ["lift power"]
    assert "core-banking is active at busan by now" in result.conclusion, (await record(lift)).journal


def test_what_a_fence_guards(plan: Plan) -> None:
    """Laws 1, 2: all that lives at the center, not just the run's own; without the record, everything."""
    view = EstateView(
        plan_hash="h", active={"channel": "seoul", "core-banking": "busan", "old": "seoul"}, epoch=1
    )
    assert guarded(plan, view, "seoul", []) == ["channel"]
    assert guarded(plan, view, "seoul", ["core-banking"]) == ["channel", "core-banking"]
    assert guarded(plan, None, "seoul", []) == ["channel", "core-banking"]
