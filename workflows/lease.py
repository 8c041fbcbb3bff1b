"""A run's dealings with the Estate: direction, lease and epoch, intents and results (laws 5, 10, 11)."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.estate_client import EstateActivities
    from activities.models import Outcome, StepResult
    from activities.models.estate import Acquire, Action, EstateView, Granted, Release, SetActive
    from workflows import names, policies


class LeaseKeeper:
    """The exclusive lease of one run. `epoch` is 0 until it is taken."""

    def __init__(self, scenario: Scenario, estate: str) -> None:
        self._scenario = scenario
        self._estate = estate
        self.epoch = 0
        self._results: list[asyncio.Task[None]] = []

    async def read(self) -> EstateView:
        view: EstateView | None = None
        title = self._scenario.say("step_estate")

        async def read_once(attempt: int) -> StepResult:
            nonlocal view
            view = await self._ask(EstateActivities.read_estate, self._estate, title)
            return StepResult(outcome=Outcome.DONE, summary=f"epoch {view.epoch}")

        await self._scenario.perform(Step("estate", title), read_once)
        assert view is not None
        return view

    async def take(self, what: str, target: str) -> int:
        """The epoch of the lease, with the intent of the first irreversible step recorded.

        While another run holds it, this one is held: retry, or abort.
        """
        ask = self._acquire().model_copy(update={"what": what, "target": target})
        step = Step("lease", self._scenario.say("step_lease"), safety=True)
        await self._scenario.perform(step, lambda attempt: self._take_once(ask))
        return self.epoch

    def _acquire(self) -> Acquire:
        record = self._scenario.record
        return Acquire(**self._run(), scenario=record.scenario, reason=record.reason)

    async def _take_once(self, ask: Acquire) -> StepResult:
        granted: Granted = await self._ask(
            EstateActivities.acquire_lease, ask, self._scenario.say("step_lease")
        )
        if not granted.granted:
            holder = granted.holder
            who = f"{holder.workflow_id} ({holder.reason})" if holder else "another run"
            return StepResult(outcome=Outcome.FAILED, summary=f"the lease is held by {who}")
        self.epoch = granted.epoch
        self._scenario.record.epoch = granted.epoch
        if granted.over is None:
            return StepResult(outcome=Outcome.DONE, summary=f"epoch {granted.epoch}")
        taken = f"taken over from {granted.over.workflow_id}, which is over ({granted.over.reason})"
        self._scenario.note("warning", f"the lease was {taken}; what it did last stands in the estate")
        return StepResult(outcome=Outcome.DONE, summary=f"epoch {granted.epoch}, {taken}")

    async def give_back(self) -> None:
        """At the end of a run; a lease that was never taken is nobody's."""
        if not self.epoch:
            return
        await asyncio.gather(*self._results)
        try:
            await self._ask(
                EstateActivities.release_lease, Release(**self._run()), self._scenario.say("sum_release")
            )
        except ActivityError as error:
            self._scenario.note("warning", f"the lease was not given back: {error.cause}")

    async def intends(self, what: str, target: str) -> None:
        """Before an irreversible step, so that a run that takes over knows where this one stood (law 10)."""
        await self._record(what, target, "intent")

    def did(self, what: str, target: str) -> None:
        """After it. Nothing waits for this: a run that takes over finds the intent, and looks."""
        self._results.append(asyncio.create_task(self._record(what, target, "done")))

    async def set_active(self, services: list[str], center: str) -> None:
        """Write the new direction; every later run and the samplers go by it."""
        title = self._scenario.say("step_active", center=center)

        async def set_once(attempt: int) -> StepResult:
            wrong = await self._set_active(services, center, title)
            if not wrong:
                return StepResult(outcome=Outcome.DONE, summary=f"{', '.join(services)} at {center}")
            # The lease is no longer this run's: the estate was registered anew, or somebody took it.
            taken = await self._take_once(self._acquire())
            if taken.outcome.is_good and not await self._set_active(services, center, title):
                return StepResult(
                    outcome=Outcome.DONE, summary=f"at {center}; the lease was lost, {taken.summary}"
                )
            return StepResult(
                outcome=Outcome.FAILED, summary=f"{', '.join(wrong)} not recorded: {taken.summary}"
            )

        await self._scenario.perform(Step("active", title), set_once)

    async def _set_active(self, services: list[str], center: str, title: str) -> list[str]:
        """The services that the Estate did not record."""
        change = SetActive(**self._run(), epoch=self.epoch, services=services, center=center)
        active = await self._ask(EstateActivities.set_active, change, title)
        return [service for service in services if active.get(service) != center]

    async def _record(self, what: str, target: str, stage: str) -> None:
        action = Action(
            **self._run(), epoch=self.epoch, what=what, target=target, stage=stage, at=self._scenario.now()
        )
        try:
            await self._ask(EstateActivities.record_action, action, self._stage(stage, what, target))
        except ActivityError as error:
            # The run's own history has it too; a declaration does not wait for a second copy (law 9).
            self._scenario.note("warning", f"the Estate has no {stage} of {what} {target}: {error.cause}")

    def _stage(self, stage: str, what: str, target: str) -> str:
        summary, shown = self._scenario.summary, self._scenario.word(what)
        if stage == "intent":
            return summary("sum_intent", what=shown, target=target)
        return summary("sum_result", what=shown, target=target)

    def _run(self) -> dict[str, Any]:
        info = workflow.info()
        return {
            "estate": self._estate,
            "workflow_id": info.workflow_id,
            "first_run_id": info.first_execution_run_id,
        }

    async def _ask(self, activity: Any, argument: Any, summary: str) -> Any:
        return await workflow.execute_activity_method(
            activity,
            argument,
            task_queue=names.queue(self._estate, names.CONTROL),
            summary=summary,
            **policies.record(),
        )
