"""Names of things, and what they must not collide with (law 14)."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterable, Iterator

from workflows.plan import Plan
from workflows.plan.problems import Path, Problem, unknown
from workflows.plan.traffic import RECORD_KEYS
from workflows.plan.variables import RESERVED

from .forms import why_not_name

_CENTERS = RECORD_KEYS | {"control", "active", "passive", "third-site"}


def check(plan: Plan) -> Iterator[Problem]:
    for path in _all_names(plan):
        if reason := why_not_name(str(path[-1] if path != ("estate",) else plan.estate)):
            yield Problem(path, reason)
    yield from _taken((("centers", name) for name in plan.centers), _CENTERS)
    for service, found in plan.services.items():
        yield from _taken([("services", service)], {"data"})
        components: list[Path] = [("services", service, "components", name) for name in found.components]
        yield from _taken(components, RESERVED | {"data"})
    yield from _timezone(plan)


def _all_names(plan: Plan) -> Iterator[Path]:
    yield ("estate",)
    for section in ("people", "centers", "devices", "services", "batches", "maintenance"):
        yield from ((section, name) for name in getattr(plan, section))
    for center, at in plan.centers.items():
        yield from (("centers", center, "hosts", host) for host in at.hosts)
    for service, found in plan.services.items():
        yield from (("services", service, "components", name) for name in found.components)
        yield from (("services", service, "data", name) for name in found.data)
    for batch, jobs in plan.batches.items():
        yield from (("batches", batch, "jobs", name) for name in jobs.jobs)


def _taken(paths: Iterable[Path], words: Collection[str]) -> Iterator[Problem]:
    for path in paths:
        if str(path[-1]) in words:
            yield Problem(path, f"{path[-1]} has a meaning of its own in plans; choose another name")


def _timezone(plan: Plan) -> Iterator[Problem]:
    try:
        zoneinfo.ZoneInfo(plan.timezone)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        yield Problem(("timezone",), unknown("timezone", plan.timezone, zoneinfo.available_timezones()))
