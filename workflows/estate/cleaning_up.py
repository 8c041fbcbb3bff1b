"""What an Estate starts: the cleanup of a closed run, and a watch that nobody else began. Both outlive its own run."""

from __future__ import annotations

import contextlib

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from workflows.fence.watch_start import start_watch

with workflow.unsafe.imports_passed_through():
    from activities.models.estate import Obligation, RunRef
    from workflows import names
    from workflows.estate.state import Departed, EstateState, same
    from workflows.orders import CleanupOrder
    from workflows.pages.introduction import introduction, title
    from workflows.plan import PlanSnapshot
    from workflows.run.fenced import fenced_as

NOBODY = "the Estate"  # as the starter of what nobody is known to have started
SCENARIO = "cleanup"


async def start_cleanup(state: EstateState, departed: Departed) -> RunRef | None:
    """The run that was started; None when one of that name is there already."""
    snapshot = PlanSnapshot(hash=state.plan_hash, data=state.plan_data)
    starter = _starter(state, departed)
    language = snapshot.plan().language
    reason = f"{departed.run.workflow_id}: {departed.run.how}"
    closed = departed.run
    workflow_id = names.cleanup_id(state.estate, closed.run_id or closed.first_run_id, departed.tries)
    try:
        child = await workflow.start_child_workflow(
            "Cleanup",
            CleanupOrder(plan=snapshot, run=departed.run, started_by=starter),
            id=workflow_id,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            parent_close_policy=ParentClosePolicy.ABANDON,
            static_summary=title(language, SCENARIO, state.estate, reason),
            static_details=introduction(
                language,
                by=starter,
                reason=reason,
                plan_hash=state.plan_hash,
                services=sorted(state.active),
                center=None,
            ),
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(names.ESTATE, state.estate),
                    SearchAttributePair(names.SCENARIO, SCENARIO),
                ]
            ),
        )
    except WorkflowAlreadyStartedError:
        return None
    return RunRef(workflow_id=workflow_id, first_run_id=child.first_execution_run_id or "")


async def watch_anew(state: EstateState, owed: Obligation, how: str) -> str | None:
    """Begin the watch over a fenced center again. `how`: the one before it ended. Why nobody can, or None."""
    plan = PlanSnapshot(hash=state.plan_hash, data=state.plan_data).plan()
    if owed.target not in plan.centers:
        return f"the plan of the estate has no center {owed.target}"
    with contextlib.suppress(WorkflowAlreadyStartedError):
        await start_watch(plan, state.plan_hash, fenced_as(state, owed), owed.workflow_id, NOBODY, how)
    return None


def _starter(state: EstateState, departed: Departed) -> str:
    """Who started the closed run: that person has no voice about it (law 6)."""
    held = state.lease
    if held is not None and same(held, departed.run):
        return held.started_by or NOBODY
    found = [guest.started_by for guest in state.guests if same(guest, departed.run)]
    return next(iter(found), "") or NOBODY
