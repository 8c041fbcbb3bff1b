"""What people are told of a fenced center that stays open, and when (laws 1, 18)."""

from __future__ import annotations

from collections.abc import Collection

from temporalio import workflow

from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.models import FenceSeen
    from workflows import slices
    from workflows.pages.times import Times
    from workflows.plan import Plan
    from workflows.run.fenced import Fenced, what_is_open
    from workflows.run.watch_state import WatchState


class StayingOpen:
    """Where a device held the center it is told again and again: something was opened that must not be.

    Where guards alone ever stopped its writers no device can close it, and what serves there need not be a writer:
    that is said as it is, and again when more of it opens.
    """

    def __init__(self, scenario: Scenario, plan: Plan, center: str, kept: WatchState) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._kept = kept

    def line(self, fenced: Fenced, reason: str) -> str:
        """For the page."""
        say, center = self._scenario.say, self._center
        if guards := self._guards(fenced):
            return say("watch_open_guarded", center=center, reason=reason, guards=guards)
        return say("watch_open", center=center, reason=reason)

    def notice(self, fenced: Fenced, seen: Collection[FenceSeen], reason: str, why: str) -> str | None:
        """None: it was told. `why`: it was not fenced again."""
        say, center, now = self._scenario.say, self._center, self._scenario.now()
        ways = "; ".join(slices.fence_by_hand(self._plan, center)) or say("watch_no_device")
        if guards := self._guards(fenced):
            if not self._kept.must_tell_guarded(now, what_is_open(seen)):
                return None
            at = Times.of(self._plan.timezone, now).at(self._kept.since)
            return say(
                "watch_guarded", center=center, guards=guards, since=at, reason=reason, why=why, ways=ways
            )
        if not self._kept.must_tell(now):
            return None
        return say("watch_cannot", center=center, reason=reason, why=why, ways=ways)

    def _guards(self, fenced: Fenced) -> str:
        """The datasets that guards alone closed; "" once a device was seen to hold the writers."""
        writers = {one.name for one in slices.fences(self._plan, self._center) if one.stops == "writers"}
        return "" if writers & set(self._kept.held) else ", ".join(fenced.guards)
