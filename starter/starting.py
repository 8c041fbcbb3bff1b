"""`muster start`: a scenario begins, under an id that is taken once at a time."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from starter.client import Temporal
from starter.console import line, print_json, remark
from starter.errors import NoSuchRun, NoWorker, Refused, WrongUsage
from starter.estate_reading import need_estate
from starter.plans import GoodPlan
from workflows import names
from workflows.orders import ScenarioOrder
from workflows.pages.introduction import introduction, title
from workflows.plan import Plan
from workflows.plan.problems import unknown

DECLARATION = "Declaration"  # by name: the scenario's own module would load every driver that workers have
SCENARIOS = {"declaration": DECLARATION}
LATER = ("failback", "switchover", "drill", "ipl-start", "ipl-stop", "maintenance", "batch")


Starting = Coroutine[Any, Any, WorkflowHandle[Any, Any]]


@dataclass(frozen=True)
class Wishes:
    """What a person asks for. `services` empty: all. `plan_as_is`: also when it is not the applied one."""

    scenario: str
    by: str
    reason: str
    center: str | None = None
    services: list[str] = field(default_factory=list)
    plan_as_is: bool = False
    as_json: bool = False


async def start(temporal: Temporal, good: GoodPlan, wishes: Wishes) -> str:
    """The id of the run. What is wrong with the wishes was told before (`need_good`)."""
    workflow_id = names.scenario_id(good.plan.estate, wishes.scenario)
    await _check_applied(temporal, good, wishes)
    try:
        handle = await temporal.bounded(_starting(temporal, good, wishes, workflow_id), workflow_id)
    except WorkflowAlreadyStartedError:
        raise Refused(f"{workflow_id} runs already: `muster watch {workflow_id}` shows it") from None
    run_id = handle.result_run_id or ""
    if wishes.as_json:
        print_json({"workflow_id": workflow_id, "run_id": run_id, "plan_hash": good.snapshot.hash})
    else:
        line(f"{workflow_id} started by {wishes.by}, run {run_id}")
        line(f"see it: muster watch {workflow_id}")
    if not await temporal.workers_of(names.queue(good.plan.estate, names.CONTROL)):
        remark("it waits: no control worker is there, start `python -m worker --control`")
    return workflow_id


def _starting(temporal: Temporal, good: GoodPlan, wishes: Wishes, workflow_id: str) -> Starting:
    estate = good.plan.estate
    language = good.plan.language
    return temporal.client.start_workflow(
        SCENARIOS[wishes.scenario],
        ScenarioOrder(
            plan=good.snapshot,
            started_by=wishes.by,
            reason=wishes.reason,
            center=wishes.center,
            services=wishes.services or None,
        ),
        id=workflow_id,
        task_queue=names.queue(estate, names.CONTROL),
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        static_summary=title(language, wishes.scenario, estate, wishes.reason),
        static_details=introduction(
            language,
            by=wishes.by,
            reason=wishes.reason,
            plan_hash=good.snapshot.hash,
            services=wishes.services or sorted(good.plan.services),
            center=wishes.center,
        ),
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(names.ESTATE, estate),
                SearchAttributePair(names.SCENARIO, wishes.scenario),
            ]
        ),
    )


async def _check_applied(temporal: Temporal, good: GoodPlan, wishes: Wishes) -> None:
    """A run goes by the plan on disk; the Estate must know it, or a person must want it so."""
    estate = good.plan.estate
    if wishes.plan_as_is:
        # Nothing but the server is needed here: with a lost control worker the run is started all the same.
        try:
            await temporal.describe(names.estate_id(estate))
        except NoSuchRun:
            raise Refused(
                f"estate {estate} is not registered: run `muster apply {good.path}` first"
            ) from None
        return
    try:
        state = await need_estate(temporal, estate)
    except NoWorker as silence:
        raise NoWorker(f"{silence}; or start it without asking the Estate: --plan-as-is") from None
    if state.plan_hash != good.snapshot.hash:
        raise Refused(
            f"{good.path} ({good.snapshot.hash[:12]}) is not the plan that was applied ({state.plan_hash[:12]}): "
            f"run `muster apply {good.path}`, or add --plan-as-is"
        )


def need_good(plan: Plan, wishes: Wishes) -> None:
    """Before any server is asked: WrongUsage for what the plan does not have, Refused for who may not start it."""
    if reason := why_not_wished(plan, wishes):
        raise WrongUsage(reason)
    if reason := why_not_starter(plan, wishes.by):
        raise Refused(reason)


def why_not_wished(plan: Plan, wishes: Wishes) -> str | None:
    """What is typed and is not in the plan, or None."""
    if wishes.center is not None and wishes.center not in plan.centers:
        return f"--center: {unknown('center', wishes.center, plan.centers)}"
    for service in wishes.services:
        if service not in plan.services:
            return f"--service: {unknown('service', service, plan.services)}"
    return None


def why_not_starter(
    plan: Plan, by: str, gates: Sequence[str] = ("severity", "declaration", "commit")
) -> str | None:
    """The starter has no voice (law 6): a gate that cannot be passed without that voice would never open."""
    for name in gates:
        gate = plan.gates.get(name)
        if gate is None:
            continue
        others = {*gate.people, *(gate.then.people if gate.then else [])} - {by}
        if len(others) < gate.quorum:
            return (
                f"{by} may not speak at gate {name} of a run that {by} started, and without {by} its quorum "
                f"of {gate.quorum} cannot be reached: let somebody else start it"
            )
    return None


def need_scenario(name: str) -> None:
    """WrongUsage unless it can be started."""
    if name in LATER:
        raise WrongUsage(f"scenario {name} is not yet there; there is: {', '.join(SCENARIOS)}")
    if name not in SCENARIOS:
        raise WrongUsage(unknown("scenario", name, [*SCENARIOS, *LATER]))
