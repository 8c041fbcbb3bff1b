"""What operators order of a run and of its held steps (law 8). No Temporal in here: times come in as arguments.

Each order is recorded, or refused in words that say the way out; it never raises. The run acts on what was recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workflows.holds import Asked, Hold, Order, Ordered
from workflows.messages import Message, RetryOrder, RunOrder, StepOrder
from workflows.proofs import STOPS, PendingOrder
from workflows.record import RunRecord
from workflows.run import Aborted, Run, Stretch, some
from workflows.ways import why_not

NEEDS_REASON = (Ordered.SKIP, Ordered.FORCE, Ordered.CONFIRM, Ordered.OVERRIDE)


class Trust(StrEnum):
    """What is known of who sends an order, where orders carry codes; the words for the journal."""

    VERIFIED = "code verified"
    UNPROVEN = "unproven: nobody verified its code in time"
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
        reason = self._why_not_order(order.by)
        if reason is None and self.run.paused_by:
            reason = f"the run is held by {self.run.paused_by} already"
        reason = reason or self._why_not_tried(order, at)
        if reason:
            return self._refuse("hold", "", reason, order.by, at)
        if self._waits("hold", order, at):
            return None
        self.run.paused_by = order.by
        self.run.is_paused_unproven = self.trust is Trust.UNPROVEN
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
        self.run.paused_by = ""
        self._note(at, "resume", order)
        return None

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
        self.run.proofs.wait(PendingOrder(verb, order, at))
        self.run.mirror_orders()
        return True

    def proven(self, pending: PendingOrder, reason: str | None, at: float) -> None:
        """The verdict on a code; the order is followed if it still can be."""
        if any(pending is one for one in self.run.unproven):
            self._proven_late(pending, reason, at)
        elif reason:
            self._refuse(pending.verb, pending.step, reason, pending.by, at)
        else:
            Steering(self.run, Trust.VERIFIED).obey(pending, at)
        self.run.mirror_orders()

    def follow_stops(self, at: float) -> list[PendingOrder]:
        """What only stops, and what nobody could verify for so long; those that were followed now."""
        due = [one for one in self.stops if at >= self.run.proofs.due(one)]
        for one in due:
            self.run.unproven.append(one)
            Steering(self.run, Trust.UNPROVEN).obey(one, at)
        return due

    @property
    def stops(self) -> list[PendingOrder]:
        """Orders that would be followed without a verdict, and were not yet."""
        waiting = [one for one in self.run.proofs.orders if self._may_go_unproven(one.verb)]
        return [one for one in waiting if not any(one is known for known in self.run.unproven)]

    def _may_go_unproven(self, verb: str) -> bool:
        return verb in STOPS or (verb == "resume" and self.run.is_paused_unproven)

    def _proven_late(self, pending: PendingOrder, reason: str | None, at: float) -> None:
        self.run.unproven = [one for one in self.run.unproven if one is not pending]
        by, verb = pending.by, pending.verb
        if reason is None:
            if verb == "hold" and self.run.paused_by == by:
                self.run.is_paused_unproven = False
            self.record.note(at, "fact", f"the code of {verb} was right", by)
            return
        self.record.note(at, "warning", f"{verb} was followed unproven, and {reason}", by)
        if verb == "hold" and self.run.is_paused_unproven and self.run.paused_by == by:
            self.run.paused_by = ""
            self.record.note(at, "order", f"the hold of {by} ends: its code was not right")

    def obey(self, pending: PendingOrder, at: float) -> str | None:
        """As if it came now."""
        verb, order = pending.verb, pending.order
        if isinstance(order, RunOrder):
            return {"abort": self.abort, "hold": self.hold, "resume": self.resume}[verb](order, at)
        assert isinstance(order, StepOrder)
        if verb == Ordered.RETRY:
            return self.retry(order, at)
        return self.override(order, at) if verb == Ordered.OVERRIDE else self.settle(Ordered(verb), order, at)

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
