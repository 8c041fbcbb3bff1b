"""Cross-checks: what no single field of a plan can say. Pure functions that yield problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workflows.plan import Plan
from workflows.plan.problems import Problem

from . import centers, data, fences, filled, names, needs, operations, people, services, traffic
from .not_yet import NOT_YET, not_yet

__all__ = ["NOT_YET", "problems_of"]

_CHECKS: tuple[Callable[[Plan], Iterator[Problem]], ...] = (
    names.check,
    people.check,
    centers.check,
    fences.check,
    services.check,
    needs.check,
    data.check,
    traffic.check,
    operations.check,
    filled.check,
    not_yet,
)


def problems_of(plan: Plan) -> list[Problem]:
    """All that is wrong with a plan whose every field can be read."""
    return [problem for check in _CHECKS for problem in check(plan)]
