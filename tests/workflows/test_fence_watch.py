"""The watch over a fenced center: real workflows, Estate and server; devices and what is seen are fakes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, seen, start, wait_of
from tests.workflows.world import World
from workflows import names
from workflows.evidence.fences import FRESH
from workflows.plan import Plan
from workflows.run.record import RunRecord, State

LONGEST = 20.0


@pytest.fixture
def plan(plan: Plan) -> Plan:
    """Looked at every second: people of a test do not wait."""
    seoul = plan.centers["seoul"].model_copy(update={"fence_watch": 1.0})
    return plan.model_copy(update={"centers": {**plan.centers, "seoul": seoul}})


def watch_of(client: Client, plan: Plan) -> WorkflowHandle[Any, RunRecord]:
    return client.get_workflow_handle(names.fence_watch_id(plan.estate, "seoul"), result_type=RunRecord)


async def watched(watch: WorkflowHandle[Any, RunRecord], so: Callable[[RunRecord], Any]) -> Any:
    deadline = time.monotonic() + LONGEST
    while True:
        record: RunRecord = await watch.query("record", result_type=RunRecord)
        if found := so(record):
            return found
        assert time.monotonic() < deadline, record.model_dump_json(indent=1)
        await asyncio.sleep(0.05)


async def declare(client: Client, plan: Plan, world: World, **state: Any) -> WorkflowHandle[Any, RunRecord]:
    """A declaration that is over, and the watch that goes on after it, once it has seen the center fenced."""
    await apply(client, plan, **state)
    run = await start(client, plan)
    await decide(run)
    await approve(run, "kim", "lee")
    assert (await run.result()).state is State.DONE
    watch = watch_of(client, plan)
    await watched(watch, lambda r: len(r.evidence) == 2)
    world.does.clear()
    return watch


def power_on(world: World) -> None:
    """Somebody gives the power back; what starts by itself, serves."""
    world.dark.discard("seoul")
    world.opened.add("power")
    world.fenced.discard("seoul")


def told(world: World) -> list[str]:
    return [one.body for one in world.notices if "fence of seoul" in one.title]


async def test_power_that_comes_back_is_cut_again_and_told_once(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 18: found, the Estate asked, fenced again, operators and executives told once."""
    async with workers(client, world):
        watch = await declare(client, plan, world)
        power_on(world)
        record = await watched(watch, lambda r: r if "closed_again" in r.facts else None)
        await asyncio.sleep(2.5)  # two more looks
        assert record.state is State.RUNNING
    assert world.count("fence power") == 1
    assert any(entry.text.startswith("found open: http") for entry in record.journal)
    assert len(told(world)) == 2  # one for each audience
    assert "fenced again within" in told(world)[0]


async def test_an_edge_that_is_opened_is_closed_again(client: Client, plan: Plan, world: World) -> None:
    """Law 1: the device's own word is enough to act on; nothing needs to be seen to serve."""
    async with workers(client, world):
        watch = await declare(client, plan, world)
        world.opened.add("edge")
        record = await watched(watch, lambda r: r if "closed_again" in r.facts else None)
    assert "edge no longer holds it" in told(world)[0]
    assert world.opened == set()
    assert record.steps[-1].outcome == "done"


async def test_what_only_the_other_center_sees_counts(client: Client, plan: Plan, world: World) -> None:
    """Law 1: whoever sees it serve is believed, though the devices say that it is fenced."""
    async with workers(client, world):
        watch = await declare(client, plan, world)
        world.dark.discard("seoul")
        world.fence_lies = True
        await watched(watch, lambda r: any("not fenced again" in entry.text for entry in r.journal))
        world.fence_lies = False
        await watched(watch, lambda r: "closed_again" in r.facts)
    assert "could not be fenced again" in told(world)[0]
    assert "By hand: 'block seoul' at edge-ctl; 'off seoul' at pdu-ctl" in told(world)[0]


