"""The record with which a watch over a fenced center begins. Pure."""

from __future__ import annotations

from workflows import slices
from workflows.orders import FenceWatchOrder
from workflows.plan import Plan
from workflows.run.record import RunRecord
from workflows.texts import text


def first_record(order: FenceWatchOrder, plan: Plan, workflow_id: str, run_id: str, now: float) -> RunRecord:
    """`now`: seconds since the epoch."""
    center = order.fenced.center
    devices = ", ".join(one.name for one in slices.fences(plan, center))
    return RunRecord(
        scenario="fence-watch",
        estate=plan.estate,
        workflow_id=workflow_id,
        run_id=run_id,
        plan_hash=order.plan_hash,
        started_by=order.started_by,
        reason=text(plan.language, "watch_reason", center=center, run=order.parent_id),
        started_at=now,
        language=plan.language,
        timezone=plan.timezone,
        old=center,
        services=list(order.fenced.services),
        epoch=order.fenced.epoch,
        targets=dict.fromkeys(plan.centers[center].seen_by, center),
        will_do=[text(plan.language, "watch_what", center=center, devices=devices)],
    )
