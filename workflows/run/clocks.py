"""The clocks of a run (law 16): each phase timed apart, against the committed RTO, which results never move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from activities.models import Value


class PhaseTime(Value):
    """`ended_at` None: it is the phase of now."""

    name: str
    started_at: float
    ended_at: float | None = None
    settle_s: float = 0.0  # the part that was waiting between confirming looks

    def seconds(self, now: float) -> float:
        return (self.ended_at if self.ended_at is not None else now) - self.started_at


class Clocks:
    """One phase at a time. Times are seconds since the epoch."""

    def __init__(self) -> None:
        self._phases: list[PhaseTime] = []
        self._spans: list[tuple[float, float]] = []  # of the phase of now

    @property
    def phases(self) -> Sequence[PhaseTime]:
        return tuple(self._phases)

    @property
    def phase(self) -> str:
        return self._phases[-1].name if self._phases and self._phases[-1].ended_at is None else ""

    def enter(self, name: str, at: float) -> None:
        """End the phase of now and begin another; the same name again goes on."""
        if name == self.phase:
            return
        self.end(at)
        self._phases.append(PhaseTime(name=name, started_at=at))
        self._spans = []

    def end(self, at: float) -> None:
        if self.phase:
            self._phases[-1] = self._phases[-1].model_copy(update={"ended_at": at})

    def settled(self, since: float, until: float) -> None:
        """Waiting between looks, in the phase of now: of steps that went on side by side it counts once."""
        if self.phase and until > since:
            last = self._phases[-1]
            self._spans.append((since, until))
            waited = covered(self._spans, last.started_at, max(end for _, end in self._spans))
            self._phases[-1] = last.model_copy(update={"settle_s": waited})

    def by_name(self, now: float) -> dict[str, float]:
        """Seconds of each phase, repeated phases added up."""
        total: dict[str, float] = {}
        for phase in self._phases:
            total[phase.name] = total.get(phase.name, 0.0) + phase.seconds(now)
        return total


def covered(spans: Iterable[tuple[float, float]], since: float, until: float) -> float:
    """How much of the time between two moments the spans cover: side by side counts once."""
    total, end = 0.0, since
    for start, stop in sorted((max(a, since), min(b, until)) for a, b in spans):
        if stop > start:
            total += max(0.0, stop - max(start, end))
            end = max(end, stop)
    return total
