"""What is known of a fenced center, and whether it may be fenced again (laws 1, 10, 11). Pure: a reason, or None."""

from __future__ import annotations

from collections.abc import Collection

from activities.models import FenceOrder, FenceSeen, Value
from activities.models.estate import Action, EstateView
from workflows.half_done import half_done


class Fenced(Value):
    """Which center was fenced, under which epoch, and the services that are taken away from it."""

    center: str
    services: list[str]
    epoch: int


def obligation_id(center: str) -> str:
    return f"fence/{center}"


def why_unfenced(devices: Collection[FenceOrder], seen: FenceSeen, held: Collection[str]) -> str | None:
    """Why a center does not count as fenced. `held`: devices that were seen to hold it before.

    Silence is neither fenced nor open: it is told, and nothing is done on it.
    """
    if seen.serving:
        return f"{', '.join(seen.serving)} serves, seen from {seen.sighting.vantage}"
    clients = [one.name for one in devices if one.stops == "clients" and one.name in seen.open]
    writers = [one.name for one in devices if one.stops == "writers"]
    # One writers' fence is enough: those after it in the plan were never closed.
    holds = any(name in seen.fenced for name in writers)
    may_hold = any(name in seen.silent and (name in held or not held) for name in writers)
    opened = [] if holds or may_hold else [name for name in writers if name in seen.open]
    found = [*clients, *opened]
    return f"{', '.join(found)} no longer holds it" if found else None


def is_obliged(view: EstateView, fenced: Fenced) -> bool:
    return any(one.id == obligation_id(fenced.center) for one in view.obligations)


def is_forgotten(view: EstateView, fenced: Fenced) -> bool:
    """Whether the Estate was lost and rebuilt since: it knows of no irreversible step of that time."""
    return view.epoch > fenced.epoch and not any(one.epoch <= fenced.epoch for one in view.actions)


def why_over(view: EstateView, fenced: Fenced, *, was_obliged: bool) -> str | None:
    """Why nobody needs to watch a center that was found open."""
    lifted = _last(view.actions, fenced.center)
    if lifted is not None and (lifted.what, lifted.stage) == ("lift", "done"):
        return f"{lifted.workflow_id} lifted the fence"
    if was_obliged and not is_obliged(view, fenced) and not is_forgotten(view, fenced):
        return "the obligation was cleared"
    if view.lease is None and (reason := why_active(view, fenced)):
        return f"{reason}, and no run goes on there"
    return None


def why_unsure(view: EstateView, fenced: Fenced) -> str | None:
    """Why the Estate's word says nothing about this center."""
    if any(service in view.active for service in fenced.services):
        return None
    return f"the Estate knows none of {', '.join(fenced.services) or 'its services'}"


def why_not_again(view: EstateView, fenced: Fenced) -> str | None:
    """Why a center must not be fenced again: it is the active one, or people are lifting its fence."""
    lifted = _last(view.actions, fenced.center)
    if lifted is not None and lifted.what == "lift":
        return f"{lifted.workflow_id} is lifting its fence"
    return why_active(view, fenced)


def why_active(view: EstateView, fenced: Fenced) -> str | None:
    """Services at other centers, or outside the run that fenced, are no reason: that run stopped the whole center."""
    here = [service for service in fenced.services if view.active.get(service) == fenced.center]
    if here and not _is_left(view, fenced):
        return f"{', '.join(here)} is active at {fenced.center} by the Estate's record"
    return None


def _is_left(view: EstateView, fenced: Fenced) -> bool:
    """Whether a promotion of the other side was begun: from its intent on this center stays closed, whoever goes on."""
    half = half_done(view.actions)
    return half is not None and half.old == fenced.center


def _last(actions: Collection[Action], center: str) -> Action | None:
    """The newest word on the fence of a center."""
    found = [one for one in actions if one.what in ("fence", "lift") and one.target == center]
    # By their own times: a result that nobody waited for may arrive after a later intent.
    return sorted(found, key=lambda one: one.at)[-1] if found else None
