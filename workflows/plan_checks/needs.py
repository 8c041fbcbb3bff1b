"""What needs what: entries that name nothing, and cycles."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Plan, component_graph, find_cycles, resolve_need
from workflows.plan.problems import Path, Problem, unknown


def check(plan: Plan) -> Iterator[Problem]:
    for service, found in plan.services.items():
        yield from _entries(plan, service, ("services", service, "needs"), found.needs)
        for name, component in found.components.items():
            yield from _entries(
                plan, service, ("services", service, "components", name, "needs"), component.needs
            )
    yield from _cycles(plan)


def _entries(plan: Plan, service: str, at: Path, entries: list[str]) -> Iterator[Problem]:
    for place, entry in enumerate(entries):
        if resolve_need(plan, service, entry) is None:
            yield Problem((*at, place), unknown("need", entry, _known(plan, service)))


def _known(plan: Plan, service: str) -> Iterator[str]:
    own = plan.services[service]
    yield from own.components
    yield from (f"data.{name}" for name in own.data)
    for other, found in plan.services.items():
        if other != service:
            yield other
            yield from (f"{other}.{name}" for name in found.components)


def _cycles(plan: Plan) -> Iterator[Problem]:
    """Cycles of whole services first: each of their components would tell the same once more."""
    whole = {
        name: {need for need in found.needs if need in plan.services} for name, found in plan.services.items()
    }
    cycles = find_cycles(whole)
    for cycle in cycles:
        yield Problem(("services", cycle[0], "needs"), _text(cycle))
    for cycle in [] if cycles else find_cycles(component_graph(plan, plan.services)):
        service, _, component = cycle[0].partition(".")
        own: Path = ("components", component) if plan.services[service].components[component].needs else ()
        yield Problem(("services", service, *own, "needs"), _text(cycle))


def _text(cycle: list[str]) -> str:
    return f"a cycle: {' -> '.join(cycle)}; leave one of these needs out"
