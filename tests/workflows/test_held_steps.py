"""Orders for held steps, at real runs: of the run itself and of a child, by signal and by update (laws 1, 8, 18)."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle

from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import Handle, approve, decide, estate_of, record, seen, start, wait_of
from tests.workflows.world import World
from workflows import names
from workflows.plan import Plan
from workflows.run.record import RunRecord, State, StepRecord, Wait

DNS = "dns-www-A"
WEB = "start-web@web-1"
FENCE = "fence-seoul"

Sent = WorkflowHandle[Any, Any]


async def order(run: Sent, verb: str, by_signal: bool, **message: str) -> str | None:
    """As the Web UI sends it, or as the command line does."""
    if by_signal:
        await run.signal(verb, message)
        return None
    refusal: str | None = await run.execute_update(verb, message, result_type=str)
    return refusal


async def declared(client: Client, plan: Plan) -> Handle:
    await apply(client, plan)
    run = await start(client, plan)
    await decide(run)
    await approve(run, "kim", "lee")
    return run


async def held_in_child(client: Client, run: Handle) -> WorkflowHandle[Any, RunRecord]:
    await seen(run, lambda r: any(w.name == WEB for child in r.children for w in child.waits))
    return client.get_workflow_handle(names.service_run_id(run.id, "core-banking"))


def step_of(record: RunRecord, name: str) -> StepRecord:
    steps = [*record.steps, *(step for child in record.children for step in child.steps)]
    return next(step for step in steps if step.name == name)


def journal(record: RunRecord, kind: str) -> list[str]:
    entries = [*record.journal, *(entry for child in record.children for entry in child.journal)]
    return [f"{entry.by}: {entry.text}" for entry in entries if entry.kind == kind]


@pytest.mark.parametrize("by_signal", [True, False])
@pytest.mark.parametrize(("verb", "outcome"), [("skip", "skipped"), ("force", "forced"), ("confirm", "done")])
async def test_a_held_step_of_the_run_is_ended_by_an_order(
    client: Client, plan: Plan, world: World, verb: str, outcome: str, by_signal: bool
) -> None:
    """Law 8: skip, force and by hand end a step that is no safety step; law 18: who and why stand in the record."""
    world.failing = {"dns": 99}
    async with workers(client, world):
        run = await declared(client, plan)
        held = await wait_of(run, DNS)
        assert [paste.signal for paste in held.send] == ["retry", "confirm", "skip", "force"]
        await order(run, verb, by_signal, by="ops", step=DNS, reason="moved at the registrar")
        result = await run.result()
    assert result.state is State.DONE
    step = step_of(result, DNS)
    assert step.outcome == outcome and "ops: moved at the registrar" in step.summary
    assert world.count("dns") == 1, "an order acts on nothing"
    assert f"ops: {verb} {DNS}: moved at the registrar" in journal(result, "order")
    assert ("nobody else looked" in step.summary) == (verb == "confirm")


@pytest.mark.parametrize("by_signal", [True, False])
async def test_a_host_that_is_skipped_is_let_go(
    client: Client, plan: Plan, world: World, by_signal: bool
) -> None:
    """Law 8: the only host of a tier is skipped: dependents go on, and the run's own record says so."""
    world.failing = {"web@web-1": 99}
    async with workers(client, world):
        run = await declared(client, plan)
        child = await held_in_child(client, run)
        told = await seen(run, lambda r: [n.body for n in world.notices if WEB in n.body])
        assert len(told) == 1, "each hold is told once"
        assert f"Ways out: retry, confirm, skip, force (muster WAY {child.id} {WEB})." in told[0]
        assert "muster abort" not in told[0], "there is only forward"
        await order(child, "skip", by_signal, by="ops", step=WEB, reason="the machine burns")
        result = await run.result()
    assert result.state is State.DONE
    assert step_of(result, WEB).outcome == "skipped"
    assert journal(result, "order") == [f"ops: skip {WEB}: the machine burns"]
    assert [
        line for line in journal(result, "warning") if "core-banking.web: let go with 0 of 1 hosts" in line
    ]


@pytest.mark.parametrize("by_signal", [True, False])
async def test_a_host_that_is_forced_counts_as_up(
    client: Client, plan: Plan, world: World, by_signal: bool
) -> None:
    """Law 8: going on as if it had succeeded; no tier is let go."""
    world.failing = {"web@web-1": 99}
    async with workers(client, world):
        run = await declared(client, plan)
        child = await held_in_child(client, run)
        await order(child, "force", by_signal, by="kim", step=WEB, reason="its check is wrong")
        result = await run.result()
    assert (result.state, step_of(result, WEB).outcome) == (State.DONE, "forced")
    word = "counts as up by kim's word; the proof of core-banking will tell"
    assert step_of(result, WEB).summary.endswith(word), "on the page and in the report"
    assert journal(result, "warning") == [f": {WEB}: {word}"]


