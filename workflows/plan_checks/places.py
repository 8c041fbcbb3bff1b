"""What a service names by center: hosts, and whether both centers have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from workflows.plan import Plan
from workflows.plan.problems import Path, Problem, unknown


def check_centers(plan: Plan, at: Path, named: Iterable[str]) -> Iterator[Problem]:
    """Every name is a center's."""
    for center in named:
        if center not in plan.centers:
            yield Problem((*at, center), unknown("center", center, plan.centers))


def check_both(plan: Plan, at: Path, by_center: Mapping[str, object], what: str) -> Iterator[Problem]:
    """Every center is there and has something: after a failover the other one serves."""
    yield from check_centers(plan, at, by_center)
    for center in plan.centers:
        if not by_center.get(center):
            place = (*at, center) if center in by_center else at
            yield Problem(
                place, f"there is no {what} at {center}; add {center}, for either center may have to serve"
            )


def check_host(plan: Plan, at: Path, center: str, host: str) -> Iterator[Problem]:
    """The host is one of the center's; an unknown center is reported elsewhere."""
    if center in plan.centers and host not in plan.centers[center].hosts:
        yield Problem(at, unknown(f"host of {center}", host, plan.centers[center].hosts))
