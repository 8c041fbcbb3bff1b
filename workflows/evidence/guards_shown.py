"""What approvers see of the guards of the old center: each one's state, and what they are worth as a fence (law 6)."""

from __future__ import annotations

from collections.abc import Iterator

from temporalio import workflow

from workflows.evidence.renewers import Heard, Renewers
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.models import GuardOrder, GuardView
    from workflows import slices
    from workflows.evidence.fences import guards_due_in, why_not_guarded
    from workflows.pages.times import Times
    from workflows.plan import Plan


class GuardsShown:
    """A line for each guard and place, and the verdict last. Nothing when the plan has no guards there."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._orders = slices.guards(plan, center)
        self._renewers = Renewers(scenario, plan, center, self._orders)

    async def look(self) -> list[str]:
        if not self._orders:
            return []
        heard = await self._renewers.look()
        return [*self._lines(heard), self._verdict(heard)]

    def _lines(self, heard: Heard) -> Iterator[str]:
        for order in self._orders:
            for place in self._renewers.places:
                seen = [one for one in heard.views if (one.place, one.dataset) == (place, order.dataset)]
                # Of several renewers of a place the guard listens to the newest that it knows.
                newest = max(seen, key=lambda one: (bool(one.answered), one.generation), default=None)
                yield self._line(order, place, newest)

    def _line(self, order: GuardOrder, place: str, view: GuardView | None) -> str:
        say, dataset, host = self._scenario.say, order.dataset, order.target.label
        if view is None:
            return say("guard_unknown", dataset=dataset, host=host, place=place)
        if not view.answered:
            return say("guard_never", dataset=dataset, host=host, place=place)
        now = self._scenario.now()
        ends = Times.of(self._plan.timezone, now).at(now + view.due_in_s)
        ago = f"{view.answered_ago_s:.0f}"
        return say(
            "guard_seen", dataset=dataset, host=host, place=place, said=view.answered, ago=ago, ends=ends
        )

    def _verdict(self, heard: Heard) -> str:
        """As if every renewer that answers had stopped now."""
        views = [one.model_copy(update={"stopped": True}) for one in heard.views]
        datasets = [order.dataset for order in self._orders]
        reason = heard.unknown or why_not_guarded(
            datasets, self._renewers.places, heard.renewers, views, heard.silent
        )
        if reason:
            return self._scenario.say("guards_no_fence", why=reason)
        return self._scenario.say("guards_as_fence", seconds=f"{max(0.0, guards_due_in(views)):.0f}")