async def test_what_was_done_by_hand_is_looked_at(client: Client, plan: Plan, world: World) -> None:
    """Law 3: a person's word is believed when it is seen; else the step is held again, with what was seen."""
    world.failing = {"web@web-1": 99}
    async with workers(client, world):
        run = await declared(client, plan)
        child = await held_in_child(client, run)
        since = (await wait_of(child, WEB)).since
        await order(child, "confirm", True, by="ops", step=WEB, reason="started on the console")
        again: Wait = await seen(
            child, lambda r: next((w for w in r.waits if w.name == WEB and w.since > since), None)
        )
        assert "ops did it by hand (started on the console), but it is refused" in again.title
        world.by_hand.add("web@web-1")
        assert await order(child, "confirm", False, by="ops", step=WEB, reason="now really") is None
        result = await run.result()
    step = step_of(result, WEB)
    assert (step.outcome, step.attempt) == ("done", 3)
    assert step.summary == "by hand by ops: now really; up and well"
    assert world.count("start web") == 1, "an attempt that only looks starts nothing"
    assert journal(result, "by hand") == [f"ops: {WEB}: {step.summary}"]


@pytest.mark.parametrize("by_signal", [True, False])
async def test_a_retry_may_run_another_command(
    client: Client, plan: Plan, world: World, by_signal: bool
) -> None:
    """Law 8: a changed command is run by the next attempt; law 18: old and new, by whom and why."""
    world.failing = {"web@web-1": 1}
    async with workers(client, world):
        run = await declared(client, plan)
        child = await held_in_child(client, run)
        change = {"by": "ops", "step": WEB, "reason": "the unit was renamed", "command": "start-it-otherwise"}
        await order(child, "retry", by_signal, **change)
        result = await run.result()
    assert result.state is State.DONE
    assert world.commands.count("start-it-otherwise") == 1
    [changed] = journal(result, "changed")
    assert changed.startswith(f"ops: {WEB}: '") and changed.endswith(
        "→ 'start-it-otherwise': the unit was renamed"
    )


async def test_a_service_whose_run_was_ended_may_be_let_go(client: Client, plan: Plan, world: World) -> None:
    """Law 8: a child run that was terminated is no dead end: without it the others go on."""
    world.failing = {"mq@web-1": 99}
    async with workers(client, world):
        run = await declared(client, plan)
        await seen(run, lambda r: any("mq" in w.name for child in r.children for w in child.waits))
        await client.get_workflow_handle(names.service_run_id(run.id, "channel")).terminate("by mistake")
        await wait_of(run, "service-channel")
        after = await record(run)
        assert not [wait for child in after.children for wait in child.waits], "who is dead waits for nobody"
        assert await order(run, "skip", False, by="ops", step="service-channel", reason="later") is None
        result = await run.result()
    assert (result.state, step_of(result, "service-channel").outcome) == (State.DONE, "skipped")


# --- safety steps


async def test_a_safety_step_offers_neither_skip_nor_force(client: Client, plan: Plan, world: World) -> None:
    """Law 8: refused with the way out, by update and by signal."""
    world.devices_gone = True
    async with workers(client, world):
        run = await declared(client, plan)
        await wait_of(run, FENCE)
        for verb in ("skip", "force", "confirm"):
            refusal = await order(run, verb, False, by="kim", step=FENCE, reason="hurry")
            assert refusal is not None and f"`muster override {run.id} {FENCE} --reason WHY`" in refusal
            await order(run, verb, True, by="kim", step=FENCE, reason="hurry")
        changed = {"by": "kim", "step": FENCE, "reason": "hurry", "command": "true"}
        assert "no command" in str(await order(run, "retry", False, **changed))
        after: RunRecord = await seen(run, lambda r: r if r.refused == 7 else None)
        assert after.state is State.HELD and world.count("drain") == 0
        await run.terminate()


