"""The declaration as a whole: real workflows, Estate and server; only hosts, databases and names are fakes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from tests.workflows.conftest import apply, workers
from tests.workflows.world import World
from workflows import names
from workflows.declaration import Declaration
from workflows.estate.estate import EstateState
from workflows.orders import ScenarioOrder
from workflows.pages.details import page
from workflows.plan import GateSpec, Plan, snapshot
from workflows.run.record import RunRecord, State, Wait

Handle = WorkflowHandle[Declaration, RunRecord]
LONGEST = 20.0  # seconds that a test waits for something to be so


async def start(client: Client, plan: Plan, by: str = "sre", **order: Any) -> Handle:
    return await client.start_workflow(
        Declaration.run,
        ScenarioOrder(plan=snapshot(plan), started_by=by, reason="seoul is dark", **order),
        id=names.scenario_id(plan.estate, "declaration"),
        task_queue=names.queue(plan.estate, names.CONTROL),
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )


async def record(handle: Handle) -> RunRecord:
    found: RunRecord = await handle.query("record", result_type=RunRecord)
    return found


async def seen(handle: Handle, so: Callable[[RunRecord], Any]) -> Any:
    """Poll the record until `so` gives something."""
    deadline = time.monotonic() + LONGEST
    while not (found := so(await record(handle))):
        assert time.monotonic() < deadline, (await record(handle)).model_dump_json(indent=1)
        await asyncio.sleep(0.05)
    return found


async def wait_of(handle: Handle, name: str) -> Wait:
    def find(run: RunRecord) -> Wait | None:
        return next((wait for wait in run.waits if wait.name == name), None)

    found: Wait = await seen(handle, find)
    return found


async def decide(handle: Handle, severity: str = "critical", by: str = "ops") -> None:
    """As the Web UI does: a signal with one JSON object."""
    token = (await wait_of(handle, "severity")).token
    await handle.signal("decide", {"by": by, "token": token, "severity": severity, "reason": "no answer"})


async def approve(handle: Handle, *people: str, gate: str = "declaration") -> None:
    token = (await wait_of(handle, gate)).token
    for by in people:
        await handle.signal("approve", {"by": by, "token": token, "reason": "go"})


async def estate_of(client: Client, plan: Plan) -> EstateState:
    handle = client.get_workflow_handle(names.estate_id(plan.estate))
    found: EstateState = await handle.query("state", result_type=EstateState)
    return found


async def test_the_whole_path(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 5, 10, 11, 17: fence before promote, promote before start, proof before traffic, one epoch for all."""
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await run.result()
        estate = await estate_of(client, plan)
    assert result.state is State.DONE, result.conclusion
    order = [
        "fence edge",
        "fence power",
        "drain",
        "check",
        "promote epoch=2",
        "start was",
        "prove",
        "dns www",
    ]
    places = [world.index(act) for act in order]
    assert places == sorted(places), world.does
    assert world.index("start was") < world.index("start web"), world.does
    assert world.index("start was") < world.index("start mq"), world.does
    assert world.does[-1] == "dns www 10.81.0.31>10.82.0.31 epoch=2"
    assert estate.active == {"channel": "busan", "core-banking": "busan"}
    assert (estate.epoch, estate.lease) == (2, None)
    assert [action.stage for action in estate.actions if action.what == "promote"] == ["intent", "done"]
    timed = ["detect", "decide", "approve", "fence", "verify", "promote", "start", "switch", "tell"]
    assert [phase.name for phase in result.phases] == timed, "law 16: each timed apart"
    assert (result.rto_s, result.rpo_s) == (plan.objectives.rto, plan.objectives.rpo), "law 16: as committed"


async def test_nothing_is_touched_before_the_quorum(client: Client, plan: Plan, world: World) -> None:
    """Law 6: one voice of two is not enough, the same person twice is one, the starter and strangers are none."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "kim", "sre", "mallory", "Kim", "kim ")
        token = (await wait_of(run, "declaration")).token
        await run.signal("approve", {"by": "lee", "token": "wrong1"})
        told = await seen(run, lambda r: r if r.refused == 6 else None)
        assert world.does == []
        assert (await estate_of(client, plan)).lease is None
        refusal = await run.execute_update("approve", {"by": "ops", "token": token})
        assert "may not speak" in refusal
        assert await run.execute_update("approve", {"by": "lee", "token": token}) is None
        assert (await run.result()).state is State.DONE
    refusals = [entry.text for entry in told.journal if entry.kind == "refused"]
    assert len(refusals) == 6, refusals


async def test_minor_stands_down(client: Client, plan: Plan, world: World) -> None:
    """A minor severity ends the run and changes nothing."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run, "minor")
        result = await run.result()
    assert (result.state, world.does) == (State.STOOD_DOWN, [])
    assert world.archived[0].record["state"] == "stood down"


