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


def half_done(actions: Sequence[Action], old: str | None = None) -> HalfDone | None:
    """The newest promotion that no run has ended, or None. `old`: of those that began from this center."""
    return next((one for one in all_half_done(actions) if old in (None, one.old)), None)


def all_half_done(actions: Sequence[Action]) -> list[HalfDone]:
    """Every promotion that no run has ended, newest first.

    The end of a later run is the end of what it moved: one in the other direction says nothing of other services.
    """
    # A result without its intent, which nobody heard, is a promotion that was begun all the same.
    begun = {one.epoch: one for one in actions if one.what == "promote" and one.stage in ("intent", "done")}
    return [_as_begun(one) for _, one in sorted(begun.items(), reverse=True) if not _is_ended(one, actions)]


def _is_ended(promotion: Action, actions: Sequence[Action]) -> bool:
    ends = [one for one in actions if one.what == END and one.epoch >= promotion.epoch]
    return bool(ends) and {*promotion.services} <= {service for one in ends for service in one.services}


def _as_begun(promotion: Action) -> HalfDone:
    return HalfDone(
        workflow_id=promotion.workflow_id,
        first_run_id=promotion.first_run_id,
        epoch=promotion.epoch,
        old=promotion.old,
        new=promotion.new,
        services=promotion.services,
        labels=[label for label in promotion.target.split(", ") if label],
    )
