"""Steps of a run: attempted, recorded, held for an operator, and ended as they were ordered (laws 2, 3, 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    TimeoutError,
    TimeoutType,
)

from workflows.scenario.waiting import Waiting

with workflow.unsafe.imports_passed_through():
    from activities.models import Outcome, StepResult
    from workflows.run.holds import Asked, Hold, Order, Ordered
    from workflows.run.record import OverrideRecord, StepRecord, Wait
    from workflows.run.run import Aborted
    from workflows.run.ways import send

Act = Callable[[int], Awaitable[StepResult]]


@dataclass(frozen=True)
class Step:
    """`name` is what an operator types; `safety` steps can be neither skipped nor forced (law 8).

    `look` sees whether it is done, when somebody did it by hand; None: nothing can be seen, the person's word counts.
    `binding`: why nothing can go on without it. `without`: what is true when the run goes on without it.
    """

    name: str
    title: str
    safety: bool = False
    look: Act | None = None
    binding: str = ""
    without: str = ""
    if_forced: str = ""  # by what it is found out whether that was right


class Steps(Waiting):
    """The part of a scenario that does things."""

    async def perform(self, step: Step, act: Act, or_until: Callable[[], bool] = lambda: False) -> StepResult:
        """Do a step until it is good, or an operator says how the run goes on without (law 8).

        `or_until`: when it is worth another attempt though nobody ordered one.
        """
        attempt = 0
        while True:
            await self.pass_hold()
            attempt += 1
            result: StepResult | None = await self.attempt(step, act, attempt)
            while result is not None and not result.outcome.is_good:
                order = await self.hold(step, result.summary, or_until)
                attempt += order is not None and order.verb is Ordered.CONFIRM
                result = await self.follow(step, order, attempt, result.summary)
            if result is not None:
                self.on_good(step, result)
                return result

    async def attempt(self, step: Step, act: Act, attempt: int) -> StepResult:
        """One attempt, recorded. An activity's error becomes an outcome; nothing is raised for it."""
        record = self._begun(step, attempt)
        self.record.step(record)
        self.show()
        try:
            result = await act(attempt)
        except (ActivityError, ChildWorkflowError, ApplicationError) as error:
            result = why_it_failed(error)
        self.state.clocks.settled(self.now() - result.settle_seconds, self.now())
        self._ended(record, result)
        return result

    def _ended(self, record: StepRecord, result: StepResult) -> None:
        ended = {"ended_at": self.now(), "outcome": result.outcome, "summary": result.summary}
        self.record.step(
            record.model_copy(update={**ended, "settle_s": result.settle_seconds, "log": result.log})
        )
        self.note("step", f"{record.name}: {result.outcome}: {result.summary}")
        self.show()

    # --- as it was ordered

    async def follow(self, step: Step, order: Order | None, attempt: int, failed: str) -> StepResult | None:
        """How a held step ends by an order; None: it is tried again. `failed`: why it was held."""
        if order is None or order.verb is Ordered.RETRY:
            return None
        if order.verb is Ordered.CONFIRM:
            return await self._confirm(step, order, attempt)
        result = ended_by(order, failed)
        if order.verb is Ordered.FORCE and step.if_forced:
            told = self.say("forced_word", by=order.by, then=step.if_forced)
            result = result.model_copy(update={"summary": f"{result.summary}; {told}"})
            self.note("warning", f"{step.name}: {told}")
        if order.verb is Ordered.OVERRIDE:
            self._overridden(step, order, failed)
        self._ended(self._record_of(step, attempt), result)
        return result

    def _record_of(self, step: Step, attempt: int) -> StepRecord:
        """Its newest attempt; a step that is a child run has none of its own."""
        found = [known for known in self.record.steps if known.name == step.name]
        return found[0] if found else self._begun(step, attempt)

    def _begun(self, step: Step, attempt: int) -> StepRecord:
        return StepRecord(
            name=step.name,
            title=step.title,
            phase=self.state.clocks.phase,
            attempt=attempt,
            started_at=self.now(),
            safety=step.safety,
        )

    async def _confirm(self, step: Step, order: Order, attempt: int) -> StepResult:
        """An attempt that only looks: what a person did by hand is believed when it is seen (law 3)."""

        async def look(number: int) -> StepResult:
            if step.look is None:
                return StepResult(outcome=Outcome.DONE, summary=f"{by_hand(order)}; nobody else looked")
            seen = await step.look(number)
            if seen.outcome.is_good:
                return seen.model_copy(update={"summary": f"{by_hand(order)}; {seen.summary}"})
            return seen.model_copy(
                update={"summary": f"{order.by} did it by hand ({order.reason}), but {seen.summary}"}
            )

        result = await self.attempt(step, look, attempt)
        if result.outcome.is_good:
            self.note("by hand", f"{step.name}: {result.summary}", order.by)
        return result

    def _overridden(self, step: Step, order: Order, failed: str) -> None:
        self.record.overrides.append(
            OverrideRecord(
                step=step.name,
                title=step.title,
                people=order.by.split(" and "),
                reason=order.reason,
                failed=failed,
                without=step.without,
                at=self.now(),
            )
        )
        self.note("override", f"{step.name}: {step.without or step.title}: {order.reason}", order.by)

    # --- holds

    async def hold(
        self,
        step: Step,
        reason: str,
        or_until: Callable[[], bool] = lambda: False,
        command: str = "",
    ) -> Order | None:
        """Wait for an operator's order, or until the step is no longer needed (None); an abort ends the wait.

        `command`: what a retry would run, where it may be changed. In a run that was aborted meanwhile nothing is held.
        """
        if self.state.aborted is not None:
            raise self.state.aborted
        hold = Hold(
            step.name, step.title, reason, self.now(), step.safety, binding=step.binding, command=command
        )
        self.state.holds[step.name] = hold
        self.state.wait(
            Wait(
                kind="step",
                name=step.name,
                title=self.say("step_held", step=step.title, reason=reason),
                since=hold.since,
                send=send(hold, self.state.standing),
                if_forced=step.if_forced,
                proof=self.record.orders_proof,
                pairs=self.record.orders_pairs,
            )
        )
        self.note("hold", f"{step.name}: {reason}")
        self.show_waits()
        self.show()
        # No `finally`: it would run when a run is evicted from a worker's memory, where nothing may be changed.
        try:
            self.on_held_again(step, hold)
            await self.on_held(hold)
            await self._ordered(step, hold, or_until)
        except Aborted:
            self._release(step)
            raise
        self._release(step)
        await self.on_released(step)
        return hold.order

    async def _ordered(self, step: Step, hold: Hold, or_until: Callable[[], bool]) -> None:
        while hold.order is None and not or_until():
            await self.until(lambda: hold.order is not None or hold.asked is not None or or_until())
            if hold.asked is not None:
                self.on_override(step, hold, hold.asked)
                hold.asked = None

    def _release(self, step: Step) -> None:
        del self.state.holds[step.name]
        self.state.wait_over(step.name)
        self.show_waits()
        self.show()

    async def on_held(self, hold: Hold) -> None:
        """Tell whom it concerns; a sub-class knows whom."""

    def on_child_held(self, run: str, wait: Wait) -> None:
        """A step of a child run is held."""

    async def on_released(self, step: Step) -> None:
        """A held step goes on; a sub-class may have to tell somebody."""

    def on_override(self, step: Step, hold: Hold, asked: Asked) -> None:
        """Ask the people of the override; only a run that said so takes such an order."""

    def on_held_again(self, step: Step, hold: Hold) -> None:
        """A step is held: an override that was asked for may be of another failure."""

    def on_good(self, step: Step, result: StepResult) -> None:
        """A step is over, well or as it was ordered."""


