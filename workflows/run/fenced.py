"""What is known of a fenced center, and whether it may be fenced again (laws 1, 10, 11). Pure: a reason, or None."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pydantic import Field

from activities.models import FenceOrder, FenceSeen, Value
from activities.models.estate import Action, EstateView, Lease, Obligation
from activities.models.fences import SILENT
from workflows.run.half_done import half_done


class Fenced(Value):
    """Which center was fenced, under which epoch, and the services that are taken away from it.

    `guards`: the datasets whose expired guards were all that stopped the writers there, no device having confirmed.
    """

    center: str
    services: list[str]
    epoch: int
    guards: list[str] = Field(default_factory=list)

    @property
    def how(self) -> str:
        return f"epoch {self.epoch}" + (
            f", by the guards of {', '.join(self.guards)} alone" if self.guards else ""
        )


class Known(Protocol):
    """What an Estate knows, as it carries it or as it tells it."""

    @property
    def active(self) -> Mapping[str, str]: ...

    @property
    def left(self) -> Mapping[str, str]: ...

    @property
    def lease(self) -> Lease | None: ...

    @property
    def actions(self) -> Sequence[Action]: ...

    @property
    def obligations(self) -> Sequence[Obligation]: ...

    @property
    def holder(self) -> Lease | None: ...


def center_of(known: Known, service: str) -> str | None:
    """Where a service lives, or lived when a plan named it last; None: nobody knows."""
    return known.active.get(service, known.left.get(service))


def moved_from(known: Known, center: str, services: Collection[str]) -> list[str]:
    """Those that live elsewhere by now. One of which nobody knows where it lives counts: it may (law 2)."""
    return sorted(one for one in services if center_of(known, one) != center)


def obligation_id(center: str) -> str:
    return f"fence/{center}"


def obligation_of(known: Known, center: str) -> Obligation | None:
    """By which the fence of a center stands, or None: nothing is owed there."""
    found = [one for one in known.obligations if one.id == obligation_id(center)]
    return found[0] if found else None


def begins_at(known: Known, home: str, centers: Collection[str]) -> str:
    """Where a new service lives: at home, but never at a center whose fence stands while another is open (law 1)."""
    return next((one for one in (home, *centers) if obligation_of(known, one) is None), home)


def why_unfenced(devices: Collection[FenceOrder], seen: FenceSeen, held: Collection[str]) -> str | None:
    """Why a center does not count as fenced. `held`: devices that were seen to hold it before.

    Silence is neither fenced nor open: it is told, and nothing is done on it.
    """
    if seen.serving:
        verb = "serve" if len(seen.serving) > 1 else "serves"
        return f"{', '.join(seen.serving)} {verb}, seen from {seen.sighting.vantage}"
    clients = [one.name for one in devices if one.stops == "clients" and one.name in seen.open]
    writers = [one.name for one in devices if one.stops == "writers"]
    # One writers' fence is enough: those after it in the plan were never closed.
    holds = any(name in seen.fenced for name in writers)
    may_hold = any(name in seen.silent and (name in held or not held) for name in writers)
    opened = [] if holds or may_hold else [name for name in writers if name in seen.open]
    found = [*clients, *opened]
    verb = "hold" if len(found) > 1 else "holds"
    return f"{', '.join(found)} no longer {verb} it" if found else None


def what_is_open(seen: Collection[FenceSeen]) -> set[str]:
    """All that serves there, and the devices that do not hold it, from wherever it is seen."""
    return {line for one in seen for line in one.matters if not line.startswith(SILENT)}


def is_obliged(view: EstateView, fenced: Fenced) -> bool:
    return obligation_of(view, fenced.center) is not None


def is_forgotten(view: EstateView, fenced: Fenced) -> bool:
    """Whether the Estate was lost and rebuilt since: it knows of no irreversible step of that time."""
    return view.epoch > fenced.epoch and not any(one.epoch <= fenced.epoch for one in view.actions)


def why_over(view: EstateView, fenced: Fenced, *, was_obliged: bool) -> str | None:
    """Why nobody needs to watch a center that was found open. While its obligation stands, somebody does."""
    lift = _lift_of(view, fenced.center)
    if lift is not None and lift.stage == "done":
        return f"{lift.workflow_id} lifted the fence"
    if is_obliged(view, fenced):
        return None
    if was_obliged and not is_forgotten(view, fenced):
        return "the obligation was cleared"
    if view.lease is None and (reason := why_active(view, fenced)):
        return f"{reason}, and no run goes on there"
    return None


def why_unsure(view: EstateView, fenced: Fenced) -> str | None:
    """Why the Estate's word says nothing about this center."""
    if any(center_of(view, service) for service in fenced.services):
        return None
    return f"the Estate knows none of {', '.join(fenced.services) or 'its services'}"


def why_not_again(view: EstateView, fenced: Fenced) -> str | None:
    """Why a center must not be fenced again: it is the active one, or a run is lifting its fence."""
    lift = _lift_of(view, fenced.center)
    if lift is not None:
        return f"{lift.workflow_id} is lifting its fence"
    return why_active(view, fenced)


