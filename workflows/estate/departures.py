"""Runs that closed without giving back: what of theirs is dropped, what is kept until it is undone (law 8). Pure."""

from __future__ import annotations

from activities.models.estate import ClosedRun, RunRef
from workflows.estate.book import EstateBook
from workflows.estate.state import Departed, Named, same, without

MOST_CLEANUPS = 5  # for one closed run; then it stands in `muster estate` for people to see


class Departures:
    """The comings to an end that an Estate notices by itself."""

    def __init__(self, book: EstateBook) -> None:
        self.book = book
        self.state = book.state

    def watched(self) -> list[RunRef]:
        """The runs whose end the Estate must notice by itself, each once, in a stable order."""
        state = self.state
        here: list[Named] = [*state.announcements, *state.guests]
        here += [state.lease] if state.lease else []
        here += [one.cleanup for one in state.departed if one.cleanup]
        gone = {(one.run.workflow_id, one.run.first_run_id) for one in state.departed}
        found = sorted({(run.workflow_id, run.first_run_id) for run in here} - gone)
        return [RunRef(workflow_id=run, first_run_id=first) for run, first in found]

    def close(self, run: ClosedRun, now: float) -> None:
        """Drop what a closed run has here; a lease or a guest that owes something stays until it is undone."""
        state = self.state
        for one in state.departed:
            if same(one.cleanup, run):
                one.cleanup = None  # it ended without taking over: another is due
        if not self._has(run):
            return
        state.announcements = without(state.announcements, run)
        owed = self.book.owed(run)
        told = f", and owes {', '.join(one.id for one in owed)}" if owed else ""
        self.book.remark(now, f"{run.workflow_id} has closed ({run.how}) without giving back{told}")
        if not owed:
            self.release_closed(run)
        elif self._holds(run) and not any(same(one.run, run) for one in state.departed):
            state.departed = [*state.departed, Departed(run=run, at=now)]

    def release_closed(self, run: Named) -> None:
        """Free what a closed run held. A half done promotion stays half done: nobody has ended it."""
        state = self.state
        state.guests = without(state.guests, run)
        state.departed = [one for one in state.departed if not same(one.run, run)]
        if same(state.lease, run):
            state.lease = None

    def lives_again(self, departed: Departed, now: float) -> None:
        """It was reset: what it has here is its own, and its next end is noticed as any other."""
        self.state.departed = [one for one in self.state.departed if one is not departed]
        self.book.remark(now, f"{departed.run.workflow_id} goes on after a reset: it is watched again")

    def settle(self) -> None:
        """Free the closed runs that owe nothing any more."""
        for one in list(self.state.departed):
            if not self.book.owed(one.run):
                self.release_closed(one.run)

    def due(self) -> list[Departed]:
        """The closed runs for which a cleanup must begin. A declaration that is announced will see to them."""
        if self.state.announcements:
            return []
        return [one for one in self.state.departed if one.cleanup is None and one.tries < MOST_CLEANUPS]

    def _holds(self, run: Named) -> bool:
        return same(self.state.lease, run) or any(same(guest, run) for guest in self.state.guests)

    def _has(self, run: Named) -> bool:
        return self._holds(run) or any(same(one, run) for one in self.state.announcements)
