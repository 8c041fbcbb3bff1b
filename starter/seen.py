"""A record and where it is from."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.run.record import Entry, RunRecord


@dataclass(frozen=True)
class Seen:
    """A record and how the server sees its run: `running`, `completed`, `terminated`, … or `archived`.

    `digest`: SHA-256 of an archived record. `is_sealed`: its export is whole, and the index has this digest.
    `late`: what the run was told after that record was kept. `doubt`: why that is not known, or how the
    archive's record differs; one line.
    """

    record: RunRecord
    status: str
    digest: str = ""
    is_sealed: bool = False
    late: tuple[Entry, ...] = ()
    doubt: str = ""

    @property
    def is_over(self) -> bool:
        return self.status != "running"

    @property
    def ended_badly(self) -> bool:
        """The server ended it, not the scenario itself."""
        return self.status not in ("running", "completed", "archived")
