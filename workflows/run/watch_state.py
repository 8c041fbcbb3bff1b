"""What a watch over a fenced center remembers, from run to run. No Temporal in here: times come in as arguments."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel, Field

from workflows.run.record import RunRecord

LONGEST = 600.0  # seconds of one long look: some ten events of history for each
FIRST = 3.0  # seconds: which devices hold the center has to be known before one of them says nothing any more
BACK_OFF = (5.0, 10.0, 20.0, 40.0, 60.0)  # seconds until a center that could not be fenced is tried again
TELL_AGAIN = 1800.0  # seconds: a center that stays open is not forgotten
TELL_GUARDED = (
    86_400.0  # where guards alone hold it: no device can close it, and what is open need be no writer
)
NOTICES = 3  # within
WINDOW = 600.0  # seconds: a switch that flaps all night must not teach people to look away
KEPT_LINES = 200  # of the journal, from run to run; people were told of each finding


class WatchState(BaseModel):
    """Stored in histories: fields may be added, never renamed or removed. Times are seconds since the epoch."""

    record: RunRecord
    held: list[str] = Field(default_factory=list)  # devices that were seen to hold the center
    obliged: bool = False  # whether the Estate had its obligation
    attempts: int = 0  # to fence it again, all findings together
    notices: int = 0  # that were sent: their keys count on
    told: list[float] = Field(default_factory=list)
    held_back: int = 0  # notices, since the last one that was sent
    unknown: list[str] = Field(default_factory=list)  # who says nothing, as it was told
    since: float | None = None  # since when it is open
    tries: int = 0  # to close this finding
    told_at: float = 0.0  # that it stays open
    told_of: list[str] = Field(default_factory=list)  # what was open, where guards alone hold the rest
    told_of_at: float = 0.0

    @property
    def patience(self) -> float:
        """How long the next look may take, in seconds, when nothing changes."""
        if self.since is not None:
            return BACK_OFF[min(max(self.tries, 1), len(BACK_OFF)) - 1]
        return LONGEST if self.held else FIRST

    def found(self, now: float) -> bool:
        """It is open. Returns whether that is news."""
        self.tries += 1
        if self.since is not None:
            return False
        self.since = now
        return True

    def closed(self, now: float) -> float | None:
        """It counts as fenced. Returns for how long it did not, or None when it always did."""
        since, self.since = self.since, None
        self.tries, self.told_at = 0, 0.0
        return None if since is None else now - since

    def must_tell(self, now: float) -> bool:
        """Whether people have to hear that it stays open: once, and then seldom."""
        if self.told_at and now - self.told_at < TELL_AGAIN:
            return False
        self.told_at = now
        return True

    def must_tell_guarded(self, now: float, what: Collection[str]) -> bool:
        """As `must_tell`, where guards alone hold it: when more of it is open, and once a day.

        Over its closings too: what lost its database answers now and then.
        """
        if set(what) <= set(self.told_of) and now - self.told_of_at < TELL_GUARDED:
            return False
        self.told_of = sorted({*self.told_of, *what})
        self.told_of_at = self.told_at = now
        return True

    def may_tell(self, now: float) -> bool:
        """Whether another notice may go out; what is held back is counted, for the next one."""
        self.told = [at for at in self.told if now - at < WINDOW]
        if len(self.told) >= NOTICES:
            self.held_back += 1
            return False
        self.told.append(now)
        return True

    def shortened(self) -> WatchState:
        """For the next run: a record of months has no end, a payload has."""
        self.record.journal = self.record.journal[-KEPT_LINES:]
        return self
