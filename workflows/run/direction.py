"""From where to where a declaration goes: by the estate's record, never by a role (law 11). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from activities.models.estate import EstateView
from workflows import slices
from workflows.orders import ScenarioOrder
from workflows.plan import Plan
from workflows.run.half_done import HalfDone, half_done


@dataclass(frozen=True)
class Direction:
    """`earlier`: a promotion that another run began from `old` and did not end; this one goes on with it."""

    old: str
    new: str
    services: list[str]
    earlier: HalfDone | None


def find_direction(plan: Plan, order: ScenarioOrder, estate: EstateView) -> Direction | str:
    """The direction, or why there is nothing to declare. The half done promotion of an earlier run comes first."""
    earlier = half_done(estate.actions, order.center)
    old = order.center or (earlier.old if earlier else None) or _only_center(estate)
    if old is None:
        where = ", ".join(sorted(set(estate.active.values()))) or "no center"
        return f"services are active at {where}: say which is lost (--center)"
    # What the earlier run recorded as moved is still to be brought to its end.
    active = sorted({*estate.at(old), *(earlier.services if earlier else [])})
    services = order.services or active
    if earlier and (left := sorted(set(earlier.services) - set(services))):
        return f"{earlier.words}: {', '.join(left)} belongs to it, name it in the same run"
    if missing := [service for service in active if service not in plan.services]:
        return f"the estate has {', '.join(missing)} and this plan does not: apply it, or use the other"
    reason = slices.why_not_scope(plan, services, active, old) if services else None
    return reason or Direction(old, plan.other(old), services, earlier)


def _only_center(estate: EstateView) -> str | None:
    centers = set(estate.active.values())
    return centers.pop() if len(centers) == 1 else None


def what_stops(estate: EstateView, run: str) -> list[str]:
    """Ids of the runs that a declaration stops: the holder of the lease and the guests, but itself."""
    holder = [estate.lease.workflow_id] if estate.lease else []
    return [one for one in (*holder, *(guest.workflow_id for guest in estate.guests)) if one != run]
