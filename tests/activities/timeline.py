"""A writer, its replica and its samplers as a timeline: what happened in truth, and what each saw of it."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass

from activities.models import DatasetStatus, SampleWindow
from activities.sampling.loss import sample_period
from activities.sampling.samples import Failure, Record, Sample, window

COMMIT_BYTES = 100
TO_DISK_S = 0.001  # from a commit to its acknowledgement
ROUND_TRIP_S = 0.004


@dataclass(frozen=True)
class Timeline:
    """All in true time: commits, when the replica had how many of them, and when each sampler lost sight."""

    rpo_s: float
    commits: list[float]
    received: int  # so many of the commits are at the replica
    end: float  # nothing is acknowledged after it
    sight_ends: dict[str, float]  # of each vantage point; "blind-…": it sees nothing else either
    writer_ahead_s: float = 0.0
    seed: int = 0

    def true_loss(self) -> float | None:
        """From the first acknowledged write that is lost to the end. None: none was lost."""
        lost = [at for at in self.commits[self.received :] if at + TO_DISK_S <= self.end]
        return self.end - lost[0] - TO_DISK_S if lost else None

    def status(self) -> DatasetStatus:
        last = self.commits[self.received - 1] + self.writer_ahead_s if self.received else None
        position = self.received * COMMIT_BYTES
        return DatasetStatus(
            reachable=True,
            at=self.now,
            writable=False,
            received=position,
            replayed=position,
            last_commit_at=last,
        )

    @property
    def now(self) -> float:
        return self.end + 5 * sample_period(self.rpo_s)

    def windows(self) -> list[SampleWindow]:
        period = sample_period(self.rpo_s)
        received = self.received * COMMIT_BYTES
        return [window(name, period, self.records(name), received) for name in self.sight_ends]

    def records(self, vantage: str) -> list[Record]:
        chance = random.Random(f"{self.seed}{vantage}")
        period = sample_period(self.rpo_s)
        ahead = chance.uniform(-3, 3)  # this sampler's wall clock
        at = self.commits[0] + chance.uniform(0, period) if self.commits else 0.0
        records: list[Record] = []
        while at < self.now - period:
            if at + ROUND_TRIP_S <= self.sight_ends[vantage]:
                records.append(self._sample(at, at + ahead))
            elif not records or isinstance(records[-1], Sample):
                records.append(_failure(at + period, at + period + ahead, vantage.startswith("blind")))
            at += period
        return records

    def _sample(self, at: float, local: float) -> Sample:
        read_at = at + ROUND_TRIP_S / 2
        done = bisect_right(self.commits, read_at)
        return Sample(
            local=local,
            tick=at,
            boot="b",
            seconds=ROUND_TRIP_S,
            clock=read_at + self.writer_ahead_s,
            position=done * COMMIT_BYTES,
            snapshot=f"{done}:{done}:",
            system="1",
            timeline=1,
        )


def _failure(at: float, local: float, blind: bool) -> Failure:
    return Failure(local=local, tick=at, boot="b", answered=False, blind=blind, error="silent")
