"""Survey: where data takes writes and which centers are fenced, asked when an estate was lost. It changes nothing."""

from __future__ import annotations

import asyncio

from pydantic import Field
from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.datasets import DatasetActivities
    from activities.fencing import FencingActivities
    from activities.models import DatasetStatus, FenceOrder, Outcome, StepResult, Value
    from workflows import names, policies, slices
    from workflows.plan import Plan, PlanSnapshot


class SurveyOrder(Value):
    plan: PlanSnapshot


class SideSeen(Value):
    """One side of a dataset. `writable` None: nobody knows, `error` says why."""

    label: str
    center: str
    writable: bool | None = None
    error: str = ""


class FenceSeen(Value):
    """One device of a center's fence. `fenced` None: it does not answer."""

    center: str
    device: str
    stops: str
    fenced: bool | None = None
    error: str = ""


class SurveyAnswer(Value):
    sides: list[SideSeen] = Field(default_factory=list)
    fences: list[FenceSeen] = Field(default_factory=list)


@workflow.defn(name="Survey")
class Survey:
    @workflow.run
    async def run(self, order: SurveyOrder) -> SurveyAnswer:
        plan = order.plan.plan()
        labels = slices.datasets(plan, sorted(plan.services))
        sides = [self._side(plan, label, center) for label in labels for center in plan.centers]
        fences = [self._fence(plan, one) for center in plan.centers for one in slices.fences(plan, center)]
        return SurveyAnswer(sides=await asyncio.gather(*sides), fences=await asyncio.gather(*fences))

    async def _side(self, plan: Plan, label: str, center: str) -> SideSeen:
        try:
            status: DatasetStatus = await workflow.execute_activity_method(
                DatasetActivities.dataset_status,
                slices.side(plan, label, center),
                task_queue=names.queue(plan.estate, center),
                summary=f"{label} at {center}",
                **policies.look(8.0),
            )
        except ActivityError as error:
            return SideSeen(label=label, center=center, error=why_it_failed(error).summary)
        return SideSeen(label=label, center=center, writable=status.writable, error=status.error)

    async def _fence(self, plan: Plan, order: FenceOrder) -> FenceSeen:
        seen = FenceSeen(center=order.center, device=order.name, stops=order.stops)
        try:
            status: StepResult = await workflow.execute_activity_method(
                FencingActivities.fence_status,
                order,
                task_queue=names.queue(plan.estate, names.CONTROL),
                summary=f"fence {order.name} of {order.center}",
                **policies.look(8.0),
            )
        except ActivityError as error:
            return seen.model_copy(update={"error": why_it_failed(error).summary})
        return seen.model_copy(update={"fenced": status.outcome is Outcome.ALREADY})
