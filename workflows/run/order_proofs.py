"""Orders that carry codes, between their arrival and their verdict. No Temporal in here: times come in as arguments.

Whatever brings a run forward waits for its verdict. An order to hold or to abort only stops, so it is followed
**unproven** when nobody says anything for `STOP_S`, and at once when nobody can say whether its code is right (its
secret is missing, the Estate was rebuilt); the journal says so. Whoever could keep codes from being verified could
terminate the run as well: they gain nothing by it.

A hold that nobody proved ends when its code turns out wrong, and by a resume that nobody proved. While it stands,
another hold waits for its own verdict and takes its place: a forged one covers no genuine one. An order is about the
very hold that stood when it came, and acts on no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.run.claims import Doubt, PendingOrder
from workflows.run.proofs import STOPS
from workflows.run.run import Run
from workflows.run.steering import Steering, Trust


@dataclass(frozen=True)
class OrderProofs:
    """Of one run; all of its memory is the run's."""

    run: Run

    def proven(self, pending: PendingOrder, doubt: Doubt | None, at: float) -> None:
        """The verdict on a code; the order is followed if it still can be."""
        if self._is_followed(pending):
            self._proven_late(pending, doubt, at)
        elif doubt is None:
            Steering(self.run, Trust.VERIFIED).obey(pending, at)
        elif doubt.is_open and self._goes_unproven(pending.verb, at_last=True):
            self.run.record.note(at, "warning", f"{pending.verb}: {doubt.reason}", pending.by)
            Steering(self.run, Trust.UNPROVEN).obey(pending, at)
        else:
            Steering(self.run).refuse_pending(pending, doubt.reason, at)
        self.run.mirror_orders()

    # --- without a verdict

    @property
    def stops(self) -> list[PendingOrder]:
        """Orders that would be followed without a verdict, and were not yet."""
        return [one for one in self._waiting if self._goes_unproven(one.verb)]

    def stops_since(self, by: float) -> bool:
        """Whether orders to hold or to abort, that came until a moment, are still to be judged."""
        verbs = ("hold",) if self.run.no_abort else STOPS
        return any(one.at <= by and one.verb in verbs for one in self._waiting)

    def follow_stops(self, at: float) -> list[PendingOrder]:
        """What only stops, and what nobody could verify for so long; those that were followed now."""
        followed = []
        while due := [one for one in self.stops if at >= self.run.proofs.due(one)]:
            self._follow(due[0], at)
            followed.append(due[0])
        return followed

    def _follow(self, pending: PendingOrder, at: float) -> None:
        before = self.run.pause
        self.run.unproven.append(pending)
        Steering(self.run, Trust.UNPROVEN).obey(pending, at)
        if self.run.pause is not None and self.run.pause is not before:
            self.run.pause.claim = pending

    @property
    def _waiting(self) -> Iterator[PendingOrder]:
        return (one for one in self.run.proofs.orders if not self._is_followed(one))

    def _is_followed(self, pending: PendingOrder) -> bool:
        return any(pending is one for one in self.run.unproven)

    def _goes_unproven(self, verb: str, at_last: bool = False) -> bool:
        """`at_last`: there will be no other verdict on it."""
        pause = self.run.pause
        if verb == "hold":
            # What may still prove wrong holds the run no better than what is certain to stay unproven.
            return pause is None or (at_last and pause.claim is not None)
        if verb == "abort":
            return not self.run.no_abort
        return verb == "resume" and pause is not None and pause.is_unproven

    # --- a verdict after that

    def _proven_late(self, pending: PendingOrder, doubt: Doubt | None, at: float) -> None:
        self.run.unproven = [one for one in self.run.unproven if one is not pending]
        by, verb, pause = pending.by, pending.verb, self.run.pause
        is_its_hold = pause is not None and pause.claim is pending
        if doubt is None:
            self.run.record.note(at, "fact", f"the code of {verb} was right", by)
        else:
            self.run.record.note(at, "warning", f"{verb} was followed unproven, and {doubt.reason}", by)
        if not is_its_hold or pause is None:
            return
        pause.claim, pause.is_unproven = None, doubt is not None
        if doubt is not None and not doubt.is_open:
            self._end_hold(by, at)

    def _end_hold(self, by: str, at: float) -> None:
        """A forged hold ends; a step must not begin between it and one that waits for its verdict."""
        self.run.pause = None
        self.run.record.note(at, "order", f"the hold of {by} ends: its code was not right")
        waiting = next((one for one in self._waiting if one.verb == "hold"), None)
        if waiting is not None:
            self._follow(waiting, at)
