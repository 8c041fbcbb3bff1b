"""What runs owe an estate: registered before it is made, taken over by id, dropped when it was never made (law 8).

No Temporal in here.
"""

from __future__ import annotations

from collections.abc import Iterable

from activities.models.estate import Obligation, Owed
from workflows.estate.state import EstateState, Named, same


class Obligations:
    """Those of one estate, by their ids."""

    def __init__(self, state: EstateState) -> None:
        self.state = state

    def of(self, run: Named) -> list[Obligation]:
        """What a run must undo, or have undone."""
        return [one for one in self.state.obligations if same(one, run)]

    def add(self, run: Named, owed: Iterable[Owed], epoch: int, now: float) -> None:
        """That of another run is taken over with its id."""
        for one in owed:
            known = next((known for known in self.state.obligations if known.id == one.id), None)
            made = Obligation(
                id=one.id,
                kind=one.kind,
                target=one.target,
                note=one.note,
                workflow_id=run.workflow_id,
                first_run_id=run.first_run_id,
                epoch=epoch,
                since=now,
                earlier=_earlier(known, run),
                services=known.services if known else [],
            )
            self.state.obligations = [*self._but(one.id), made]

    def drop(self, run: Named) -> list[str]:
        """What a run wanted to owe and never made; what stood there before stands again. A line for each."""
        told = []
        for one in self.of(run):
            self.state.obligations = [*self._but(one.id), *([one.earlier] if one.earlier else [])]
            left = f"; that of {one.earlier.workflow_id} stands" if one.earlier else ""
            told.append(f"{run.workflow_id} changed nothing and does not owe {one.id}{left}")
        return told

    def _but(self, id: str) -> list[Obligation]:
        return [known for known in self.state.obligations if known.id != id]


def _earlier(known: Obligation | None, run: Named) -> Obligation | None:
    """The obligation of another run that is taken over: of those before it nothing is kept."""
    if known is None:
        return None
    return known.earlier if same(known, run) else known.model_copy(update={"earlier": None})
