"""`muster lift`: the approvers are asked again whether the fence of a center is lifted (law 8)."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.models.estate import ClosedRun, Obligation
from starter.client import Temporal
from starter.console import line, print_json, remark
from starter.errors import Refused
from starter.estate_reading import need_estate
from starter.starting import Starting, why_not_starter
from workflows import names
from workflows.estate.estate import EstateState
from workflows.orders import CleanupOrder
from workflows.pages.introduction import introduction, title
from workflows.plan import Plan, PlanSnapshot
from workflows.plan.problems import unknown
from workflows.run.fenced import obligation_of, why_only_failback

CLEANUP = "Cleanup"  # by name, as in starting
GATE = "declaration"  # the approvers of the fence are those of its lift


@dataclass(frozen=True)
class Wishes:
    """What a person asks for."""

    center: str
    by: str
    reason: str
    as_json: bool = False


async def lift(temporal: Temporal, estate: str, wishes: Wishes) -> str:
    """The id of the run that asks them."""
    state = await need_estate(temporal, estate)
    snapshot = PlanSnapshot(hash=state.plan_hash, data=state.plan_data)
    plan = snapshot.plan()
    if reason := why_not_lift(state, plan, wishes):
        raise Refused(reason)
    owed = obligation_of(state, wishes.center)
    assert owed is not None  # or it was refused
    workflow_id = names.lift_id(estate, wishes.center)
    try:
        handle = await temporal.bounded(_starting(temporal, plan, snapshot, owed, wishes), workflow_id)
    except WorkflowAlreadyStartedError:
        raise Refused(f"{workflow_id} runs already: `muster watch {workflow_id}` shows it") from None
    if wishes.as_json:
        print_json({"workflow_id": workflow_id, "run_id": handle.result_run_id or ""})
    else:
        line(f"{workflow_id} started by {wishes.by}: the people of gate {GATE} are asked")
        line(f"see it: muster watch {workflow_id}")
    if not await temporal.workers_of(names.queue(estate, names.CONTROL)):
        remark("it waits: no control worker is there, start `python -m worker --control`")
    return workflow_id


def why_not_lift(state: EstateState, plan: Plan, wishes: Wishes) -> str | None:
    """Why nobody is asked, or None. The run looks at it all again, with the lease."""
    center, held = wishes.center, state.holder
    if not wishes.reason.strip():
        return "a lift needs a reason that people will read: --reason WHY"
    if center not in plan.centers:
        return unknown("center", center, plan.centers)
    if wishes.by not in plan.people:
        return unknown("person", wishes.by, plan.people)
    if obligation_of(state, center) is None:
        return f"nothing is owed for {center}: {state.estate} knows of no fence of it"
    if why := why_only_failback(state, center):
        return f"{center} stays fenced: {why}; only a failback opens it"
    if held is not None:
        return f"the lease is held by {held.workflow_id} ({held.reason}): wait for its end, or abort it"
    if state.announcements:
        first = state.announcements[0]
        return f"{first.workflow_id} is announced ({first.reason}): wait for its end, or abort it"
    return why_not_starter(plan, wishes.by, [GATE])


def _starting(
    temporal: Temporal, plan: Plan, snapshot: PlanSnapshot, owed: Obligation, wishes: Wishes
) -> Starting:
    run = ClosedRun(workflow_id=owed.workflow_id, first_run_id=owed.first_run_id, how="closed")
    return temporal.client.start_workflow(
        CLEANUP,
        CleanupOrder(
            plan=snapshot, run=run, started_by=wishes.by, center=wishes.center, reason=wishes.reason
        ),
        id=names.lift_id(plan.estate, wishes.center),
        task_queue=names.queue(plan.estate, names.CONTROL),
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        static_summary=title(plan.language, "cleanup", plan.estate, wishes.reason),
        static_details=introduction(
            plan.language,
            by=wishes.by,
            reason=wishes.reason,
            plan_hash=snapshot.hash,
            services=sorted(plan.services),
            center=wishes.center,
        ),
        search_attributes=TypedSearchAttributes(
            [SearchAttributePair(names.ESTATE, plan.estate), SearchAttributePair(names.SCENARIO, "cleanup")]
        ),
    )