def ended_by(order: Order, failed: str) -> StepResult:
    """Of an order that ends a step without another attempt."""
    if order.verb is Ordered.SKIP:
        return StepResult(outcome=Outcome.SKIPPED, summary=f"skipped by {order.by}: {order.reason}")
    verb = "overridden" if order.verb is Ordered.OVERRIDE else "forced"
    return StepResult(
        outcome=Outcome.FORCED, summary=f"{verb} by {order.by}: {order.reason} (it had failed: {failed})"
    )


def by_hand(order: Order) -> str:
    return f"by hand by {order.by}: {order.reason}"


def why_it_failed(error: BaseException) -> StepResult:
    """An activity's end as an outcome (law 2): a refusal has failed, a lost worker is unknown."""
    cause = error.__cause__ or error
    if isinstance(cause, TimeoutError):
        if cause.type == TimeoutType.SCHEDULE_TO_START:
            return StepResult(
                outcome=Outcome.FAILED, summary="no worker took it: is that center's worker alive?"
            )
        lost = cause.type == TimeoutType.HEARTBEAT
        why = "its worker fell silent while it ran" if lost else "its worker is lost, cut off or slow"
        return StepResult(outcome=Outcome.UNKNOWN, summary=f"no answer in time: {why}")
    if isinstance(cause, ApplicationError):
        outcome = Outcome.FAILED if cause.non_retryable else Outcome.UNKNOWN
        return StepResult(outcome=outcome, summary=cause.message)
    return StepResult(outcome=Outcome.UNKNOWN, summary=str(cause) or type(cause).__name__)
