"""Guards of writers as a fence: the places that renew them stop, and what was not renewed in time is closed (law 1)."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.recognition import Recognition
from workflows.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.guarding.activities import GuardActivities
    from activities.guarding.words import folder_of
    from activities.models import GuardOrder, GuardsOrder, GuardView
    from workflows import names, policies, slices
    from workflows.fences import guards_due_in, why_not_guarded, why_seen
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
        self.is_begun = False  # places were told to stop

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
        places = [names.CONTROL, self._plan.other(self._center)]
        answers = await asyncio.gather(*(self._stop_at(place) for place in places))
        silent = {place: one for place, one in zip(places, answers, strict=True) if isinstance(one, str)}
        views = [view for one in answers if not isinstance(one, str) for view in one]
        if reason := why_not_guarded([order.dataset for order in self.orders], places, views, silent):
            return reason
        if (due_in := guards_due_in(views)) > 0:
            return self._wait(due_in)
        sightings = await self._recognition.sight([self._center], places)
        return why_seen(self._center, sightings, "its guards are expired")

    async def resume(self) -> list[str]:
        """Renewing goes on; what a person has to do by hand, and the places that do not answer."""
        if not self.orders:
            return []
        places = [names.CONTROL, self._plan.other(self._center)]
        problems = await asyncio.gather(*(self._resume_at(place) for place in places))
        return [problem for problem in problems if problem] + [self._by_hand(order) for order in self.orders]

    def _wait(self, due_in: float) -> str:
        self._due_at = self._scenario.now() + due_in + LOOK_AFTER
        self._timer = asyncio.create_task(self._wake(due_in + LOOK_AFTER))
        at = Times.of(self._plan.timezone, self._scenario.now()).at(self._due_at)
        return self._scenario.say("guards_wait", datasets=self.datasets, at=at)

    async def _wake(self, seconds: float) -> None:
        """The condition that waits for `is_due` is looked at again when this timer fires."""
        await workflow.sleep(seconds, summary=self._scenario.summary("sum_guards", center=self._center))

    async def _stop_at(self, place: str) -> list[GuardView] | str:
        """What the place knows; or why it says nothing: then it may be renewing still."""
        try:
            return await workflow.execute_activity_method(
                GuardActivities.stop_renewing,
                self._asked(),
                task_queue=names.queue(self._plan.estate, place),
                summary=self._scenario.summary("sum_stop_renewing", center=self._center, place=place),
                **policies.sight(),
            )
        except ActivityError as error:
            return why_it_failed(error).summary

    async def _resume_at(self, place: str) -> str:
        try:
            await workflow.execute_activity_method(
                GuardActivities.resume_renewing,
                self._asked(),
                task_queue=names.queue(self._plan.estate, place),
                summary=self._scenario.summary("sum_resume_renewing", center=self._center, place=place),
                **policies.look(),
            )
        except ActivityError as error:
            return (
                f"{place} does not renew the guards of {self._center} again: {why_it_failed(error).summary}"
            )
        return ""

    def _asked(self) -> GuardsOrder:
        return GuardsOrder(guards=self.orders, by=workflow.info().workflow_id)

    def _by_hand(self, order: GuardOrder) -> str:
        return self._scenario.say(
            "guard_rearm",
            dataset=order.dataset,
            host=order.target.label,
            command=f"sh {folder_of(order)}/guard.sh rearm",
        )