async def test_the_active_center_is_never_fenced_from_here(client: Client, plan: Plan, world: World) -> None:
    """Laws 10, 11: by the Estate's record, asked right before: what is back there is left alone, and watched on."""
    async with workers(client, world):
        watch = await declare(client, plan, world)
        estate = client.get_workflow_handle(names.estate_id(plan.estate))
        await take_back(estate, plan)
        power_on(world)
        await watched(watch, lambda r: any("is active at seoul" in entry.text for entry in r.journal))
        async with asyncio.timeout(10):
            while not any("Its fence still stands in the estate" in body for body in told(world)):
                await asyncio.sleep(0.1)
        assert (await watch.describe()).status is WorkflowExecutionStatus.RUNNING
    assert world.count("fence") == 0


async def take_back(estate: WorkflowHandle[Any, Any], plan: Plan) -> None:
    """As a failback that forgot the watch would."""
    ours = {"estate": plan.estate, "workflow_id": "x", "first_run_id": "x"}
    granted = await estate.execute_update("acquire", {**ours, "scenario": "failback", "reason": "test"})
    change = {**ours, "epoch": granted["epoch"], "services": sorted(plan.services), "center": "seoul"}
    await estate.execute_update("set_active", change)
    await estate.execute_update("release", ours)


async def test_before_the_promotion_it_only_looks(client: Client, plan: Plan, world: World) -> None:
    """Law 10: while the Estate has the old center as the active one, only its own run may fence it."""
    world.gates["drain"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: any(step.name.startswith("drain") for step in r.steps))
        power_on(world)
        watch = watch_of(client, plan)
        await watched(watch, lambda r: any("is active at seoul" in entry.text for entry in r.journal))
        assert world.count("fence power") == 1
        assert told(world) == []
        await asyncio.sleep(FRESH)
        world.gates["drain"].set()
        assert (await run.result()).state is State.DONE
        assert world.count("fence power") == 2  # the run itself, right before its promotion
        again = len(world.does) - 1 - world.does[::-1].index("fence power")
        assert world.index("promote") > again


async def test_an_approved_lift_ends_it_first(client: Client, plan: Plan, world: World) -> None:
    """Law 8: what people decided to lift is not fenced again; the watch is over before the first device moves."""
    world.dark, world.blind = set(), {"busan"}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        watch = watch_of(client, plan)
        await watched(watch, lambda r: len(r.evidence) == 2)
        await run.execute_update("abort", {"by": "ops", "reason": "false alarm"})
        await approve(run, "kim", "lee")
        result = await run.result()
        ended = await watch.result()
        fences = world.count("fence")
        await asyncio.sleep(2.5)
        assert world.count("fence") == fences
    assert result.state is State.ABORTED and "serves again" in result.conclusion
    assert ended.state is State.DONE and "its fence is being lifted" in ended.conclusion
    (step,) = [step for step in result.steps if step.name == "stop-watch-seoul"]
    lifted = next(step for step in result.steps if step.name == "lift-power")
    assert step.outcome == "done" and (ended.ended_at or 0) <= lifted.started_at


