"""Who is away, until when, and who may speak for them (law 6). No Temporal in here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflows.plan import Person
from workflows.plan.periods import away_until
from workflows.run.look_alike import looks_like
from workflows.run.record import Absent


@dataclass(frozen=True)
class Absences:
    """The absences of a plan's people, in days of its timezone."""

    people: Mapping[str, Person] = field(default_factory=dict)
    timezone: str = "UTC"

    def of(self, names: Iterable[str], at: float, starter: str) -> list[Absent]:
        """Those who are away at a moment (seconds since the epoch). Who started the run stands in for nobody."""
        found = []
        for name in names:
            person = self.people.get(name)
            until = away_until(person.away, at, self.timezone) if person else None
            if person and until:
                deputy = person.deputy or ""
                excluded = looks_like(deputy, starter)
                found.append(Absent(person=name, until=str(until), deputy="" if excluded else deputy))
        return found
