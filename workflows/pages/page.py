"""What every part of a run's page needs: the record, its language and its clock."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workflows.pages.times import Times
from workflows.run.record import RunRecord
from workflows.texts import text, word

MINUTES_FROM = 120.0  # seconds


@dataclass(frozen=True)
class Page:
    record: RunRecord
    times: Times

    @classmethod
    def of(cls, record: RunRecord, now: float) -> Page:
        return cls(record, Times.of(record.timezone, now))

    @property
    def now(self) -> float:
        return self.times.now

    def say(self, key: str, **values: object) -> str:
        return text(self.record.language, key, **values)

    def word(self, value: str) -> str:
        return word(self.record.language, value)

    def at(self, moment: float | None) -> str:
        return self.times.at(moment)

    def seconds(self, seconds: float, digits: int = 0) -> str:
        """A duration that was measured; from two minutes on in minutes."""
        if MINUTES_FROM <= seconds < math.inf:
            return self.say("minutes", minutes=int(seconds // 60), seconds=f"{int(seconds % 60):02d}")
        return self.say("seconds", seconds=f"{seconds:.{digits}f}")

    def limit(self, seconds: float) -> str:
        """A duration that was committed, as it was committed."""
        return self.say("seconds", seconds=f"{seconds:g}")
