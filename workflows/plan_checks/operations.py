"""Batches, maintenance and schedules: names that are there, orders that end."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Batch, BatchJob, Maintenance, Plan, Schedule, find_cycles
from workflows.plan.problems import Path, Problem, unknown

from .forms import why_not_positive, why_not_user
from .places import check_host

SCENARIOS = ("ipl-start", "ipl-stop", "switchover", "drill", "readiness")
NAMED = ("batch", "maintenance")


def check(plan: Plan) -> Iterator[Problem]:
    for name, batch in plan.batches.items():
        yield from _batch(plan, ("batches", name), batch)
    for name, maintenance in plan.maintenance.items():
        yield from _maintenance(plan, ("maintenance", name), maintenance)
    for place, schedule in enumerate(plan.schedules):
        yield from _schedule(plan, ("schedules", place), schedule)


def _batch(plan: Plan, at: Path, batch: Batch) -> Iterator[Problem]:
    if reason := why_not_positive(batch.max_parallel):
        yield Problem((*at, "max_parallel"), reason)
    for name, job in batch.jobs.items():
        path: Path = (*at, "jobs", name)
        yield from _job(plan, path, job)
        for place, need in enumerate(job.needs):
            if need not in batch.jobs:
                yield Problem((*path, "needs", place), unknown("job", need, batch.jobs))
    graph = {name: {need for need in job.needs if need in batch.jobs} for name, job in batch.jobs.items()}
    for cycle in find_cycles(graph):
        text = f"a cycle: {' -> '.join(cycle)}; leave one of these needs out"
        yield Problem((*at, "jobs", cycle[0], "needs"), text)


def _job(plan: Plan, at: Path, job: BatchJob) -> Iterator[Problem]:
    if job.service is not None and job.service not in plan.services:
        yield Problem((*at, "service"), unknown("service", job.service, plan.services))
    if job.run_as is not None and (reason := why_not_user(job.run_as)):
        yield Problem((*at, "run_as"), reason)
    if job.retries < 0:
        yield Problem((*at, "retries"), f"{job.retries} is below zero; write 0 or more")
    if not job.hosts:
        yield Problem((*at, "hosts"), "there is no host; name at least one")
    yield from _at(plan, at, job.at)
    for center in plan.centers if job.at in ("active", "passive") else [job.at]:
        for place, host in enumerate(job.hosts):
            yield from check_host(plan, (*at, "hosts", place), center, host)


def _at(plan: Plan, at: Path, where: str) -> Iterator[Problem]:
    if where not in ("active", "passive", *plan.centers):
        yield Problem((*at, "at"), unknown("place", where, ["active", "passive", *plan.centers]))


def _maintenance(plan: Plan, at: Path, maintenance: Maintenance) -> Iterator[Problem]:
    for place, service in enumerate(maintenance.services):
        if service not in plan.services:
            yield Problem((*at, "services", place), unknown("service", service, plan.services))
    yield from _at(plan, at, maintenance.at)
    for place, task in enumerate(maintenance.tasks):
        if reason := why_not_positive(task.batch_size):
            yield Problem((*at, "tasks", place, "batch_size"), reason)


def _schedule(plan: Plan, at: Path, schedule: Schedule) -> Iterator[Problem]:
    kind, _, name = schedule.scenario.partition(" ")
    if kind in NAMED:
        known = plan.batches if kind == "batch" else plan.maintenance
        if name not in known:
            yield Problem((*at, "scenario"), unknown(kind, name, known))
    elif schedule.scenario not in SCENARIOS:
        known_scenarios = [*SCENARIOS, *(f"{word} NAME" for word in NAMED)]
        yield Problem((*at, "scenario"), unknown("scenario", schedule.scenario, known_scenarios))
    if schedule.level is not None and kind != "drill":
        yield Problem((*at, "level"), "only a drill has a level; leave it out")
