"""What a law says of every step, asked of every step of one declaration; and of all that may be lost beside it."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import TimeoutError, TimeoutType

from activities.errors import BadOrder, HostUnreachable
from activities.models import Outcome
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import Handle, approve, decide, estate_of, record, seen, start, wait_of
from tests.workflows.world import World
from workflows import names, policies, slices
from workflows.pages.details import all_steps
from workflows.plan import Plan, snapshot
from workflows.recovery.service_start import AT_ONCE
from workflows.run.half_done import END
from workflows.run.record import RunRecord, State, StepRecord, Wait
from workflows.scenario.steps import why_it_failed


@dataclass(frozen=True)
class Act:
    """A step as the world knows it and as people do. `never_before`: what must not have been done while it is held.

    `intent`: the irreversible step that it is part of.
    """

    fails: str
    step: str
    never_before: str
    is_safety: bool = True
    intent: str = ""
    failures: int = 1
    outcome: Outcome = Outcome.UNKNOWN


STEPS = (
    # Once from each place; then no fence of writers is confirmed.
    Act("fence power", "fence-seoul", "drain", intent="fence", failures=2, outcome=Outcome.FAILED),
    Act("drain ledger", "drain-core-banking.ledger", "check"),
    Act("check ledger", "check-core-banking.ledger", "promote"),
    Act("promote", "promote-core-banking.ledger", "start", intent="promote"),
    Act("web@web-1", "start-web@web-1", "prove", is_safety=False),
    Act("prove", "prove-core-banking", "dns"),
    Act("dns", "dns-www-A", "nothing", is_safety=False, intent="traffic"),
)


def with_component(plan: Plan, name: str, **changes: Any) -> Plan:
    """The plan with one component of core-banking changed."""
    service = plan.services["core-banking"]
    component = service.components[name].model_copy(update=changes)
    changed = service.model_copy(update={"components": {**service.components, name: component}})
    return plan.model_copy(update={"services": {**plan.services, "core-banking": changed}})


async def held(client: Client, run: Handle, step: str) -> tuple[WorkflowHandle[Any, Any], Wait]:
    """Where a step is held, in the run or in a child of it, and what is shown of it."""

    def find(now: RunRecord) -> tuple[str, Wait] | None:
        places = [(now.workflow_id, now.waits), *((c.workflow_id, c.waits) for c in now.children)]
        return next(((id, wait) for id, waits in places for wait in waits if wait.name == step), None)

    id, wait = await seen(run, find)
    return client.get_workflow_handle(id), wait


def step_of(run: RunRecord, act: Act) -> StepRecord:
    return next(step for step in all_steps(run) if step.name == act.step)


async def test_every_step_that_is_unknown_is_held(client: Client, plan: Plan, world: World) -> None:
    """Law 2: nothing is done again or gone on with by itself, retries of the plan included; a person says it.

    Law 8: operators are told; a safety step takes neither skip nor force. Law 10: its intent was recorded before.
    """
    plan = with_component(plan, "web", retries=2)
    world.failing = {act.fails: act.failures for act in STEPS}
    world.fails_as = Outcome.UNKNOWN
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        for act in STEPS:
            where, wait = await held(client, run, act.step)
            assert world.count(act.never_before) == 0, act
            assert ({"skip", "force"} & {paste.signal for paste in wait.send} == set()) is act.is_safety, act
            for verb in ("skip", "force") if act.is_safety else ():
                order = {"by": "ops", "step": act.step, "reason": "hurry"}
                assert "safety step" in str(await where.execute_update(verb, order)), act
            assert step_of(await record(run), act).outcome is act.outcome
            actions = (await estate_of(client, plan)).actions
            known = [one.stage for one in actions if one.what == act.intent]
            assert known == (["intent"] if act.intent else []), act
            assert await where.execute_update("retry", {"by": "ops", "step": act.step}) is None
        result = await run.result()
        actions = (await estate_of(client, plan)).actions
    assert result.state is State.DONE, result.conclusion
    for act in STEPS:
        assert (step_of(result, act).outcome, step_of(result, act).attempt) == (Outcome.DONE, 2), act
        assert any(act.step in notice.title for notice in world.notices), act
    done = [one.what for one in actions if one.stage == "done"]
    assert done == [*(act.intent for act in STEPS if act.intent), END]
    assert world.epochs == {2}, "law 5: each job of the run carries its epoch"


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (TimeoutError("", type=TimeoutType.SCHEDULE_TO_START, last_heartbeat_details=[]), Outcome.FAILED),
        (TimeoutError("", type=TimeoutType.START_TO_CLOSE, last_heartbeat_details=[]), Outcome.UNKNOWN),
        (TimeoutError("", type=TimeoutType.SCHEDULE_TO_CLOSE, last_heartbeat_details=[]), Outcome.UNKNOWN),
        (TimeoutError("", type=TimeoutType.HEARTBEAT, last_heartbeat_details=[]), Outcome.UNKNOWN),
        (BadOrder("no"), Outcome.FAILED),
        (HostUnreachable("the link was cut"), Outcome.UNKNOWN),
        (RuntimeError("a fault of ours"), Outcome.UNKNOWN),
    ],
)
def test_what_nobody_began_has_failed_and_the_rest_is_unknown(cause: Exception, outcome: Outcome) -> None:
    """Law 2: a refusal and work that no worker took changed nothing; of everything else nobody knows what it did."""
    error = RuntimeError("activity failed")
    error.__cause__ = cause
    assert why_it_failed(error).outcome is outcome


# What lasts as long as there is something to see, or goes on beside everything.
WITHOUT_LIMIT = {"watch", "long_look", "export"}


def test_nothing_waits_for_a_worker_without_a_limit() -> None:
    """Laws 8, 9: a worker that is gone ends an activity, however long its queue is: then another way, or a hold."""
    known = {name: make for name, make in vars(policies).items() if inspect.isfunction(make)}
    limits = {name: make(*[1.0] * (name in {"change", "stop", "long_look"})) for name, make in known.items()}
    ends = {"schedule_to_start_timeout", "schedule_to_close_timeout"}
    assert {name for name, limit in limits.items() if not ends & limit.keys()} == WITHOUT_LIMIT


async def test_what_may_be_lost_is_said_and_never_fatal(
    client: Client, plan: Plan, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 9: channels, archive, samples and the Estate's second copy are away: it ends well, and says so."""
    aside = policies.aside
    monkeypatch.setattr(policies, "aside", lambda timeout_s=20.0: aside(timeout_s / 20))
    world.lost = {"send_notice", "archive_run", "sample_window"}
    world.unheard = {"fence", "promote", "traffic"}
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await asyncio.wait_for(run.result(), 30)
    assert result.state is State.DONE, result.conclusion
    assert "check accepted=unknown" in world.does
    said = "\n".join(entry.text for entry in result.journal)
    for line in (
        "has no intent of promote",
        "has no done of traffic",
        "operators: ",
        "did not take the record",
    ):
        assert line in said, said