async def test_major_asks_again(client: Client, plan: Plan, world: World) -> None:
    """Major asks again after a time, in a new round with another token."""
    spec = plan.gates["severity"].model_copy(update={"ask_again": 0.2})
    plan = plan.model_copy(update={"gates": {**plan.gates, "severity": spec}})
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        first = (await wait_of(run, "severity")).token
        await decide(run, "major")
        second: Wait = await seen(
            run, lambda r: next((w for w in r.waits if w.token not in ("", first)), None)
        )
        assert second.name == "severity"
        await decide(run, "minor", by="lee")
        assert (await run.result()).state is State.STOOD_DOWN


async def test_silence_may_wait_and_still_never_approves(client: Client, plan: Plan, world: World) -> None:
    """Law 6: where the plan says wait people are asked again, and a voice from before the silence counts no more."""
    spec = GateSpec.model_validate({"people": ["kim", "lee"], "quorum": 2, "within": "2s"})
    plan = plan.model_copy(update={"gates": {**plan.gates, "declaration": spec}})
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        first = await wait_of(run, "declaration")
        await approve(run, "kim")
        again: Wait = await seen(
            run, lambda r: next((w for w in r.waits if w.token not in ("", first.token)), None)
        )
        assert (again.name, again.yes) == ("declaration", 0)
        await approve(run, "lee")
        await asyncio.sleep(0.3)
        assert world.does == []
        await run.terminate()