@pytest.mark.parametrize("by_signal", [True, False])
async def test_a_fence_is_overridden_by_two(
    client: Client, plan: Plan, world: World, by_signal: bool
) -> None:
    """Laws 1, 8: only two named people go on without a fence, under a token of its own, and all records say so."""
    world.devices_gone = True
    async with workers(client, world):
        run = await declared(client, plan)
        await wait_of(run, FENCE)
        await order(run, "override", by_signal, by="ops", step=FENCE, reason="the vendor cannot come")
        gate = await wait_of(run, f"override:{FENCE}")
        assert gate.quorum == 2 and any("both centers may accept writes" in line for line in gate.about)
        for by, token, says in [
            ("sre", gate.token, "started this run"),
            ("ops", gate.token, "may not speak"),
        ]:
            assert says in await run.execute_update("approve", {"by": by, "token": token})
        await approve(run, "kim", gate=gate.name)
        assert "heard in this round" in await run.execute_update(
            "approve", {"by": "kim", "token": gate.token}
        )
        assert world.count("promote") == 0
        await approve(run, "lee", gate=gate.name)
        result = await run.result()
        estate = await estate_of(client, plan)
    assert result.state is State.DONE
    step = step_of(result, FENCE)
    assert step.outcome == "forced" and step.summary.startswith(
        "overridden by kim and lee: the vendor cannot come"
    )
    [kept] = result.overrides
    assert (kept.step, kept.people, kept.reason) == (FENCE, ["kim", "lee"], "the vendor cannot come")
    assert "no writers' fence of seoul was confirmed, kim, lee overrode it" in result.conclusion
    assert "fenced" not in result.facts
    assert not [act for act in estate.actions if act.what == "fence" and act.stage == "done"]
    assert any("No writers' fence" in line for line in result.warnings)
    assert any("kim, lee overrode it" in notice.body for notice in world.notices)


async def test_an_override_that_is_refused_leaves_the_step_held(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 6: refusing is as easy as approving; law 8: and it is no dead end."""
    world.devices_gone = True
    async with workers(client, world):
        run = await declared(client, plan)
        await wait_of(run, FENCE)
        await order(run, "override", False, by="ops", step=FENCE, reason="hurry")
        gate = await wait_of(run, f"override:{FENCE}")
        again = await order(run, "override", False, by="cho", step=FENCE, reason="hurry")
        assert "asked for already" in str(again)
        for by in ("kim", "cho"):
            assert await order(run, "reject", False, by=by, token=gate.token, reason="no") is None
        await seen(run, lambda r: any("refused; the step stays held" in entry.text for entry in r.journal))
        assert [wait.name for wait in (await record(run)).waits] == [FENCE]
        world.devices_gone = False
        await order(run, "retry", True, by="ops", step=FENCE, reason="cable is back")
        result = await run.result()
    assert result.state is State.DONE and result.overrides == []


async def test_a_retry_that_succeeds_closes_the_override(client: Client, plan: Plan, world: World) -> None:
    """Law 8: voices for going on without a fence are for nothing when there is one; the late one is told."""
    world.devices_gone = True
    async with workers(client, world):
        run = await declared(client, plan)
        await wait_of(run, FENCE)
        await order(run, "override", False, by="ops", step=FENCE, reason="hurry")
        gate = await wait_of(run, f"override:{FENCE}")
        await approve(run, "kim", gate=gate.name)
        world.devices_gone, world.failing = False, {"dns": 1}
        await order(run, "retry", False, by="ops", step=FENCE, reason="cable is back")
        await wait_of(run, DNS)
        refusal = await run.execute_update("approve", {"by": "lee", "token": gate.token})
        assert "no approval is awaited now" in refusal
        await order(run, "retry", False, by="ops", step=DNS, reason="")
        result = await run.result()
    assert (step_of(result, FENCE).outcome, result.overrides) == ("done", [])
    assert "fenced" in result.facts


async def test_an_abort_closes_the_override(client: Client, plan: Plan, world: World) -> None:
    """Law 8: once the run is aborted nobody can let it go on; its undo is asked under another token."""
    world.devices_gone = True
    async with workers(client, world):
        run = await declared(client, plan)
        await wait_of(run, FENCE)
        await order(run, "override", False, by="ops", step=FENCE, reason="hurry")
        gate = await wait_of(run, f"override:{FENCE}")
        await approve(run, "kim", gate=gate.name)
        await order(run, "abort", True, by="ops", reason="seoul is back")
        await wait_of(run, "declaration")
        assert "not that of the open round" in str(
            await run.execute_update("approve", {"by": "lee", "token": gate.token})
        )
        for by in ("kim", "lee"):
            token = (await wait_of(run, "declaration")).token
            await order(run, "reject", False, by=by, token=token, reason="leave it")
        result = await run.result()
    assert result.state is State.ABORTED and world.count("promote") == 0


async def test_a_plan_without_an_override_says_so(client: Client, plan: Plan, world: World) -> None:
    """Law 8: who asks for what the plan does not have is told the way out."""
    gates = {name: spec for name, spec in plan.gates.items() if name != "override"}
    world.devices_gone = True
    async with workers(client, world):
        run = await declared(client, plan.model_copy(update={"gates": gates}))
        await wait_of(run, FENCE)
        refusal = await order(run, "override", False, by="ops", step=FENCE, reason="hurry")
        assert "the plan has no gate override" in str(refusal)
        await run.terminate()
