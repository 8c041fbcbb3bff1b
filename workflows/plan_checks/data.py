"""Datasets: one host at each center, and names that are there."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Dataset, Plan
from workflows.plan.problems import Path, Problem

from . import guards
from .forms import why_not_port, why_not_secret, why_not_user
from .places import check_both, check_host


def check(plan: Plan) -> Iterator[Problem]:
    for service, found in plan.services.items():
        for name, dataset in found.data.items():
            yield from _dataset(plan, ("services", service, "data", name), dataset)
            yield from guards.check(plan, ("services", service, "data", name), dataset)


def _dataset(plan: Plan, at: Path, dataset: Dataset) -> Iterator[Problem]:
    yield from check_both(plan, (*at, "hosts"), dataset.hosts, "host")
    for center, host in dataset.hosts.items():
        yield from check_host(plan, (*at, "hosts", center), center, host)
    if dataset.consistent_when is not None and not dataset.consistent_when.strip():
        yield Problem(
            (*at, "consistent_when"), "the query is empty; write one that gives true, or leave it out"
        )
    database = dataset.postgresql
    if database is None:
        return
    if reason := why_not_port(database.port):
        yield Problem((*at, "postgresql", "port"), reason)
    if reason := why_not_secret(database.login):
        yield Problem((*at, "postgresql", "login"), reason)
    if reason := why_not_user(database.run_as):
        yield Problem((*at, "postgresql", "run_as"), reason)
