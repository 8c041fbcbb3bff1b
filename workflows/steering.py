"""What operators order of a run and of its held steps (law 8). No Temporal in here: times come in as arguments.

Each order is recorded, or refused in words that say the way out; it never raises. The run acts on what was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.holds import Asked, Hold, Order, Ordered
from workflows.messages import RetryOrder, RunOrder, StepOrder
from workflows.record import RunRecord
from workflows.run import Aborted, Run, Stretch, some
from workflows.ways import why_not

NEEDS_REASON = (Ordered.SKIP, Ordered.FORCE, Ordered.CONFIRM, Ordered.OVERRIDE)


@dataclass(frozen=True)
class Steering:
    """Orders for one run; all of its memory is the run's."""

    run: Run

    @property
    def record(self) -> RunRecord:
        return self.run.record

    # --- one step

    def retry(self, order: StepOrder, at: float) -> str | None:
        """`command` of a `RetryOrder`: what the next attempts run instead of what the plan says."""
        command = order.command or "" if isinstance(order, RetryOrder) else ""
        hold = self.run.holds.get(order.step)
        reason = self._why_not_step(Ordered.RETRY, order) or _why_not_change(hold, command, order.reason)
        if reason or hold is None:
            return self._refuse("retry", order.step, reason or "", order.by, at)
        hold.order = Order(Ordered.RETRY, order.by, order.reason, command)
        self.record.note(at, "order", f"retry {order.step}{because(order.reason)}", order.by)
        if command:
            text = f"{order.step}: {hold.command!r} → {command!r}{because(order.reason)}"
            self.record.note(at, "changed", text, order.by)
        return None

    def settle(self, verb: Ordered, order: StepOrder, at: float) -> str | None:
        """`skip`, `force` or `confirm`."""
        hold = self.run.holds.get(order.step)
        reason = self._why_not_step(verb, order)
        if reason or hold is None:
            return self._refuse(verb, order.step, reason or "", order.by, at)
        hold.order = Order(verb, order.by, order.reason)
        self.record.note(at, "order", f"{verb} {order.step}{because(order.reason)}", order.by)
        return None

    def override(self, order: StepOrder, at: float) -> str | None:
        """Anybody of the plan may ask; the people of the gate `override` decide."""
        hold = self.run.holds.get(order.step)
        reason = self._why_not_step(Ordered.OVERRIDE, order)
        if reason or hold is None:
            return self._refuse("override", order.step, reason or "", order.by, at)
        hold.asked = Asked(order.by, order.reason)
        self.record.note(at, "override", f"asks for {order.step}{because(order.reason)}", order.by)
        return None

    # --- the run

    def abort(self, order: RunOrder, at: float) -> str | None:
        reason = self._why_not_order(order.by) or self._why_not_abort(order.reason)
        if reason:
            return self._refuse("abort", "", reason, order.by, at)
        self.run.abort(Aborted(order.by, order.reason))
        self.record.note(at, "order", f"abort{because(order.reason)}", order.by)
        return None

    def cancel(self, at: float) -> str | None:
        """A cancel request of Temporal is an abort, by somebody whom nobody can name (law 8)."""
        by = "a cancel request in Temporal"
        if self.run.stretch is Stretch.FORWARD:
            return self.run.refuse(at, f"{by}: {Stretch.FORWARD}; {self._way_forward()}", by, "cancel")
        if self.run.aborted_by:
            return self.run.refuse(at, f"{by}: {self.run.aborted_by} aborted it already", by, "cancel")
        self.run.abort(Aborted(by, ""))
        self.record.note(at, "order", "abort", by)
        return None

    def hold(self, order: RunOrder, at: float) -> str | None:
        reason = self._why_not_order(order.by)
        if reason is None and self.run.paused_by:
            reason = f"the run is held by {self.run.paused_by} already"
        if reason:
            return self._refuse("hold", "", reason, order.by, at)
        self.run.paused_by = order.by
        self.record.note(at, "order", f"hold before the next step{because(order.reason)}", order.by)
        return None

    def resume(self, order: RunOrder, at: float) -> str | None:
        reason = self._why_not_order(order.by)
        if reason is None and not self.run.paused_by:
            reason = "the run is not held by an operator"
        if reason:
            return self._refuse("resume", "", reason, order.by, at)
        self.run.paused_by = ""
        self.record.note(at, "order", f"resume{because(order.reason)}", order.by)
        return None

    # --- why not

    def _refuse(self, verb: str, step: str, reason: str, by: str, at: float) -> str:
        what = f"{verb} {step}" if step else verb
        return self.run.refuse(at, f"{by}: {what}: {reason}", by, verb)

    def _why_not_order(self, by: str) -> str | None:
        if self.record.state.is_end:
            return f"the run is over ({self.record.state})"
        if by not in self.run.people and by != self.record.started_by:
            people = some(sorted(self.run.people))
            starter = self.record.started_by
            who = people if starter in self.run.people else f"{people}, and {starter}, who started this run"
            return f"the plan names no {by!r}; who may: {who}"
        return None

    def _why_not_step(self, verb: Ordered, order: StepOrder) -> str | None:
        if reason := self._why_not_order(order.by):
            return reason
        hold = self.run.holds.get(order.step)
        if hold is None:
            return f"step {order.step!r} is not held; held now: {some(self._held()) or 'none'}"
        if reason := why_not(verb, hold, self.run.standing):
            return reason
        return f"{verb} needs a reason" if verb in NEEDS_REASON and not order.reason else None

    def _why_not_abort(self, reason: str) -> str | None:
        if why := self.run.no_abort:
            return f"{why}; {self._way_forward()}" if self.run.stretch is Stretch.FORWARD else why
        return None if reason else "an abort needs a reason"

    def _way_forward(self) -> str:
        if held := self._held():
            return f"retry {some(held)}"
        return f"resume, {self.run.paused_by} holds it" if self.run.paused_by else "let it go on"

    def _held(self) -> list[str]:
        """The held steps; a child's with the run that owns it, for it is steered there."""
        of_children = [
            f"{wait.name} (of {child.workflow_id})"
            for child in self.record.children
            for wait in child.waits
            if wait.kind == "step"
        ]
        return [*self.run.holds, *of_children]


def _why_not_change(hold: Hold | None, command: str, reason: str) -> str | None:
    if not command or hold is None:
        return None
    if not hold.command:
        return "it runs no command of the plan that could be changed: retry it without one"
    return None if reason else "a changed command needs a reason"


def because(reason: str) -> str:
    return f": {reason}" if reason else ""
