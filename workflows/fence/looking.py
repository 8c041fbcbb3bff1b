"""Looking at a fenced center from control and from the other center, side by side, until something matters."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError, CancelledError

from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.fence_watching import FenceWatchActivities
    from activities.models import FenceSeen, LongLook, SightOrder
    from workflows import names, policies, slices
    from workflows.plan import Plan

SILENT_AFTER = 60.0  # seconds until a device or a vantage point that says nothing is told
TOGETHER = 5.0  # seconds: both long looks end at about the same time


class FenceLooking:
    """Both vantage points. They look and change nothing, whoever else is at the devices meanwhile."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self.vantages = (names.CONTROL, plan.other(center))
        self.trouble: dict[str, str] = {}  # vantage points that gave no answer, and why
        self._known: dict[str, list[str]] = {}

    def forget(self) -> None:
        """After the fence was made again everything that is not as it should be is news."""
        self._known = {}

    async def look(self, for_s: float, ended: Callable[[], bool]) -> list[FenceSeen]:
        """What was seen: something new, or after `for_s` what is. Empty when `ended`, or when nobody answers."""
        looks = [asyncio.create_task(self._look_from(vantage, for_s)) for vantage in self.vantages]
        await workflow.wait_condition(lambda: ended() or looks[0].done() or any(map(_has_news, looks)))
        if not ended() and not any(map(_has_news, looks)):
            with contextlib.suppress(asyncio.TimeoutError):
                await workflow.wait_condition(lambda: ended() or looks[1].done(), timeout=TOGETHER)
        self._note_trouble(looks)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        seen = [look.result()[0] for look in looks if _is_answered(look)]
        return [] if ended() else [one for one in seen if one is not None]

    def _note_trouble(self, looks: list[asyncio.Task[tuple[FenceSeen | None, bool]]]) -> None:
        """A worker that took no look in all that time is silent; one that was not waited for is not."""
        if any(map(_has_news, looks)):
            return
        for vantage, look in zip(self.vantages, looks, strict=True):
            if not look.done():
                self.trouble[vantage] = self._scenario.say("worker_silent")
            elif look.result()[0] is not None:
                self.trouble.pop(vantage, None)

    async def _look_from(self, vantage: str, for_s: float) -> tuple[FenceSeen | None, bool]:
        """What was seen, and whether it is news."""
        known = self._known.get(vantage, [])
        try:
            seen: FenceSeen = await workflow.execute_activity_method(
                FenceWatchActivities.watch_fence,
                self._order(vantage, for_s, known),
                task_queue=names.queue(self._plan.estate, vantage),
                summary=self._scenario.summary("sum_watches", center=self._center, vantage=vantage),
                **policies.long_look(for_s),
            )
        except ActivityError as error:
            if not isinstance(error.cause, CancelledError):  # by this run itself, which has seen enough
                self.trouble[vantage] = why_it_failed(error).summary
            return None, False
        self._known[vantage] = seen.matters
        return seen, seen.matters != known

    def _order(self, vantage: str, for_s: float, known: list[str]) -> LongLook:
        here = self._plan.centers[self._center]
        return LongLook(
            center=self._center,
            devices=slices.fences(self._plan, self._center),
            sight=SightOrder(
                failure_domain=names.CONTROL_DOMAIN if vantage == names.CONTROL else vantage,
                targets=slices.probes(here.seen_by),
                neutral=slices.probes(self._plan.neutral_targets),
            ),
            every_s=here.fence_watch,
            for_s=for_s,
            silent_after_s=SILENT_AFTER,
            known=known,
        )


def _is_answered(look: asyncio.Task[tuple[FenceSeen | None, bool]]) -> bool:
    return look.done() and not look.cancelled() and look.exception() is None


def _has_news(look: asyncio.Task[tuple[FenceSeen | None, bool]]) -> bool:
    return _is_answered(look) and look.result()[1]