def needs_watch(known: Known, center: str) -> bool:
    """Whether somebody must watch: its fence stands on the book, and no run opens it or has opened it."""
    return obligation_of(known, center) is not None and _lift_of(known, center) is None


def fenced_as(known: Known, owed: Obligation) -> Fenced:
    """What was fenced, as far as the Estate knows: for a watch that begins anew."""
    fence = _newest(_fences(known, owed.target))
    if fence is None:
        away = sorted(one for one, center in known.active.items() if center != owed.target)
        return Fenced(center=owed.target, services=away or sorted(known.active), epoch=owed.epoch)
    services = sorted(_guarded(known, owed.target))
    return Fenced(center=owed.target, services=services, epoch=fence.epoch, guards=fence.guards)


def both_fenced(before: Fenced, later: Fenced) -> Fenced:
    """A later run fenced the same center: what an earlier one moved away from there is still guarded by it (law 1).

    A run that has just begun to fence confirmed nothing: until then the guards that stopped its writers do.
    """
    services = sorted({*before.services, *later.services})
    is_begun = later.epoch > before.epoch and not later.guards
    guards = before.guards if is_begun else later.guards
    return later.model_copy(update={"services": services, "guards": guards})


def why_only_failback(known: Known, center: str, services: Collection[str] = ()) -> str | None:
    """Why the fence of a center may not simply be lifted: the other side was promoted, or may be (law 1).

    `services`: that count beside those that were fenced with it.
    """
    if half := half_done(known.actions, center):
        return half.words
    fenced = _guarded(known, center) or {*known.active, *known.left}
    moved = moved_from(known, center, {*fenced, *services})
    if not moved:
        return None
    if lost := [one for one in moved if center_of(known, one) is None]:
        return f"nobody knows where {', '.join(lost)} lives by now: the plan of the estate does not name it"
    verb = "are" if len(moved) > 1 else "is"
    return f"{', '.join(moved)} {verb} active at {center_of(known, moved[0])} by now"


def why_active(view: EstateView, fenced: Fenced) -> str | None:
    """Services outside the runs that fenced are no reason, nor those that stayed behind when others were moved.

    Such a run stopped the whole center, and only a failback opens it again.
    """
    center = fenced.center
    here = [service for service in fenced.services if center_of(view, service) == center]
    if not here or _is_left(view, fenced):
        return None
    # A name that a signal brought and no Estate ever knew must not get the active center fenced.
    known = {service for service in fenced.services if center_of(view, service)}
    if moved_from(view, center, {*known, *_guarded(view, center)}):
        return None
    return f"{', '.join(here)} is active at {center} by the Estate's record"


def _is_left(view: EstateView, fenced: Fenced) -> bool:
    """Whether a promotion of the other side was begun: from its intent on this center stays closed, whoever goes on."""
    return half_done(view.actions, fenced.center) is not None


def _guarded(known: Known, center: str) -> set[str]:
    """The services that were fenced there. Where a fence is owed of which no record is left, it may be any of them:
    any of those that the estate had when it was rebuilt, for what came later was never fenced.
    """
    fences, owed = _fences(known, center), obligation_of(known, center)
    found = {service for one in fences for service in one.services} | {*(owed.services if owed else ())}
    if not found and not fences and owed is not None:
        return {*known.active, *known.left}
    return found


def _fences(known: Known, center: str) -> list[Action]:
    return [one for one in known.actions if (one.what, one.target) == ("fence", center)]


def _lift_of(known: Known, center: str) -> Action | None:
    """The lift that was done, or goes on: one that its run gave up counts no more, nor does one whose run is over or
    lost the lease.
    """
    last = _newest([one for one in known.actions if one.what in ("fence", "lift") and one.target == center])
    if last is None or last.what != "lift" or last.stage == "failed":
        return None
    return last if last.stage == "done" or _goes_on(known, last) else None


def lifted_by(known: Known, center: str) -> str | None:
    """The run by whose word no fence is left there, or None: one is owed still, or was made since, or nobody knows."""
    last = _last_begun(known, center)
    if obligation_of(known, center) is not None or last is None:
        return None
    return last.workflow_id if (last.what, last.stage) == ("lift", "done") else None


def is_lifting(known: Known, center: str, first_run_id: str) -> bool:
    """Whether that run began a lift there and has not said how it ended."""
    last = _last_begun(known, center)
    return last is not None and (last.what, last.stage, last.first_run_id) == ("lift", "intent", first_run_id)


def _last_begun(known: Known, center: str) -> Action | None:
    """A result alone makes no fence: a run that was reset reports that of its former self once more."""
    acts = [one for one in known.actions if one.target == center]
    return _newest(
        [one for one in acts if one.what == "lift" or (one.what, one.stage) == ("fence", "intent")]
    )


def _goes_on(known: Known, action: Action) -> bool:
    return known.holder is not None and known.holder.first_run_id == action.first_run_id


def _newest(actions: Collection[Action]) -> Action | None:
    # By their own times: a result that nobody waited for may arrive after a later intent.
    return sorted(actions, key=lambda one: one.at)[-1] if actions else None
