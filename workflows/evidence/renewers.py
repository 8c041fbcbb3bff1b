"""How a run speaks with those who renew the guards of a center: all that the Estate let begin, each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.estate_client import EstateActivities
    from activities.guarding.activities import GuardActivities
    from activities.models import GuardOrder, GuardsOrder, GuardView, RenewerRef
    from activities.models.estate import EstateView
    from workflows import names, policies
    from workflows.plan import Plan

READ_WITHIN = 5.0  # seconds for the Estate


@dataclass(frozen=True)
class Heard:
    """What the renewers said. `silent`: by renewer, why it says nothing; `unknown`: why nobody knows who they are."""

    renewers: list[RenewerRef]
    views: list[GuardView]
    silent: dict[str, str]
    unknown: str = ""
    is_holder: bool = (
        False  # this run has the lease: until it gives it back the Estate lets no other renewer begin
    )


class Renewers:
    """Those of control and of the other center: a center never renews its own guards."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str, orders: list[GuardOrder]) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._orders = orders
        self.places = [names.CONTROL, plan.other(center)]

    async def stop(self) -> Heard:
        """From its answer on a renewer begins nothing; one that is silent may be renewing still."""
        return await self._views(
            GuardActivities.stop_renewing,
            lambda place: self._scenario.summary("sum_stop_renewing", center=self._center, place=place),
        )

    async def look(self) -> Heard:
        return await self._views(
            GuardActivities.view_guards,
            lambda place: self._scenario.summary("sum_view_guards", center=self._center, place=place),
        )

    async def resume(self) -> list[str]:
        """Who may not renew again, and why."""
        view = await self._estate()
        if isinstance(view, str):
            return [view]
        answers = await asyncio.gather(*(self._resume(one) for one in self._here(view)))
        return [answer for answer in answers if answer]

    async def _views(self, activity: Callable[..., Any], summary: Callable[[str], str]) -> Heard:
        view = await self._estate()
        if isinstance(view, str):
            return Heard([], [], {}, unknown=view)
        here = self._here(view)
        answers = await asyncio.gather(
            *(self._ask(activity, one, summary(one.place), policies.sight()) for one in here)
        )
        said = list(zip(here, answers, strict=True))
        return Heard(
            here,
            [one for _, views in said if not isinstance(views, str) for one in views or []],
            {one.renewer: why for one, why in said if isinstance(why, str)},
            is_holder=_holds(view),
        )

    async def _resume(self, one: RenewerRef) -> str:
        summary = self._scenario.summary("sum_resume_renewing", center=self._center, place=one.place)
        why = await self._ask(GuardActivities.resume_renewing, one, summary, policies.look(READ_WITHIN))
        if not isinstance(why, str):
            return ""
        return f"{one.place} does not renew the guards of {self._center} again: {why}"

    def _here(self, view: EstateView) -> list[RenewerRef]:
        return [one for one in view.renewers if one.place in self.places]

    async def _estate(self) -> EstateView | str:
        """The Estate; or why nobody knows who renews."""
        try:
            view: EstateView = await workflow.execute_activity_method(
                EstateActivities.read_estate,
                self._plan.estate,
                task_queue=names.queue(self._plan.estate, names.CONTROL),
                summary=self._scenario.summary("sum_renewers", center=self._center),
                **policies.look(READ_WITHIN),
            )
        except ActivityError as error:
            return f"who renews the guards of {self._center} is not known: {why_it_failed(error).summary}"
        return view

    async def _ask(
        self, activity: Callable[..., Any], one: RenewerRef, summary: str, limits: dict[str, Any]
    ) -> list[GuardView] | str | None:
        info = workflow.info()
        by = names.run_of(info.workflow_id, info.first_execution_run_id)
        try:
            answer: list[GuardView] | None = await workflow.execute_activity_method(
                activity,
                GuardsOrder(guards=self._orders, by=by),
                task_queue=names.renewer_queue(self._plan.estate, one.place, one.renewer),
                summary=summary,
                **limits,
            )
        except ActivityError as error:
            return why_it_failed(error).summary
        return answer


def _holds(view: EstateView) -> bool:
    info, lease = workflow.info(), view.lease
    return lease is not None and (lease.workflow_id, lease.first_run_id) == (
        info.workflow_id,
        info.first_execution_run_id,
    )