async def test_refused_approval_stands_down(client: Client, plan: Plan, world: World) -> None:
    """Law 6: refusing is as easy as approving; nothing was touched."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        token = (await wait_of(run, "declaration")).token
        for by in ("kim", "cho"):
            await run.signal("reject", {"by": by, "token": token, "reason": "wait"})
        result = await run.result()
    assert (result.state, world.does) == (State.STOOD_DOWN, [])


async def test_silence_escalates_and_never_approves(client: Client, plan: Plan, world: World) -> None:
    """Law 6: silence escalates, then stands down where the plan says so."""
    spec = GateSpec.model_validate(
        {"people": ["kim", "lee"], "quorum": 2, "within": "1s", "then": {"people": ["ops"], "within": "1s"}}
    )
    gates = {**plan.gates, "declaration": spec.model_copy(update={"otherwise": "stand-down"})}
    plan = plan.model_copy(update={"gates": gates})
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await seen(run, lambda r: any("are asked too" in entry.text for entry in r.journal))
        result = await run.result()
    assert (result.state, world.does) == (State.STOOD_DOWN, [])


async def test_no_fence_no_promotion(client: Client, plan: Plan, world: World) -> None:
    """Law 1: with no device in reach the run is held and nothing is promoted; a retry goes on when they are back."""
    world.devices_gone = True
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        held = await wait_of(run, "fence-seoul")
        assert [paste.signal for paste in held.send] == ["retry", "override", "abort"]
        assert world.count("promote") == world.count("drain") == 0
        world.devices_gone = False
        await run.signal("retry", {"by": "ops", "step": "fence-seoul", "reason": "cable is back"})
        assert (await run.result()).state is State.DONE


async def test_a_device_that_lies_is_not_believed(client: Client, plan: Plan, world: World) -> None:
    """Law 1: the device says off, two vantage points see the center serve: held, not promoted."""
    world.dark, world.fence_lies = set(), True
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        assert world.count("promote") == 0
        world.fence_lies = False
        await run.signal("retry", {"by": "ops", "step": "fence-seoul"})
        assert (await run.result()).state is State.DONE


async def test_a_blind_vantage_point_confirms_nothing(client: Client, plan: Plan, world: World) -> None:
    """Law 1: two vantage points of different failure domains, or no promotion."""
    world.dark, world.blind = set(), {"busan"}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        assert world.count("promote") == 0
        await run.signal("abort", {"by": "ops", "reason": "busan cannot see"})
        await approve(run, "kim", "lee")
        result = await run.result()
    assert result.state is State.ABORTED
    assert world.does[-2:] == ["lift power", "lift edge"]
    assert "serves again" in result.conclusion


async def test_a_no_after_the_fence_lifts_it(client: Client, plan: Plan, world: World) -> None:
    """Law 8: between fence and promotion a refusal is no dead end: the fence is lifted by an approval of its own."""
    world.dark, world.gates["drain"] = set(), asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: any(step.name.startswith("drain") for step in r.steps))
        world.loss_s = 60.0
        world.gates["drain"].set()
        for by in ("kim", "lee"):
            token = (await wait_of(run, "declaration")).token
            await run.execute_update("reject", {"by": by, "token": token, "reason": "too much is lost"})
        lift: Wait = await seen(run, lambda r: next((w for w in r.waits if w.token != token), None))
        assert "lift the fence" in lift.title
        assert [line for line in lift.about if line.startswith("seoul is fenced since ") and run.id in line]
        assert "A yes opens, one after the other: power (writers), edge (clients)." in lift.about
        assert any("channel, core-banking then serve at seoul again" in line for line in lift.about)
        assert "No other run is active." in lift.about
        now: RunRecord = await record(run)
        shown = page(now, now.started_at)
        assert "Data lost" not in shown and "Estimated loss" not in shown and "go on writing" not in shown
        told = [notice.body for notice in world.notices if "lift the fence" in notice.title]
        assert told and "loss" not in "".join(told)
        await approve(run, "kim", "lee")
        result = await run.result()
        assert (await estate_of(client, plan)).active["core-banking"] == "seoul"
    assert result.state is State.ABORTED
    assert world.count("promote") == 0 and world.does[-2:] == ["lift power", "lift edge"]


async def test_a_failed_step_holds_and_a_retry_is_a_new_attempt(
    client: Client, plan: Plan, world: World
) -> None:
    """Laws 4, 8: the workflow counts attempts; an operator's retry makes a new one; after a promotion no abort."""
    world.failing = {"promote": 1, "dns": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "promote-core-banking.ledger")
        assert "only forward" in await run.execute_update("abort", {"by": "ops", "reason": "afraid"})
        assert await run.execute_update("retry", {"by": "ops", "step": "promote-core-banking.ledger"}) is None
        await wait_of(run, "dns-www-A")
        await run.execute_update("retry", {"by": "ops", "step": "dns-www-A"})
        assert (await run.result()).state is State.DONE
    assert [act for act in world.does if act.startswith("promote")] == [
        "promote epoch=2 attempt=1",
        "promote epoch=2 attempt=2",
    ]


async def test_a_dead_host_within_enough_is_no_hold(client: Client, plan: Plan, world: World) -> None:
    """`enough: 1`: one of two hosts carries the tier; the other is said in the record."""
    world.failing = {"was@was-2": 9}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await run.result()
    assert result.state is State.DONE
    steps = {step.name: step.outcome for child in result.children for step in child.steps}
    assert steps["start-was@was-1"] == "done" and steps["start-was@was-2"] == "failed"


async def test_a_component_below_enough_holds_its_service(client: Client, plan: Plan, world: World) -> None:
    """The child holds, the parent shows it, a retry at the child's id goes on."""
    world.failing = {"web@web-1": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: r.state is State.HELD)
        assert world.count("dns") == 0
        child = client.get_workflow_handle(names.service_run_id(run.id, "core-banking"))
        assert await child.execute_update("retry", {"by": "ops", "step": "start-web@web-1"}) is None
        assert (await run.result()).state is State.DONE


async def test_traffic_waits_for_the_proof(client: Client, plan: Plan, world: World) -> None:
    """Law 17: a service that writes somewhere else gets no traffic."""
    world.failing = {"prove": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "prove-core-banking")
        assert world.count("dns") == 0
        await run.signal("retry", {"by": "ops", "step": "prove-core-banking"})
        assert (await run.result()).state is State.DONE


async def test_no_sample_is_over_the_rpo(client: Client, plan: Plan, world: World) -> None:
    """Law 16: no sample means unknown; the approvers are shown it, and the check is told what they took."""
    world.sampled = False
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await wait_of(run, "declaration")
        assert [one.loss_class for one in (await record(run)).estimates] == ["unknown"]
        await approve(run, "kim", "lee")
        assert (await run.result()).state is State.DONE
    assert "check accepted=unknown" in world.does