async def test_a_watch_that_cannot_be_stopped_blocks_the_lift(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 8: held with a clear reason and a retry, and nothing is lifted meanwhile."""
    world.dark, world.blind, world.watch_stuck = set(), {"busan"}, True
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        await run.execute_update("abort", {"by": "ops", "reason": "false alarm"})
        await approve(run, "kim", "lee")
        held = await wait_of(run, "stop-watch-seoul")
        assert "would fence it again" in held.title
        assert world.count("lift") == 0
        world.watch_stuck = False
        await run.execute_update("retry", {"by": "ops", "step": "stop-watch-seoul"})
        assert (await run.result()).state is State.ABORTED
    assert world.count("lift") == 2


async def test_nobody_ends_it_by_a_word(client: Client, plan: Plan, world: World) -> None:
    """Law 8: abort, hold and a cancel request are refused with the way out, and stand in its record."""
    async with workers(client, world):
        watch = await declare(client, plan, world)
        for verb in ("abort", "hold"):
            refusal = await watch.execute_update(verb, {"by": "ops", "reason": "enough"}, result_type=str)
            assert "ends when its fence is cleared: by a failback" in refusal
        await watch.cancel()
        record = await watched(watch, lambda r: r if r.refused == 3 else None)
        assert record.state is State.RUNNING
        power_on(world)
        await watched(watch, lambda r: "closed_again" in r.facts)


async def test_a_terminated_declaration_leaves_its_watch(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 10: ended between promotion and the new direction, the old center is still kept closed."""
    world.gates["start was@was-1 attempt=1"] = asyncio.Event()
    world.gates["start was@was-2 attempt=1"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: world.count("start was") > 0)
        await run.terminate("by mistake")
        watch = watch_of(client, plan)
        await watched(watch, lambda r: len(r.evidence) == 2)
        assert (await watch.describe()).status is WorkflowExecutionStatus.RUNNING
        fences = world.count("fence power")
        power_on(world)
        await watched(watch, lambda r: "closed_again" in r.facts)
        assert world.count("fence power") == fences + 1
        for gate in world.gates.values():
            gate.set()


async def test_without_the_estate_it_looks_on_and_says_so(client: Client, plan: Plan, world: World) -> None:
    """Laws 9, 10: no answer is no permission: told, looked at again, fenced again when the Estate is back."""
    async with workers(client, world):
        watch = await declare(client, plan, world)
        world.estate_gone = True
        power_on(world)
        await watched(watch, lambda r: any("does not say which center" in e.text for e in r.journal))
        assert world.count("fence") == 0
        async with asyncio.timeout(10):  # the notice goes out beside the journal
            while not any("does not say which center" in body for body in told(world)):
                await asyncio.sleep(0.1)
        world.estate_gone = False
        await watched(watch, lambda r: "closed_again" in r.facts)


async def test_silence_is_unknown_told_and_never_fenced(
    client: Client, plan: Plan, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laws 1, 2: devices that do not answer are told once they last, and again when they answer."""
    monkeypatch.setattr(
        "activities.fence_watching.Silences.lasting", lambda self, silent, now: sorted(silent)
    )
    async with workers(client, world):
        watch = await declare(client, plan, world)
        world.devices_gone = True
        await watched(watch, lambda r: any("no answer from: edge" in line for line in r.warnings))
        await asyncio.sleep(2.5)
        world.devices_gone = False
        await watched(watch, lambda r: not r.warnings)
    assert world.count("fence") == 0
    assert ["no answer from" in body for body in told(world)] == [True, True, False, False]


async def test_it_goes_on_in_a_run_of_its_own(client: Client, plan: Plan, world: World) -> None:
    """Law 15: few events; a later run fences the same center and the same watch goes on for it."""
    async with workers(client, world):
        watch = await declare(client, plan, world)
        later = {"center": "seoul", "services": sorted(plan.services), "epoch": 9}
        await watch.signal("fenced_anew", later)
        await watch.signal("fenced_anew", {**later, "center": "busan"})
        await watched(watch, lambda r: r.epoch == 9 and r.refused == 1)
        events = [event async for event in watch.fetch_history_events()]
    assert len(events) < 60


async def test_what_was_moved_first_stays_guarded_while_the_rest_follows(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 1, 11: a second declaration, of what stayed behind, takes nothing from the watch before its promotion."""
    channel = plan.services["channel"].model_copy(update={"needs": []})
    plan = plan.model_copy(update={"services": {**plan.services, "channel": channel}})
    async with workers(client, world):
        await apply(client, plan)
        first = await start(client, plan, services=["channel"])
        await decide(first)
        await approve(first, "kim", "lee")
        assert (await first.result()).state is State.DONE
        watch = watch_of(client, plan)
        await watched(watch, lambda r: len(r.evidence) == 2)
        world.gates["drain"] = asyncio.Event()
        second = await start(client, plan, services=["core-banking"], center="seoul")
        await decide(second)
        await approve(second, "kim", "lee")
        await watched(watch, lambda r: r.services == ["channel", "core-banking"])
        await seen(second, lambda r: world.count("drain") == 1)
        power_on(world)
        await watched(watch, lambda r: "closed_again" in r.facts)
        world.gates["drain"].set()
        assert (await second.result()).state is State.DONE
