"""What a sampler knows about a writer, as records, and the one question asked of them: a `SampleWindow`.

Pure: no clock, no disk, no network. A record's `local` is the sampler's wall clock, its `tick` a clock
that no one sets, comparable among records of the same `boot`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from activities.models import SampleWindow, Value

CLOCK_NOISE_S = 0.05  # scheduling of two processes; beyond it (and the round trip) a clock was set


class Sample(Value):
    """The writer at one moment. `clock` is the writer's, read before `position` was.

    Everything committed before `clock` lies below `position` and is visible in `snapshot`: equal
    snapshots of one server mean that no transaction has ended in between.
    """

    kind: Literal["sample"] = "sample"
    local: float  # when it was asked
    tick: float
    boot: str
    seconds: float  # until it was answered
    clock: float
    position: int
    snapshot: str
    system: str
    timeline: int


class Failure(Value):
    """An attempt that gave no sample. `answered`: the server spoke all the same, so it lives."""

    kind: Literal["failure"] = "failure"
    local: float  # when it was given up
    tick: float
    boot: str
    answered: bool
    blind: bool
    error: str


Record: TypeAlias = Annotated[Sample | Failure, Field(discriminator="kind")]


def window(vantage: str, period_s: float, records: Sequence[Record], received: int | None) -> SampleWindow:
    """The records around the position that the replica has received (None: it has none)."""
    line = _newest_line(records)
    if not line:
        return SampleWindow(vantage=vantage, samples=0, period_s=period_s, blind=_is_blind(records))
    clocks, shifts = _in_newest_setting(line)
    safe = _newest_safe(line, received)
    first_lost = _next_commit(line, 0 if safe is None else safe + 1)
    last_commit = _last_commit(line)
    return SampleWindow(
        vantage=vantage,
        samples=len(line),
        period_s=period_s,
        safe_at=None if safe is None else clocks[safe],
        unsafe_at=None if first_lost is None else clocks[first_lost],
        last_at=clocks[-1],
        last_local=line[-1].local,
        last_position=line[-1].position,
        advanced_at=None if last_commit is None else clocks[last_commit],
        dark_by=_dark_by(records, line[-1]),
        blind=_is_blind(records),
        system=line[-1].system,
        clock_step_s=0.0 if safe is None else shifts[safe],
    )


def _newest_line(records: Sequence[Record]) -> list[Sample]:
    """The newest writer's samples: another server or timeline, or a position set back, starts anew."""
    line: list[Sample] = []
    for record in records:
        if not isinstance(record, Sample):
            continue
        if line and _is_other_writer(line[-1], record):
            line = []
        line.append(record)
    return line


def _is_other_writer(before: Sample, after: Sample) -> bool:
    return (before.system, before.timeline) != (after.system, after.timeline) or (
        after.position < before.position
    )


def _in_newest_setting(line: Sequence[Sample]) -> tuple[list[float], list[float]]:
    """The clocks of a line as the writer's clock is set at its end, and what had to be added to each."""
    shift = 0.0
    clocks, shifts = [line[-1].clock], [0.0]
    for before, after in zip(reversed(line[:-1]), reversed(line[1:]), strict=True):
        drift = (after.clock - before.clock) - _elapsed(before, after)
        noise = CLOCK_NOISE_S + max(before.seconds, after.seconds) + 0.001 * abs(_elapsed(before, after))
        if abs(drift) > noise:
            shift += drift
        clocks.append(before.clock + shift)
        shifts.append(shift)
    return clocks[::-1], shifts[::-1]


def _elapsed(before: Record, after: Record) -> float:
    """Seconds between two records by the sampler: its wall clock counts only where it was started anew."""
    return after.tick - before.tick if before.boot == after.boot else after.local - before.local


def _newest_safe(line: Sequence[Sample], received: int | None) -> int | None:
    """Positions only rise in a line. Beyond the last one received, no new commit is nothing to lose."""
    safe = None
    for index, sample in enumerate(line):
        if received is not None and sample.position <= received:
            safe = index
        elif safe is None or sample.snapshot != line[safe].snapshot:
            break
        else:
            safe = index
    return safe


def _next_commit(line: Sequence[Sample], first: int) -> int | None:
    """The first sample by which a commit after the one at `first` had happened.

    Not `first` itself: what was committed just before it may lie below the position that was received.
    """
    for index in range(first + 1, len(line)):
        if line[index].snapshot != line[first].snapshot:
            return index
    return None


def _last_commit(line: Sequence[Sample]) -> int | None:
    """The newest sample after which a commit was seen."""
    for index in range(len(line) - 1, 0, -1):
        if line[index].snapshot != line[index - 1].snapshot:
            return index - 1
    return None


def _silence(records: Sequence[Record]) -> list[Failure]:
    """The failures since the writer last gave a sign of life."""
    silence: list[Failure] = []
    for record in reversed(records):
        if isinstance(record, Sample) or record.answered:
            break
        silence.append(record)
    return silence[::-1]


def _dark_by(records: Sequence[Record], newest: Sample) -> float | None:
    """When the writer was first given up by a sampler that saw something else; by the writer's clock.

    The offset is taken from the moment of asking: it errs toward later, never toward less loss.
    """
    for failure in _silence(records):
        if not failure.blind:
            return newest.clock + max(0.0, _elapsed(newest, failure))
    return None


def _is_blind(records: Sequence[Record]) -> bool:
    silence = _silence(records)
    return bool(silence) and all(failure.blind for failure in silence)
