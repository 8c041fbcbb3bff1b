"""Which histories belong to a run, and the index that they make. No server and no archive in here.

The export asks the server for each history and keeps it, a verification reads what is kept: both come to one index.
"""

from __future__ import annotations

from dataclasses import dataclass

from activities.archive.history import Told
from activities.archive.index import Index, KeptFile, KeptRun

MOST_RUNS = 2000  # children of one run
MOST_EARLIER = 10  # runs of a chain that go with a later one; each of them has a folder of its own


@dataclass(frozen=True)
class Wanted:
    """A history that belongs to a run. `why`: run, child of it, or an earlier run that it goes on from."""

    workflow_id: str
    run_id: str
    why: str

    @property
    def path(self) -> str:
        """Below the run's folder."""
        return f"histories/{self.run_id}.json.gz"


class Gathered:
    """Ask `next` until there is none, and answer each with `take` or `miss`."""

    def __init__(self, workflow_id: str, run_id: str) -> None:
        self.workflow_id = workflow_id
        self.run_id = run_id
        self._left = [Wanted(workflow_id, run_id, "run")]
        self._told: dict[str, Told] = {}
        self._files: list[KeptFile] = []
        self._runs: list[KeptRun] = []
        self._missing: list[str] = []

    @property
    def own(self) -> Told:
        return self._told[self.run_id]

    @property
    def has_own(self) -> bool:
        """Whether the run itself was taken."""
        return self.run_id in self._told

    def next(self) -> Wanted | None:
        while self._left:
            one = self._left.pop(0)
            if one.run_id not in self._told and len(self._told) < MOST_RUNS:
                return one
        return None

    def miss(self, one: Wanted) -> None:
        self._missing.append(f"{one.workflow_id} {one.run_id}")

    def take(self, one: Wanted, told: Told, kept: KeptFile) -> None:
        """A history that has an end."""
        assert told.ending is not None
        self._told[one.run_id] = told
        self._files.append(kept)
        self._runs.append(
            KeptRun(
                workflow_id=one.workflow_id,
                run_id=one.run_id,
                kind=told.kind,
                why=one.why,
                events=told.events,
                started_at=told.started_at,
                ending=told.ending,
                path=one.path,
            )
        )
        self._left += [Wanted(child, run, "child") for child, run in told.children]
        self._left += [Wanted(one.workflow_id, earlier, "earlier") for earlier in self._chained(told)]
        if told.next_run and one.why == "child":
            self._left.append(Wanted(one.workflow_id, told.next_run, one.why))

    def _chained(self, told: Told) -> list[str]:
        """An Estate lives for years: what goes with one of its runs must not grow with them."""
        taken = sum(run.why == "earlier" for run in self._runs)
        return told.earlier[: max(MOST_EARLIER - taken, 0)]

    def index(self, record: KeptFile) -> Index:
        """Nothing in it depends on when or where it is made: a second export gives the same bytes."""
        assert self.own.ending is not None
        return Index(
            workflow_id=self.workflow_id,
            run_id=self.run_id,
            ending=self.own.ending,
            files=[record, *self._files],
            runs=self._runs,
            missing=self._missing,
        )
