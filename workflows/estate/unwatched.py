"""Which fenced centers an Estate must see watched, and since when (laws 1, 8). No Temporal in here."""

from __future__ import annotations

from activities.models.estate import Obligation, RunRef
from workflows import names
from workflows.estate.state import EstateState
from workflows.run.fenced import needs_watch

AGAIN = 30.0  # seconds between two beginnings of the same one: what fails at once must not run in circles
NEVER = 86400.0  # seconds: the plan that the Estate has does not know the center


class Unwatched:
    """The watches over fenced centers, as an Estate that outlives them all sees to them."""

    def __init__(self, state: EstateState) -> None:
        self.state = state

    def due(self, now: float) -> list[RunRef]:
        """The watches that must live by now, by their names: any run of that name is good."""
        found = [one.target for one in self._standing() if self._from(one) <= now]
        return [
            RunRef(workflow_id=names.fence_watch_id(self.state.estate, center), first_run_id="")
            for center in sorted(found)
        ]

    def next_at(self, now: float) -> float | None:
        """When the next watch after `now` must live, or None."""
        return min((at for at in map(self._from, self._standing()) if at > now), default=None)

    def missing(self, workflow_id: str, now: float) -> Obligation | None:
        """For which obligation that watch must begin anew, when it does not live; None when none must."""
        if all(one.workflow_id != workflow_id for one in self.due(now)):
            return None
        return next(one for one in self._standing() if self._name(one) == workflow_id)

    def is_watch(self, workflow_id: str) -> bool:
        return workflow_id.startswith(names.fence_watch_id(self.state.estate, ""))

    def begun(self, center: str, now: float) -> None:
        """Look at it again after a while."""
        self.state.watches = {**self.state.watches, center: now + AGAIN}

    def impossible(self, center: str, now: float) -> None:
        self.state.watches = {**self.state.watches, center: now + NEVER}

    def _standing(self) -> list[Obligation]:
        return [
            one
            for one in self.state.obligations
            if one.kind == "fence" and needs_watch(self.state, one.target)
        ]

    def _from(self, owed: Obligation) -> float:
        return max(owed.since + self.state.grace, self.state.watches.get(owed.target, 0.0))

    def _name(self, owed: Obligation) -> str:
        return names.fence_watch_id(self.state.estate, owed.target)
