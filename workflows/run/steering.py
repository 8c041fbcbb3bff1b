"""What operators order of a run and of its held steps (law 8). No Temporal in here: times come in as arguments.

Each order is recorded, or refused in words that say the way out; it never raises. The run acts on what was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workflows.run.claims import Pause, PendingOrder
from workflows.run.holds import Asked, Hold, Order, Ordered
from workflows.run.messages import Message, RetryOrder, RunOrder, StepOrder
from workflows.run.record import RunRecord
from workflows.run.run import Aborted, Run, Stretch, some
from workflows.run.ways import why_not

NEEDS_REASON = (Ordered.SKIP, Ordered.FORCE, Ordered.CONFIRM, Ordered.OVERRIDE)


class Trust(StrEnum):
    """What is known of who sends an order, where orders carry codes; the words for the journal."""

    VERIFIED = "code verified"
    UNPROVEN = "unproven: nobody verified its code"
    RELAYED = "of the run above"


@dataclass(frozen=True)
class Steering:
    """Orders for one run; all of its memory is the run's. Without a `trust` an order still has to be proven."""

    run: Run
    trust: Trust | None = None

    @property
    def record(self) -> RunRecord:
        return self.run.record

    # --- one step

    def retry(self, order: StepOrder, at: float) -> str | None:
        """`command` of a `RetryOrder`: what the next attempts run instead of what the plan says."""
        command = order.command or "" if isinstance(order, RetryOrder) else ""
        hold = self.run.holds.get(order.step)
        reason = self._why_not_step(Ordered.RETRY, order) or _why_not_change(hold, command, order.reason)
        reason = reason or self._why_not_tried(order, at)
        if reason or hold is None:
            return self._refuse("retry", order.step, reason or "", order.by, at)
        if self._waits("retry", order, at):
            return None
        hold.order = Order(Ordered.RETRY, order.by, order.reason, command)
        self._note(at, f"retry {order.step}", order)
        if command:
            text = f"{order.step}: {hold.command!r} → {command!r}{because(order.reason)}"
            self.record.note(at, "changed", text, order.by)
        return None

    def settle(self, verb: Ordered, order: StepOrder, at: float) -> str | None:
        """`skip`, `force` or `confirm`."""
        hold = self.run.holds.get(order.step)
        reason = self._why_not_step(verb, order) or self._why_not_tried(order, at)
        if reason or hold is None:
            return self._refuse(verb, order.step, reason or "", order.by, at)
        if self._waits(verb, order, at):
            return None
        hold.order = Order(verb, order.by, order.reason)
        self._note(at, f"{verb} {order.step}", order)
        return None

    def override(self, order: StepOrder, at: float) -> str | None:
        """Anybody of the plan may ask; the people of the gate `override` decide."""
        hold = self.run.holds.get(order.step)
        reason = self._why_not_step(Ordered.OVERRIDE, order) or self._why_not_tried(order, at)
        if reason or hold is None:
            return self._refuse("override", order.step, reason or "", order.by, at)
        if self._waits("override", order, at):
            return None
        hold.asked = Asked(order.by, order.reason)
        self._note(at, f"asks for {order.step}", order, kind="override")
        return None

    # --- the run

    def abort(self, order: RunOrder, at: float) -> str | None:
        reason = self._why_not_order(order.by) or self._why_not_abort(order.reason)
        reason = reason or self._why_not_tried(order, at)
        if reason:
            return self._refuse("abort", "", reason, order.by, at)
        if self._waits("abort", order, at):
            return None
        self.run.abort(Aborted(order.by, order.reason))
        self._note(at, "abort", order)
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
        pause = self.run.pause
        reason = self._why_not_order(order.by)
        if reason is None and pause is not None and not pause.is_unproven:
            reason = f"the run is held by {pause.by} already"
        reason = reason or self._why_not_tried(order, at)
        if reason:
            return self._refuse("hold", "", reason, order.by, at)
        if self._waits("hold", order, at):
            return None
        self.run.pause = Pause(order.by, self.trust is Trust.UNPROVEN)
        self._note(at, "hold before the next step", order)
        return None

    def resume(self, order: RunOrder, at: float) -> str | None:
        reason = self._why_not_order(order.by)
        if reason is None and not self.run.paused_by:
            reason = "the run is not held by an operator"
        reason = reason or self._why_not_tried(order, at)
        if reason:
            return self._refuse("resume", "", reason, order.by, at)
        if self._waits("resume", order, at):
            return None
        self.run.pause = self.run.pause_above = None
        self._note(at, "resume", order)
        return None

    def follow_parent(self, by: str, reason: str, at: float) -> None:
        """The run above is held, or its hold is over; a hold of this run alone stays until it is resumed."""
        before, self.run.pause_above = self.run.pause_above, Pause(by) if by else None
        if by or before:
            what = "hold before the next step" if by else "resume"
            order = RunOrder(by=by or (before.by if before else ""), reason=reason)
            Steering(self.run, Trust.RELAYED)._note(at, what, order)

    # --- proof

    def _why_not_tried(self, order: Message, at: float) -> str | None:
        """Last of all reasons: what is refused anyway costs nobody a try."""
        if self.trust or not self.run.proofs.for_orders:
            return None
        return self.run.proofs.why_not_order(order, at)

    def _waits(self, verb: str, order: Message, at: float) -> bool:
        """Whether the order is followed only once its code is verified."""
        if self.trust or not self.run.proofs.for_orders:
            return False
        pending = PendingOrder(verb, order, at, self._about(verb, order))
        shown = {(one.by, one.verb, one.step) for one in self.record.orders_proving}
        self.run.proofs.wait(pending)
        if (pending.by, verb, pending.step) not in shown:
            self.run.mirror_orders()
        return True

    def _about(self, verb: str, order: Message) -> Hold | Pause | None:
        """The very hold that an order is about."""
        if isinstance(order, StepOrder):
            return self.run.holds.get(order.step)
        return self.run.paused if verb == "resume" else None

    def _why_not_same(self, pending: PendingOrder) -> str | None:
        """Why an order is about a hold that is over, while another stands in its place; or None."""
        now = self._about(pending.verb, pending.order)
        if now is None or now is pending.about:
            return None
        if isinstance(now, Pause):
            return f"the run is held anew since this was sent, by {now.by}: send it again, if it is meant for that"
        return f"it is held anew since this was sent: {now.reason}: send it again, if it is meant for that"

    def obey(self, pending: PendingOrder, at: float) -> str | None:
        """As if it came now, where what it is about is still the same."""
        verb, order = pending.verb, pending.order
        if reason := self._why_not_same(pending):
            return self.refuse_pending(pending, reason, at)
        if isinstance(order, RunOrder):
            return {"abort": self.abort, "hold": self.hold, "resume": self.resume}[verb](order, at)
        assert isinstance(order, StepOrder)
        if verb == Ordered.RETRY:
            return self.retry(order, at)
        return self.override(order, at) if verb == Ordered.OVERRIDE else self.settle(Ordered(verb), order, at)

    def refuse_pending(self, pending: PendingOrder, reason: str, at: float) -> str:
        return self._refuse(pending.verb, pending.step, reason, pending.by, at)

    def _note(self, at: float, what: str, order: Message, kind: str = "order") -> None:
        proof = f" ({self.trust})" if self.trust else ""
        self.record.note(at, kind, f"{what}{proof}{because(order.reason)}", order.by)

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
