"""Fencing a center: device after device until writers are stopped and that is confirmed (law 1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.evidence.recognition import Recognition
from workflows.fence.guards import Guards
from workflows.scenario.scenario import Scenario, Step, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.fencing import FencingActivities
    from activities.models import FenceOrder, Outcome, StepResult
    from workflows import names, policies, slices
    from workflows.evidence.fences import is_young, why_not_confirmed
    from workflows.plan import Plan

T = TypeVar("T")

LOOKS = 3  # a center that was just cut off may need a moment until nothing of it is seen
PAUSE = 1.0  # seconds between them
HEAD_START = 1.0  # seconds for a clients' fence before the writers' fence begins
CONTROL_ALONE = 3.0  # seconds until the other center tries too
HEALTHY_WITHIN = 180.0  # seconds until a center that got its power back serves
HEALTHY_PAUSE = 3.0


class Fencing:
    """The fence of one center, run from control or, when control cannot, from the other center."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str, recognition: Recognition) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._recognition = recognition
        self.guards = Guards(scenario, plan, center, recognition)
        self._begun: list[asyncio.Task[Any]] = []
        self._confirmed_at: float | None = None  # no later than anybody looked, whenever the answer was read
        self._told_at: dict[str, float] = {}  # device -> no later than it said that it holds the center
        self._refreshing = asyncio.Lock()
        self.is_overridden = False
        self.guarded: list[str] = []  # the datasets whose guards stopped the writers, when no device did
        self.problems: list[str] = []  # of devices that nothing waited for

    async def fence(self) -> None:
        """Returns when a `writers` fence is confirmed, or two people of the plan overrode it, and never otherwise."""
        title = self._scenario.say("step_fence", center=self._center)
        without = self._scenario.say("without_fence", center=self._center)
        step = Step(f"fence-{self._center}", title, safety=True, without=without)
        self._confirmed_at = None
        result = await self._scenario.perform(step, self._fence_once, self.guards.is_due)
        self.is_overridden = result.outcome is Outcome.FORCED

    async def refresh(self) -> None:
        """As `fence`, when the last confirmation is no longer young. One at a time: a step is held once."""
        async with self._refreshing:
            while not self.is_fresh:
                await self.fence()

    async def fence_again(self, attempt: int) -> StepResult:
        """One attempt, and no hold: for a center that is found open. Each device is looked at before it acts.

        By devices only: a lease that was over long ago says nothing of a writer that somebody may have opened since.
        """
        title = self._scenario.say("step_fence_again", center=self._center)
        step = Step(f"fence-{self._center}", title, safety=True)
        result = await self._scenario.attempt(step, self._fence_by_devices, attempt)
        await self.settle()
        return result

    def why_not(self, result: StepResult) -> str | None:
        """What of an attempt did not do what it should, or None."""
        return "; ".join(self.problems) or None if result.outcome.is_good else result.summary

    @property
    def is_fresh(self) -> bool:
        """Whether the confirmation is so young that nothing can have been undone by people since.

        An override holds for the run: what was not there when it was given cannot be undone either.
        """
        if self.is_overridden:
            return True
        return is_young(self._confirmed_at, self._scenario.now())

    async def settle(self) -> None:
        """Wait for what nothing depended on: the clients' fence, a place that was slower than the other."""
        await asyncio.gather(*self._begun)

    async def _fence_once(self, attempt: int) -> StepResult:
        """The devices; the guards of the writers when none of them confirms, and first once they were counted on."""
        asked = self._scenario.now()
        if self.guards.is_begun and await self.guards.why_not_counted() is None:
            return self._stopped_by_guards(asked)
        result = await self._fence_by_devices(attempt)
        if result.outcome.is_good or not self.guards.orders:
            return result
        asked = self._scenario.now()
        if (reason := await self.guards.why_not_counted()) is None:
            return self._stopped_by_guards(asked)
        return result.model_copy(update={"summary": f"{result.summary}; {reason}"})

    async def _fence_by_devices(self, attempt: int) -> StepResult:
        """The devices in the order of the plan; one that stops clients only gets a head start, nothing more."""
        reasons = []
        for order in slices.fences(self._plan, self._center):
            if order.stops == "clients":
                device = self._aside(self._run_device(order))
                await _for_a_while(device, HEAD_START)
                self._aside(self._note_clients(order, device))
                continue
            said = await self._run_device(order)
            told_at = self._told_at.get(order.name)  # before anything is seen: the older half of it
            reason = await self._confirm(order, said)
            if reason is None:
                self._confirmed_at = told_at
                self.guarded = []
                return StepResult(outcome=Outcome.DONE, summary=f"writers stopped by {order.name}, confirmed")
            reasons.append(reason)
        why = "; ".join(reasons) or f"the plan has no writers' fence for {self._center}"
        return StepResult(outcome=Outcome.FAILED, summary=f"no writers' fence is confirmed: {why}")

    def _stopped_by_guards(self, asked: float) -> StepResult:
        """No device could do it: what a person must know of that side stands on the first page."""
        self._confirmed_at = asked
        self.guarded = [order.dataset for order in self.guards.orders]
        told = self._scenario.say("guards_fenced", center=self._center, datasets=self.guards.datasets)
        if told not in self.problems:
            self.problems.append(told)
        summary = f"writers stopped by their guards ({self.guards.datasets}), expired; no device confirmed"
        return StepResult(outcome=Outcome.DONE, summary=summary)

    async def _note_clients(self, order: FenceOrder, device: asyncio.Task[StepResult]) -> None:
        """Nothing waits for it: what counts for the promotion is the fence of writers."""
        reason = await self._confirm(order, await device)
        self._scenario.note("step", f"fence {order.name}: {reason or 'clients stopped, confirmed'}")
        if reason:
            self.problems.append(f"fence {order.name}: {reason}")

    async def _run_device(self, order: FenceOrder) -> StepResult:
        """By control; by the other center's worker too when control does not manage it, or is slow."""
        first = self._aside(self._run_from(order, names.CONTROL))
        await _for_a_while(first, CONTROL_ALONE)
        if first.done() and first.result().outcome.is_good:
            return first.result()
        second = self._aside(self._run_from(order, self._plan.other(self._center)))
        both = (first, second)
        await workflow.wait_condition(
            lambda: any(_is_good(task) for task in both) or all(task.done() for task in both)
        )
        for task in both:
            if _is_good(task):
                return task.result()
        summaries = (
            f"{first.result().summary}; from {self._plan.other(self._center)}: {second.result().summary}"
        )
        return first.result().model_copy(update={"summary": summaries})

    def _aside(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begun now, over when `settle` returns: nothing of a fence may act after it was lifted."""
        task = asyncio.create_task(work)
        self._begun.append(task)
        return task

    async def _run_from(self, order: FenceOrder, place: str) -> StepResult:
        asked = self._scenario.now()
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
        if result.outcome.is_good:
            # Its last word came at the end of what it took by the worker's clock, however late that is read.
            self._told_at[order.name] = asked + result.seconds
        self._scenario.note("step", f"fence {order.name} from {place}: {result.outcome}: {result.summary}")
        return result

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


def _is_good(task: asyncio.Task[StepResult]) -> bool:
    return task.done() and task.result().outcome.is_good


async def _for_a_while(task: asyncio.Task[Any], seconds: float) -> None:
    with contextlib.suppress(asyncio.TimeoutError):
        await workflow.wait_condition(task.done, timeout=seconds)


class Lift:
    """Taking a fence away again, after an abort that was approved, until the center serves (law 8)."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        center: str,
        recognition: Recognition,
        may: Callable[[], Awaitable[None]],
    ) -> None:
        """`may`: asked right before each device is moved; raises when it must not be."""
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._recognition = recognition
        self._may = may
        self.is_lifted = False  # by the word of every device
        self.opened: list[str] = []  # by the word of each
        self._guards = Guards(scenario, plan, center, recognition)

    async def lift(self) -> list[str]:
        """What could not be lifted, or does not serve. Nothing is held: a dead center never gets well by waiting."""
        problems = [await self._lift(order) for order in slices.lifts(self._plan, self._center)]
        self.is_lifted = not any(problems)
        # Power that was away, or leases that ended, closed their writers: no guard opens one again by itself.
        problems += await self._guards.resume()
        if self._scenario.state.aborted is not None:
            return [problem for problem in problems if problem]  # whoever stopped this waits for its end
        title = self._scenario.say("step_healthy", center=self._center)
        healthy = await self._scenario.attempt(
            Step(f"healthy-{self._center}", title, safety=True), self._is_healthy, 1
        )
        problems.append("" if healthy.outcome.is_good else healthy.summary)
        return [problem for problem in problems if problem]

    async def _lift(self, order: FenceOrder) -> str:
        if abort := self._scenario.state.aborted:
            return f"{order.name} is not lifted: {abort}"
        await self._may()
        title = self._scenario.say("step_lift", center=order.center, device=order.name)
        step = Step(f"lift-{order.name}", title, safety=True)
        result = await self._scenario.attempt(step, lambda attempt: self._lift_once(order), 1)
        if result.outcome.is_good:
            self.opened.append(order.name)
            return ""
        return f"{order.name} is not lifted ({result.summary}): do {slices.by_hand(order)}"

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
        while self._scenario.now() < began + HEALTHY_WITHIN and self._scenario.state.aborted is None:
            sightings = await self._recognition.sight([self._center], [names.CONTROL])
            serving = {seen.url for sight in sightings for seen in sight.results if seen.serves}
            if wanted <= serving:
                return StepResult(outcome=Outcome.DONE, summary=f"{self._center} serves")
            await asyncio.sleep(HEALTHY_PAUSE)
        missing = ", ".join(sorted(wanted - serving))
        return StepResult(outcome=Outcome.FAILED, summary=f"{self._center} does not serve: {missing}")
