"""What needs what: references in `needs`, the graph of components, and cycles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from .estate_plan import Plan


@dataclass(frozen=True)
class Need:
    """What one entry of `needs` names. `name` is empty for a whole service."""

    kind: Literal["dataset", "component", "service"]
    service: str
    name: str = ""


def resolve_need(plan: Plan, service: str, text: str) -> Need | None:
    """What an entry means, seen from a service; None: nothing of that name.

    Its own: data.DATASET and COMPONENT. Another's: SERVICE, SERVICE.COMPONENT and SERVICE.data.DATASET.
    A service's own component comes before a service of the same name.
    """
    parts = text.split(".")
    own = plan.services[service]
    if parts[0] == "data" and len(parts) == 2:
        return Need("dataset", service, parts[1]) if parts[1] in own.data else None
    if len(parts) == 1 and text in own.components:
        return Need("component", service, text)
    return _elsewhere(plan, parts)


def _elsewhere(plan: Plan, parts: list[str]) -> Need | None:
    found = plan.services.get(parts[0])
    match parts[1:]:
        case [] if found is not None:
            return Need("service", parts[0])
        case [name] if found is not None and name in found.components:
            return Need("component", parts[0], name)
        case ["data", name] if found is not None and name in found.data:
            return Need("dataset", parts[0], name)
    return None


def component_graph(plan: Plan, services: Iterable[str]) -> dict[str, set[str]]:
    """For each component of the named services, as "service.component": those that must be up before it.

    Datasets are no nodes: they are promoted before any component starts. Components of services outside the
    list are left out, since a run does not start what is not in its scope.
    """
    scope = set(services)
    graph: dict[str, set[str]] = {}
    for service in sorted(scope):
        shared = _components(plan, service, plan.services[service].needs)
        for name, component in plan.services[service].components.items():
            needed = shared | _components(plan, service, component.needs)
            graph[f"{service}.{name}"] = {label for label in needed if label.partition(".")[0] in scope}
    return graph


def service_graph(plan: Plan) -> dict[str, set[str]]:
    """Service -> the services that it needs as a whole or in part, by its own `needs` and its components'."""
    graph: dict[str, set[str]] = {}
    for service, found in plan.services.items():
        entries = [
            *found.needs,
            *(entry for component in found.components.values() for entry in component.needs),
        ]
        needed = [resolve_need(plan, service, entry) for entry in entries]
        graph[service] = {need.service for need in needed if need and need.service != service}
    return graph


def datasets_needed(plan: Plan, service: str) -> set[str]:
    """The labels "service.dataset" that a service stands on: its own, and those that its `needs` name."""
    found = plan.services[service]
    entries = [*found.needs, *(entry for component in found.components.values() for entry in component.needs)]
    needed = [resolve_need(plan, service, entry) for entry in entries]
    named = {f"{need.service}.{need.name}" for need in needed if need and need.kind == "dataset"}
    return named | {f"{service}.{name}" for name in found.data}


def _components(plan: Plan, service: str, entries: Iterable[str]) -> set[str]:
    labels: set[str] = set()
    for entry in entries:
        need = resolve_need(plan, service, entry)
        if need and need.kind == "component":
            labels.add(f"{need.service}.{need.name}")
        elif need and need.kind == "service":
            labels |= {f"{need.service}.{name}" for name in plan.services[need.service].components}
    return labels


def find_cycles(graph: Mapping[str, AbstractSet[str]], most: int = 10) -> list[list[str]]:
    """Cycles of a graph, each as a -> b -> a where every node needs the next one; at most `most` of them."""
    left = {node: set(needed) for node, needed in sorted(graph.items())}
    cycles: list[list[str]] = []
    while len(cycles) < most and (cycle := _find_cycle(left)):
        cycles.append(cycle)
        left[cycle[0]].discard(cycle[1])
    return cycles


def _find_cycle(graph: Mapping[str, AbstractSet[str]]) -> list[str] | None:
    try:
        TopologicalSorter({node: sorted(needed) for node, needed in graph.items()}).prepare()
    except CycleError as error:
        found: list[str] = error.args[1][:0:-1]  # each node of graphlib's list is needed by the next
        turn = found.index(min(found))
        return [*found[turn:], *found[:turn], found[turn]]
    return None
