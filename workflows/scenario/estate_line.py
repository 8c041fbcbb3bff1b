"""How a run speaks with its Estate: what is known, its announcement, its place as a guest (law 10)."""

from __future__ import annotations

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.estate_client import EstateActivities
    from activities.models import Outcome, StepResult
    from activities.models.estate import Entrance, EstateView
    from workflows import names, policies


READ_WITHIN = 5.0  # seconds


class EstateLine:
    """One run and its Estate."""

    def __init__(self, scenario: Scenario, estate: str) -> None:
        self._scenario = scenario
        self._estate = estate
        self._is_known = False  # there is something to be given back at the end

    async def announce(self) -> EstateView:
        """Say that this run will want the lease: from here on no new guests. What is known comes back."""
        view = await self._view(EstateActivities.announce_run, self._entrance())
        self._is_known = True
        return view

    async def look(self) -> EstateView:
        """What the Estate says now, waited for."""
        return await self._view(EstateActivities.read_estate, self._estate)

    async def _view(self, activity: Any, argument: Any) -> EstateView:
        view: EstateView | None = None
        title = self._scenario.say("step_estate")

        async def look_once(attempt: int) -> StepResult:
            nonlocal view
            view = await self._ask(activity, argument, title)
            return StepResult(outcome=Outcome.DONE, summary=f"epoch {view.epoch}")

        step = Step("estate", title, binding=self._scenario.say("bind_estate"))
        await self._scenario.perform(step, look_once)
        assert view is not None
        return view

    async def read(self) -> EstateView | None:
        """What the Estate says now; None when it does not answer."""
        title = self._scenario.say("step_estate")
        try:
            # A short limit: people's voices wait at a gate until everything was looked at again.
            limits = policies.look(READ_WITHIN)
            view: EstateView = await self._ask(EstateActivities.read_estate, self._estate, title, limits)
        except ActivityError:
            return None
        return view

    async def join(self) -> str | None:
        """Be a guest beside the lease; why not, or None."""
        title = self._scenario.say("step_estate")
        reason: str | None = await self._ask(EstateActivities.join_estate, self._entrance(), title)
        self._is_known = self._is_known or reason is None
        return reason

    # --- parts

    def _entrance(self) -> Entrance:
        record = self._scenario.record
        return Entrance(
            **self._run(), scenario=record.scenario, reason=record.reason, started_by=record.started_by
        )

    def _direction(self) -> dict[str, Any]:
        record = self._scenario.record
        return {"old": record.old, "new": record.new, "services": record.services}

    def _run(self) -> dict[str, Any]:
        info = workflow.info()
        return {
            "estate": self._estate,
            "workflow_id": info.workflow_id,
            "first_run_id": info.first_execution_run_id,
        }

    async def _ask(
        self, activity: Any, argument: Any, summary: str, limits: dict[str, Any] | None = None
    ) -> Any:
        return await workflow.execute_activity_method(
            activity,
            argument,
            task_queue=names.queue(self._estate, names.CONTROL),
            summary=summary,
            **(limits or policies.record()),
        )
