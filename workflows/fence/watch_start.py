"""How the watch over a fenced center begins: a run of its own, which outlives whoever begins it (laws 1, 12)."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from workflows import names
    from workflows.orders import FenceWatchOrder
    from workflows.plan import Plan, snapshot
    from workflows.run.fenced import Fenced
    from workflows.texts import text

NEEDLESS: dict[str, object] = {
    "services": {},
    "gates": {},
    "traffic": [],
    "batches": {},
    "maintenance": {},
    "schedules": [],
}


def fence_plan(plan: Plan) -> Plan:
    """What a watch over a fenced center needs of a plan: devices, vantage points, people (law 12)."""
    return plan.model_copy(update=NEEDLESS)


async def start_watch(
    plan: Plan, plan_hash: str, fenced: Fenced, parent_id: str, started_by: str, after: str = ""
) -> str:
    """Its workflow id. `after`: how the one before it ended, when that was not by its own rule.

    Raises WorkflowAlreadyStartedError.
    """
    order = FenceWatchOrder(
        plan=snapshot(fence_plan(plan)),
        plan_hash=plan_hash,
        fenced=fenced,
        parent_id=parent_id,
        started_by=started_by,
        after=after,
    )
    run = await workflow.start_child_workflow(
        "FenceWatch",
        order,
        id=names.fence_watch_id(plan.estate, fenced.center),
        # A declaration that is terminated must leave it alive: then nobody else looks.
        parent_close_policy=ParentClosePolicy.ABANDON,
        static_summary=text(plan.language, "watch_title", estate=plan.estate, center=fenced.center),
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(names.ESTATE, plan.estate),
                SearchAttributePair(names.SCENARIO, "fence-watch"),
            ]
        ),
    )
    return run.id
