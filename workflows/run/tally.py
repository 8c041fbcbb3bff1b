"""How the hosts of one component stand, and whether enough of them are good."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.models import Outcome


@dataclass
class Tally:
    """How the hosts of a component stand. A host that failed may be given up once enough others are good."""

    enough: int
    hosts: int
    working: int
    good: int = 0
    skipped: int = 0
    limit: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @property
    def needed(self) -> int:
        """Hosts that an operator skipped cannot be waited for: when too few are left, all of these are enough."""
        return min(self.enough, self.hosts - self.skipped)

    @property
    def is_let_go(self) -> bool:
        return self.needed < self.enough

    @property
    def is_enough(self) -> bool:
        return self.good >= self.needed

    @property
    def is_out_of_reach(self) -> bool:
        return self.good + self.working < self.needed

    def count(self, outcome: Outcome) -> None:
        """A host that was skipped is not up; one that was forced counts as up."""
        if outcome is Outcome.SKIPPED:
            self.skipped += 1
        else:
            self.good += 1
