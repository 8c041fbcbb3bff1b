"""Data of a plan: its sides, and which services stand on it."""

from __future__ import annotations

from activities.models import Command, DatasetSide
from workflows.plan import (
    Plan,
    datasets_needed,
    fill,
    host_target,
    values_at,
)


def side(plan: Plan, label: str, center: str) -> DatasetSide:
    """One side of the dataset `service.dataset`."""
    service, _, name = label.partition(".")
    dataset = plan.dataset(label)
    kind = dataset.postgresql
    common = {
        "service": service,
        "dataset": name,
        "kind": dataset.kind,
        "center": center,
        "target": host_target(plan, center, dataset.hosts[center]),
        "consistent_when": dataset.consistent_when,
        "rpo_s": plan.rpo_of(service, name),
    }
    if kind is None:
        return DatasetSide.model_validate(common)
    values = values_at(plan, service, center, dataset.hosts[center])
    promote = {"promote": Command(run=fill(kind.promote, values), run_as=kind.run_as)} if kind.promote else {}
    own = {
        "port": kind.port,
        "database": kind.database,
        "login": kind.login,
        "run_as": kind.run_as,
        "commands": promote,
    }
    return DatasetSide.model_validate(common | own)


def datasets(plan: Plan, services: list[str]) -> list[str]:
    """Labels of the datasets that the named services stand on, their own and others', sorted."""
    return sorted({label for service in services for label in datasets_needed(plan, service)})


def why_not_scope(plan: Plan, services: list[str], active: list[str], center: str) -> str | None:
    """Why a run cannot move just these services away from a center, or None. `active`: those that live there."""
    strangers = [service for service in services if service not in active]
    if strangers:
        return f"{', '.join(strangers)} is not active at {center}; there are {', '.join(active)}"
    for label in datasets(plan, services):
        others = [s for s in active if s not in services and label in datasets_needed(plan, s)]
        if others:
            return f"{label} serves {', '.join(others)} too: name it in the same run"
    return None