async def test_a_worse_loss_after_the_fence_asks_again(client: Client, plan: Plan, world: World) -> None:
    """Law 6: when the estimate changes its class, a new round opens; an old token does not fit it."""
    world.gates["drain"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        first = (await wait_of(run, "declaration")).token
        await approve(run, "kim", "lee")
        await seen(run, lambda r: any(step.name.startswith("drain") for step in r.steps))
        world.loss_s = 60.0
        world.gates["drain"].set()
        second = await wait_of(run, "declaration")
        assert second.token != first
        assert "round that is over" in await run.execute_update("approve", {"by": "kim", "token": first})
        assert world.count("promote") == 0
        await approve(run, "kim", "lee")
        assert (await run.result()).state is State.DONE
    assert "check accepted=over" in world.does


async def test_every_shape_of_message_is_survived(client: Client, plan: Plan, world: World) -> None:
    """No payload, wrong types, unknown names: refused, recorded, and the run goes on."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await wait_of(run, "severity")
        for name in ("decide", "approve", "retry", "abort", "hold", "child_report"):
            await run.signal(name)
            shapes: list[Any] = [1, "x", [], {"by": 3}, {"by": "kim", "token": ["a"]}, None]
            for bad in shapes:
                await run.signal(name, bad)
        await run.signal("aprove", {"by": "kim"})
        await decide(run, "minor")
        result = await run.result()
    assert result.state is State.STOOD_DOWN
    assert result.refused == 6 * 7 - 1 + 1  # an order to hold needs no token: kim's was a good one
    assert any("no signal is called 'aprove'" in entry.text for entry in result.journal)


async def test_one_declaration_at_a_time(client: Client, plan: Plan, world: World) -> None:
    """The workflow id is the lock: a second start fails and names the first."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        with pytest.raises(WorkflowAlreadyStartedError):
            await start(client, plan)
        await decide(run, "minor")
        await run.result()


async def test_hold_and_resume(client: Client, plan: Plan, world: World) -> None:
    """An operator's hold stops the run before its next step; resume goes on."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await wait_of(run, "declaration")
        await run.execute_update("hold", {"by": "ops", "reason": "wait for the CEO"})
        await approve(run, "kim", "lee")
        await wait_of(run, "pause")
        assert world.does == []
        await run.execute_update("resume", {"by": "ops"})
        assert (await run.result()).state is State.DONE


async def test_a_cancel_request_is_an_abort(client: Client, plan: Plan, world: World) -> None:
    """Law 8: cancel in the Web UI ends the run as an abort does, with its record, and leaves no lease behind."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await wait_of(run, "declaration")
        await run.cancel()
        result = await run.result()
    assert result.state is State.ABORTED
    assert "cancel request" in result.conclusion
    assert world.does == [] and world.archived[0].record["state"] == "aborted"


async def test_after_a_promotion_a_cancel_request_changes_nothing(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 8: after a promotion there is only forward; the request is refused and said."""
    world.failing = {"dns": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "dns-www-A")
        await run.cancel()
        await seen(run, lambda r: r.refused == 1)
        await run.signal("retry", {"by": "ops", "step": "dns-www-A"})
        result = await run.result()
        assert (await estate_of(client, plan)).lease is None
    assert result.state is State.DONE


async def test_an_unknown_service_is_told_at_once(client: Client, plan: Plan, world: World) -> None:
    """Law 17: a service that is not there is told at once, before anybody is asked."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan, services=["core-bankng"])
        result = await run.result()
    assert result.state is State.STOOD_DOWN
    assert "core-bankng is not active at seoul; there are channel, core-banking" in result.conclusion


async def test_direction_is_the_estates(client: Client, plan: Plan, world: World) -> None:
    """Law 11: after a failover the same command goes the other way, with a new epoch."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await run.result()
    world.dark, world.does = {"busan"}, []
    async with workers(client, world):
        run = await start(client, plan)
        await decide(run)
        shown = await record(run)
        assert (shown.old, shown.new) == ("busan", "seoul")
        await decide_nothing(run)


async def decide_nothing(run: Handle) -> None:
    token = (await wait_of(run, "declaration")).token
    for by in ("kim", "lee"):
        await run.signal("reject", {"by": by, "token": token})
    assert (await run.result()).state is State.STOOD_DOWN
