"""Fencing a center: device after device until writers are stopped and that is confirmed (law 1)."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.recognition import Recognition
from workflows.scenario import Scenario, Step, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.fencing import FencingActivities
    from activities.models import FenceOrder, Outcome, StepResult
    from workflows import names, policies, slices
    from workflows.fences import why_not_confirmed
    from workflows.plan import Plan

LOOKS = 3  # a center that was just cut off may need a moment until nothing of it is seen
PAUSE = 1.0  # seconds between them
HEALTHY_WITHIN = 180.0  # seconds until a center that got its power back serves
HEALTHY_PAUSE = 3.0


class Fencing:
    """The fence of one center, run from control or, when control cannot, from the other center."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str, recognition: Recognition) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._recognition = recognition
        self._others: list[asyncio.Task[None]] = []

    async def fence(self) -> None:
        """Returns when a `writers` fence is confirmed, and never otherwise."""
        title = self._scenario.say("step_fence", center=self._center)
        step = Step(f"fence-{self._center}", title, safety=True)
        await self._scenario.perform(step, self._fence_once)

    async def settle(self) -> None:
        """Wait for the confirmations that nothing depended on."""
        await asyncio.gather(*self._others)

    async def _fence_once(self, attempt: int) -> StepResult:
        reasons = []
        for order in slices.fences(self._plan, self._center):
            device = await self._run_device(order)
            if order.stops == "clients":
                # Nothing waits for it: what counts for the promotion is the fence of writers.
                self._others.append(asyncio.create_task(self._note_confirmation(order, device)))
                continue
            reason = await self._confirm(order, device)
            if reason is None:
                return StepResult(outcome=Outcome.DONE, summary=f"writers stopped by {order.name}, confirmed")
            reasons.append(reason)
        why = "; ".join(reasons) or f"the plan has no writers' fence for {self._center}"
        return StepResult(outcome=Outcome.FAILED, summary=f"no writers' fence is confirmed: {why}")

    async def _run_device(self, order: FenceOrder) -> StepResult:
        """By control; by the other center's worker when control cannot."""
        result = await self._run_from(order, names.CONTROL)
        if result.outcome.is_good:
            return result
        other = self._plan.other(self._center)
        second = await self._run_from(order, other)
        if second.outcome.is_good:
            return second
        return result.model_copy(update={"summary": f"{result.summary}; from {other}: {second.summary}"})

    async def _run_from(self, order: FenceOrder, place: str) -> StepResult:
        try:
            result: StepResult = await workflow.execute_activity_method(
                FencingActivities.fence,
                order,
                task_queue=names.queue(self._plan.estate, place),
                summary=self._scenario.summary(
                    "sum_fence", center=order.center, device=order.name, place=place
                ),
                **policies.device(),
            )
        except ActivityError as error:
            result = why_it_failed(error)
        self._scenario.note("step", f"fence {order.name} from {place}: {result.outcome}: {result.summary}")
        return result

    async def _note_confirmation(self, order: FenceOrder, device: StepResult) -> None:
        reason = await self._confirm(order, device)
        self._scenario.note("step", f"fence {order.name}: {reason or 'clients stopped, confirmed'}")

    async def _confirm(self, order: FenceOrder, device: StepResult) -> str | None:
        """Device and vantage points together; looked at a few times while something is still seen."""
        reason = why_not_confirmed(order, device, [])
        if not device.outcome.is_good:
            return reason
        for look in range(LOOKS):
            if look:
                await workflow.sleep(PAUSE, summary=self._scenario.summary("sum_look_again"))
            vantages = [names.CONTROL, self._plan.other(self._center)]
            sightings = await self._recognition.sight([self._center], vantages)
            reason = why_not_confirmed(order, device, sightings)
            if reason is None:
                return None
        return reason


class Lift:
    """Taking a fence away again, after an abort that was approved, until the center serves (law 8)."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str, recognition: Recognition) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._recognition = recognition

    async def lift(self) -> None:
        for order in slices.lifts(self._plan, self._center):
            await self._lift(order)
        title = self._scenario.say("step_healthy", center=self._center)
        await self._scenario.perform(Step(f"healthy-{self._center}", title, safety=True), self._is_healthy)

    async def _lift(self, order: FenceOrder) -> None:
        step = Step(
            f"lift-{order.name}",
            self._scenario.say("step_lift", center=order.center, device=order.name),
            True,
        )
        await self._scenario.perform(step, lambda attempt: self._lift_once(order))

    async def _lift_once(self, order: FenceOrder) -> StepResult:
        result: StepResult = await workflow.execute_activity_method(
            FencingActivities.lift_fence,
            order,
            task_queue=names.queue(self._plan.estate, names.CONTROL),
            summary=self._scenario.summary("step_lift", center=order.center, device=order.name),
            **policies.device(),
        )
        return result

    async def _is_healthy(self, attempt: int) -> StepResult:
        """Everything by which the center is seen serves again, from a vantage point that sees."""
        wanted = set(self._plan.centers[self._center].seen_by)
        began = self._scenario.now()
        while self._scenario.now() < began + HEALTHY_WITHIN:
            sightings = await self._recognition.sight([self._center], [names.CONTROL])
            serving = {seen.url for sight in sightings for seen in sight.results if seen.serves}
            if wanted <= serving:
                return StepResult(outcome=Outcome.DONE, summary=f"{self._center} serves")
            await asyncio.sleep(HEALTHY_PAUSE)
        missing = ", ".join(sorted(wanted - serving))
        return StepResult(outcome=Outcome.FAILED, summary=f"{self._center} does not serve: {missing}")
