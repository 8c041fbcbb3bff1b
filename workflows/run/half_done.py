"""A promotion that was begun and not brought to its end: who goes on must know where it stood (laws 8, 10). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from activities.models import Value
from activities.models.estate import Action

END = "end"  # the action that the Estate writes when the run of a promotion gives its lease back


class HalfDone(Value):
    """What the newest unfinished promotion meant to do. From its intent on there is only forward."""

    workflow_id: str
    first_run_id: str
    epoch: int
    old: str
    new: str
    services: list[str]
    labels: list[str]  # datasets: each may be promoted already, or not

    @property
    def words(self) -> str:
        return f"{self.workflow_id} (epoch {self.epoch}) had begun to promote {', '.join(self.labels)} at {self.new}"


def half_done(actions: Sequence[Action]) -> HalfDone | None:
    """The newest promotion that no run has ended, or None."""
    # A result without its intent, which nobody heard, is a promotion that was begun all the same.
    begun = [action for action in actions if action.what == "promote" and action.stage in ("intent", "done")]
    if not begun:
        return None
    last = max(begun, key=lambda action: action.epoch)
    if any(action.what == END and action.epoch >= last.epoch for action in actions):
        return None
    return HalfDone(
        workflow_id=last.workflow_id,
        first_run_id=last.first_run_id,
        epoch=last.epoch,
        old=last.old,
        new=last.new,
        services=last.services,
        labels=[label for label in last.target.split(", ") if label],
    )