async def test_a_run_keeps_the_plan_that_it_was_started_with(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 12: another plan is applied while people think: the run goes by its own, its children too."""
    renamed = plan.services["core-banking"].components["web"].start.model_copy(update={"run": "other"})
    alone = plan.gates["declaration"].model_copy(update={"quorum": 1})
    changes = {"gates": {**plan.gates, "declaration": alone}, "traffic": []}
    other = with_component(plan, "web", start=renamed).model_copy(update=changes)
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await wait_of(run, "declaration")
        estate = client.get_workflow_handle(names.estate_id(plan.estate))
        await estate.execute_update("register", slices.registration(other, snapshot(other)))
        await approve(run, "kim")
        await asyncio.sleep(0.3)
        assert world.does == [], "one voice is the quorum of the other plan"
        await approve(run, "lee")
        result = await run.result()
        state = await estate_of(client, plan)
    assert result.state is State.DONE, result.conclusion
    assert (result.plan_hash, state.plan_hash) == (snapshot(plan).hash, snapshot(other).hash)
    assert "sv up web" in world.commands and "other" not in world.commands
    assert world.count("dns www") == 1


@pytest.mark.parametrize(("most", "expected"), [(5, 5), (None, AT_ONCE // 2)])
async def test_dozens_of_hosts_are_started_a_few_at_a_time(
    client: Client, plan: Plan, world: World, most: int | None, expected: int
) -> None:
    """Law 15: as many as the plan says, and never more than a center's worker takes, whatever a plan leaves open.

    Law 8: what the plan tries again by itself holds nobody.
    """
    hosts = {f"n-{number}": plan.centers["busan"].hosts["web-1"] for number in range(30)}
    busan = plan.centers["busan"].model_copy(update={"hosts": {**plan.centers["busan"].hosts, **hosts}})
    plan = plan.model_copy(update={"centers": {**plan.centers, "busan": busan}})
    plan = with_component(
        plan, "web", hosts={"seoul": ["web-1"], "busan": [*hosts]}, max_parallel=most, retries=1
    )
    go = asyncio.Event()
    world.gates = {f"start web@{host} attempt=1": go for host in hosts}
    world.failing = {"web@n-7": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda _: world.count("start web@") == expected)
        await asyncio.sleep(0.3)
        assert world.count("start web@") == expected
        go.set()
        result = await run.result()
    assert result.state is State.DONE and not [
        e for c in result.children for e in c.journal if e.kind == "hold"
    ]
    assert world.count("start web@") == len(hosts) + 1
