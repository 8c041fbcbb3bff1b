"""Guards of writers as a fence: those that renew them stop, and what was not renewed in time is closed (law 1)."""

from __future__ import annotations

import asyncio

from temporalio import workflow

from workflows.evidence.recognition import Recognition
from workflows.evidence.renewers import Heard, Renewers
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.guarding.words import folder_of
    from activities.models import GuardOrder
    from workflows import slices
    from workflows.evidence.fences import guards_due_in, why_not_guarded, why_seen
    from workflows.pages.times import Times
    from workflows.plan import Plan

LOOK_AFTER = 0.5  # seconds after the last lease was over: the places are asked again, by their own clocks


class Guards:
    """The guards of all writers of one center. Nothing is begun before a fence device was tried."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str, recognition: Recognition) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._recognition = recognition
        self._due_at: float | None = None
        self._timer: asyncio.Task[None] | None = None
        self.orders = slices.guards(plan, center)
        self._renewers = Renewers(scenario, plan, center, self.orders)
        self.is_begun = False  # renewers were told to stop

    @property
    def datasets(self) -> str:
        return ", ".join(order.dataset for order in self.orders)

    def is_due(self) -> bool:
        """Whether it is time to ask again: the last lease must be over by now."""
        return self._due_at is not None and self._scenario.now() >= self._due_at

    async def why_not_counted(self) -> str | None:
        """Why the guards are no fence, or not yet; None: every one is expired, and nobody sees anything serve."""
        self.is_begun = True
        self._due_at = None
        heard = await self._renewers.stop()
        if reason := self._why_not_stopped(heard):
            return reason
        if (due_in := guards_due_in(heard.views)) > 0:
            return self._wait(due_in)
        sightings = await self._recognition.sight([self._center], self._renewers.places)
        return why_seen(self._center, sightings, "its guards are expired")

    async def resume(self) -> list[str]:
        """Renewing goes on; what a person has to do by hand, and the renewers that do not answer."""
        if not self.orders:
            return []
        return await self._renewers.resume() + [self._by_hand(order) for order in self.orders]

    def _why_not_stopped(self, heard: Heard) -> str | None:
        if heard.unknown:
            return heard.unknown
        if not heard.is_holder:
            return "this run does not hold the estate: another worker may be let renew the guards"
        datasets = [order.dataset for order in self.orders]
        return why_not_guarded(datasets, self._renewers.places, heard.renewers, heard.views, heard.silent)

    def _wait(self, due_in: float) -> str:
        self._due_at = self._scenario.now() + due_in + LOOK_AFTER
        self._timer = asyncio.create_task(self._wake(due_in + LOOK_AFTER))
        at = Times.of(self._plan.timezone, self._scenario.now()).at(self._due_at)
        return self._scenario.say("guards_wait", datasets=self.datasets, at=at)

    async def _wake(self, seconds: float) -> None:
        """The condition that waits for `is_due` is looked at again when this timer fires."""
        await workflow.sleep(seconds, summary=self._scenario.summary("sum_guards", center=self._center))

    def _by_hand(self, order: GuardOrder) -> str:
        return self._scenario.say(
            "guard_rearm",
            dataset=order.dataset,
            host=order.target.label,
            command=f"sh {folder_of(order)}/guard.sh rearm",
        )
