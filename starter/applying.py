"""`muster apply`: the Estate takes over a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy

from starter.client import WORKER_S, Temporal
from starter.console import line, listed, print_json, remark
from starter.errors import Refused, WrongUsage
from starter.estate_reading import read_estate
from starter.finding_active import active_by_word
from starter.leaving_guards import why_guards_left
from starter.plan_difference import difference, why_not_over
from starter.plans import GoodPlan, labels
from starter.rebuilding import Said, first_state
from workflows import names, slices
from workflows.estate.estate import Estate, EstateState
from workflows.plan import Plan, PlanSnapshot, SnapshotDamaged
from workflows.plan.problems import unknown


@dataclass(frozen=True)
class Wishes:
    """`unprepared`: also with hosts that were never met.

    `said`: of a lost estate. `disarmed`: datasets whose guards were disarmed, and may leave the plan.
    """

    unprepared: bool
    as_json: bool
    said: Said
    disarmed: Sequence[str] = ()


def need_known(plan: Plan, said: Said) -> None:
    """Before any server is asked: WrongUsage for a service or a center that the plan does not have."""
    if isinstance(wrong := active_by_word(plan, said.active), str):
        raise WrongUsage(f"--active: {wrong}")
    for option, centers in (("--fenced", said.fenced), ("--not-fenced", said.unfenced)):
        for center in centers:
            if center not in plan.centers:
                raise WrongUsage(f"{option}: {unknown('center', center, plan.centers)}")
    if both := sorted({*said.fenced} & {*said.unfenced}):
        raise WrongUsage(f"{both[0]} cannot be --fenced and --not-fenced: look, and say one of them")


async def apply(temporal: Temporal, good: GoodPlan, wishes: Wishes) -> None:
    if not wishes.unprepared and (reason := why_not_prepared(good)):
        raise Refused(reason)
    estate = good.plan.estate
    await temporal.need_worker(names.queue(estate, names.CONTROL))
    before = await read_estate(temporal, estate)
    lines = difference(applied_plan(before), good.plan)
    if reason := why_not_over(applied_plan(before), good.plan, why_kept(before)):
        raise Refused(reason)
    sampling = slices.registration(good.plan, good.snapshot).sampling
    if reason := why_guards_left(before, sampling, wishes.disarmed):
        raise Refused(reason)
    if before is not None and wishes.said:
        known, out = (
            ("where its services live", "--active")
            if wishes.said.active
            else ("what is fenced", "--fenced and --not-fenced")
        )
        raise Refused(f"{estate} is registered and knows {known}: leave {out} out")
    begin = before or await first_state(temporal, good, wishes.said)
    after = await register(temporal, good, begin)
    if wishes.as_json:
        print_json({"estate": estate, "plan_hash": after.plan_hash, "difference": lines, **_standing(after)})
    else:
        _tell(before, after, lines)


async def register(temporal: Temporal, good: GoodPlan, begin: EstateState) -> EstateState:
    """The Estate is started with `begin` when it is not there. Registering twice is registering once."""
    estate = good.plan.estate
    start = WithStartWorkflowOperation(
        Estate.run,
        begin,
        id=names.estate_id(estate),
        task_queue=names.queue(estate, names.CONTROL),
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"estate · {estate}",
        search_attributes=TypedSearchAttributes([SearchAttributePair(names.ESTATE, estate)]),
    )
    registering = temporal.client.execute_update_with_start_workflow(
        "register",
        slices.registration(good.plan, good.snapshot),
        start_workflow_operation=start,
        result_type=EstateState,
    )
    state: EstateState = await temporal.bounded(registering, f"the Estate of {estate}", WORKER_S * 2)
    return state


def why_not_prepared(good: GoodPlan) -> str | None:
    """The hosts that were never met, or None."""
    strangers = [label for label, keys in labels(good.plan).items() if not keys]
    if not strangers:
        return None
    return (
        f"{listed(strangers)} of {good.path} were never met: run `muster prepare {good.path}` first, "
        "or add --unprepared"
    )


def why_kept(state: EstateState | None) -> dict[str, str]:
    """Centers whose devices a plan must leave as they are, and why: fenced, or perhaps just now, by a run that has
    begun with the plan of before.
    """
    plan = applied_plan(state)
    if state is None or plan is None:
        return {}
    runs = [one.workflow_id for one in state.announcements]
    if state.lease is not None:
        runs.insert(0, state.lease.workflow_id)
    going = {center: f"{runs[0]} goes on and may fence {center}" for center in plan.centers if runs}
    return going | {one.target: f"{one.target} is fenced" for one in state.obligations if one.kind == "fence"}


def applied_plan(state: EstateState | None) -> Plan | None:
    """The plan that the Estate has; one that cannot be read any more counts as none."""
    if state is None or not state.plan_data:
        return None
    try:
        return PlanSnapshot(hash=state.plan_hash, data=state.plan_data).plan()
    except (SnapshotDamaged, ValueError):
        return None


def _standing(state: EstateState) -> dict[str, object]:
    lease = state.lease.model_dump(mode="json") if state.lease else None
    return {"active": state.active, "epoch": state.epoch, "lease": lease}


def _tell(before: EstateState | None, after: EstateState, lines: list[str]) -> None:
    line(f"{after.estate}: plan {after.plan_hash[:12]}, {_what_changed(before, after)}")
    for changed in lines:
        line(f"  {changed}")
    for service, center in sorted(after.active.items()):
        line(f"active  {service}: {center}")
    line(f"epoch   {after.epoch}")
    if after.lease:
        remark(
            f"{after.lease.workflow_id} holds the lease; it goes on with the plan that it was started with"
        )


def _what_changed(before: EstateState | None, after: EstateState) -> str:
    if before is None:
        return "registered for the first time"
    if before.plan_hash == after.plan_hash:
        return "nothing differs from what was applied"
    return f"was {before.plan_hash[:12]}"
