"""What every scenario has in common: people's messages, gates, steps with holds, clocks, and the page people read.

A scenario is one workflow class that derives from `Scenario`; its `run` is the flow chart. Handlers record and never
raise; `run` acts. Signals (Temporal Web UI) and updates (command line) feed the same pure `Run`.
"""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    TimeoutError,
    TimeoutType,
)

from workflows.handlers import PeopleHandlers

with workflow.unsafe.imports_passed_through():
    from activities.archive import ArchiveActivities, ArchiveOrder, Kept, folder_of
    from activities.models import Outcome, StepResult
    from workflows import names, policies
    from workflows.messages import RunOrder, StepOrder, example
    from workflows.pages import details
    from workflows.record import Paste, State, StepRecord, Wait
    from workflows.run import Aborted, Hold, Ordered, Stretch
    from workflows.texts import cut, text, word


@dataclass(frozen=True)
class Step:
    """`name` is what an operator types; `safety` steps can be neither skipped nor forced (law 8)."""

    name: str
    title: str
    safety: bool = False


Act = Callable[[int], Awaitable[StepResult]]


class Scenario(PeopleHandlers):
    """The part of a scenario that people see and speak to. Sub-classes set `self.state` first of all."""

    # --- the page

    def say(self, key: str, **values: object) -> str:
        return text(self.record.language, key, **values)

    def summary(self, key: str, **values: object) -> str:
        """A text for the history, no longer than the server takes."""
        return cut(self.say(key, **values))

    def word(self, value: str) -> str:
        return word(self.record.language, value)

    def show(self) -> None:
        """Bring record and Web UI up to date."""
        self.record.state = self.state.state_now()
        self.record.phases = list(self.state.clocks.phases)
        workflow.set_current_details(details.page(self.record, self.now()))

    def note(self, kind: str, line: str, by: str = "") -> None:
        self.record.note(self.now(), kind, line, by)

    def enter(self, phase: str) -> None:
        """Begin a phase: its clock, its search attribute, its journal line."""
        self.state.clocks.enter(phase, self.now())
        self.note("phase", phase)
        workflow.logger.info("phase_entered", extra={"phase": phase})
        workflow.upsert_search_attributes([names.PHASE.value_set(phase)])
        self.show()

    def mark(self, fact: str) -> None:
        """A named moment, for the clocks of the report; the first time counts."""
        self.record.facts.setdefault(fact, self.now())

    # --- the end

    def conclude(self, state: State, conclusion: str) -> None:
        """The end of the run, in words."""
        self.state.clocks.end(self.now())
        self.record.ended_at = self.now()
        self.record.conclusion = conclusion
        self.record.state = state
        self.record.waits = []
        self.note("end", f"{state}: {conclusion}")
        self.show()

    async def archive(self) -> Kept | None:
        """Keep the record outside Temporal (law 15); an archive that is gone is said, never fatal (law 9)."""
        order = ArchiveOrder(
            name=folder_of(self.record.workflow_id, self.record.run_id),
            record=self.record.model_dump(mode="json"),
        )
        try:
            return await workflow.execute_activity_method(
                ArchiveActivities.archive_run,
                order,
                task_queue=names.queue(self.record.estate, names.CONTROL),
                summary=self.summary("sum_archive"),
                **policies.aside(),
            )
        except ActivityError as error:
            self.note("warning", f"the archive did not take the record: {error.cause}")
            self.show()
            return None

    # --- steps

    async def perform(self, step: Step, act: Act) -> StepResult:
        """Do a step until it is good; one that is not holds the run until an operator orders (law 8)."""
        attempt = 0
        while True:
            await self.pass_hold()
            attempt += 1
            result = await self.attempt(step, act, attempt)
            if result.outcome.is_good:
                return result
            await self.hold(step, result.summary)

    async def attempt(self, step: Step, act: Act, attempt: int) -> StepResult:
        """One attempt, recorded. An activity's error becomes an outcome; nothing is raised for it."""
        started = self.now()
        record = StepRecord(
            name=step.name,
            title=step.title,
            phase=self.state.clocks.phase,
            attempt=attempt,
            started_at=started,
            safety=step.safety,
        )
        self.record.step(record)
        self.show()
        try:
            result = await act(attempt)
        except (ActivityError, ChildWorkflowError, ApplicationError) as error:
            result = why_it_failed(error)
        self.state.clocks.settled(result.settle_seconds)
        ended = {"ended_at": self.now(), "outcome": result.outcome, "summary": result.summary}
        self.record.step(
            record.model_copy(update={**ended, "settle_s": result.settle_seconds, "log": result.log})
        )
        self.note("step", f"{step.name}: {result.outcome}: {result.summary}")
        self.show()
        return result

    async def hold(self, step: Step, reason: str, or_until: Callable[[], bool] = lambda: False) -> bool:
        """Wait for an operator's retry (True), or until the step is no longer needed (False); an abort ends it."""
        hold = Hold(step.name, step.title, reason, self.now(), step.safety)
        self.state.holds[step.name] = hold
        self.state.wait(
            Wait(
                kind="step",
                name=step.name,
                title=self.say("step_held", step=step.title, reason=reason),
                since=hold.since,
                send=self._ways_out(step),
            )
        )
        self.note("hold", f"{step.name}: {reason}")
        self._wait_attribute()
        self.show()
        # No `finally`: it would run when a run is evicted from a worker's memory, where nothing may be changed.
        try:
            await self.on_held(hold)
            await self.until(lambda: hold.order is not None or or_until())
        except Aborted:
            self._release(step)
            raise
        self._release(step)
        await self.on_released(step)
        return hold.order is Ordered.RETRY

    def _release(self, step: Step) -> None:
        del self.state.holds[step.name]
        self.state.wait_over(step.name)
        self._wait_attribute()
        self.show()

    def _ways_out(self, step: Step) -> list[Paste]:
        """What an operator may order; after a promotion there is only forward (law 8)."""
        retry = Paste(signal="retry", json_text=example(StepOrder, step=step.name))
        if self.state.stretch is Stretch.FORWARD:
            return [retry]
        return [retry, Paste(signal="abort", json_text=example(RunOrder))]

    async def on_held(self, hold: Hold) -> None:
        """Tell whom it concerns; a sub-class knows whom."""

    async def on_released(self, step: Step) -> None:
        """A held step goes on; a sub-class may have to tell somebody."""

    def gate_waits(self, wait: Wait) -> None:
        """Show that the run waits for people; who spoke is shown as they do."""
        self.state.wait(wait)
        self._wait_attribute()
        self.show()

    def gate_over(self, name: str) -> None:
        self.state.wait_over(name)
        self._wait_attribute()
        self.show()

    def _wait_attribute(self) -> None:
        waits = ", ".join(wait.name for wait in self.record.waits)[:200]
        attribute = names.WAITS_FOR
        workflow.upsert_search_attributes([attribute.value_set(waits) if waits else attribute.value_unset()])

    async def pass_hold(self) -> None:
        """Between two steps: stop here while an operator holds the run, end here when one aborted it."""
        if self.state.paused_by:
            self.state.wait(
                Wait(
                    kind="pause",
                    name="pause",
                    title=self.say("paused", by=self.state.paused_by),
                    since=self.now(),
                    send=[Paste(signal="resume", json_text=example(RunOrder))],
                )
            )
            self.show()
        await self.until(lambda: not self.state.paused_by)
        self.state.wait_over("pause")

    async def until(self, ready: Callable[[], bool], timeout: float | None = None, summary: str = "") -> bool:
        """Wait, at most `timeout` seconds; an abort ends the wait. Returns whether `ready`."""
        limit = timedelta(seconds=timeout) if timeout is not None else None
        try:
            await workflow.wait_condition(
                lambda: ready() or self.state.aborted is not None,
                timeout=limit,
                timeout_summary=summary or None,
            )
        except builtins.TimeoutError:
            return False
        if self.state.aborted is not None:
            raise self.state.aborted
        return True

    async def unhurried(self, work: Coroutine[Any, Any, None]) -> None:
        """Do all of the work. A cancel request becomes an abort, which the work meets where it can be met."""
        task = asyncio.create_task(work)
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                self.state.cancel(self.now())
                self.show()
        await task


def why_it_failed(error: BaseException) -> StepResult:
    """An activity's end as an outcome (law 2): a refusal has failed, a lost worker is unknown."""
    cause = error.__cause__ or error
    if isinstance(cause, TimeoutError):
        if cause.type == TimeoutType.SCHEDULE_TO_START:
            return StepResult(
                outcome=Outcome.FAILED, summary="no worker took it: is that center's worker alive?"
            )
        return StepResult(
            outcome=Outcome.UNKNOWN, summary=f"no answer in time ({cause.message or 'timed out'})"
        )
    if isinstance(cause, ApplicationError):
        outcome = Outcome.FAILED if cause.non_retryable else Outcome.UNKNOWN
        return StepResult(outcome=outcome, summary=cause.message)
    return StepResult(outcome=Outcome.UNKNOWN, summary=str(cause) or type(cause).__name__)
