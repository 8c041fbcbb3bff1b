"""Variables in commands, checks and URLs: names that are known, braces that are meant."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Act, CheckSpec, Plan, Service
from workflows.plan.problems import Path, Problem, unknown
from workflows.plan.variables import HOST_NAMES, variables_in, why_not_braces

from .services import checks_of, environments_of

Text = tuple[Path, str | None, frozenset[str]]
_CENTER = frozenset({"center"})


def check(plan: Plan) -> Iterator[Problem]:
    for path, text, known in _texts(plan):
        if text is not None:
            yield from _problems(path, text, known)


def _problems(path: Path, text: str, known: frozenset[str]) -> Iterator[Problem]:
    if reason := why_not_braces(text):
        yield Problem(path, reason)
    for name in dict.fromkeys(variables_in(text)):
        if name not in known:
            hint = f"; for the braces themselves write {{{{{name}}}}}"
            yield Problem(path, unknown("variable", name, known) + hint)


def _texts(plan: Plan) -> Iterator[Text]:
    """Every text that is filled in, with the names that are known there."""
    for name, service in plan.services.items():
        known = _CENTER | set(service.vars) | set(service.components)
        yield from _of_service(("services", name), service, known)
        yield from _of_components(("services", name), service, known | HOST_NAMES)
    yield from _of_devices(plan)
    yield from _of_operations(plan)


def _of_service(at: Path, service: Service, known: frozenset[str]) -> Iterator[Text]:
    for name, value in service.vars.items():
        yield (*at, "vars", name), value, frozenset()
    for name, dataset in service.data.items():
        for kind, part in (("postgresql", dataset.postgresql), ("script", dataset.script)):
            for verb in ("status", "drain", "promote", "demote"):
                yield (*at, "data", name, kind, verb), getattr(part, verb, None), known | HOST_NAMES
        if dataset.guard is not None:
            yield (*at, "data", name, "guard", "close"), dataset.guard.close, known | HOST_NAMES
            yield (*at, "data", name, "guard", "kill"), dataset.guard.kill, known | HOST_NAMES
    if service.proves_itself is not None:
        yield (*at, "proves_itself", "write"), service.proves_itself.write, known | {"ref"}
        yield (*at, "proves_itself", "read"), service.proves_itself.read, known | {"ref"}
    if service.drill is not None:
        yield (*at, "drill", "smoke"), service.drill.smoke, known | _clones(service) | HOST_NAMES


def _of_components(at: Path, service: Service, known: frozenset[str]) -> Iterator[Text]:
    for name, component in service.components.items():
        here: Path = (*at, "components", name)
        acts: list[tuple[Path, Act | None]] = [
            ((*here, "start"), component.start),
            ((*here, "stop"), component.stop),
        ]
        for center, own in component.per_center.items():
            acts += [
                ((*here, "per_center", center, "start"), own.start),
                ((*here, "per_center", center, "stop"), own.stop),
            ]
        if component.drill is not None:
            acts += [
                ((*here, "drill", "start"), component.drill.start),
                ((*here, "drill", "stop"), component.drill.stop),
            ]
        for path, act in acts:
            yield (*path, "run"), act.run if act else None, _known(path, service, known)
            yield (*path, "kill"), act.kill if act else None, _known(path, service, known)
        for path, look in checks_of(here, component):
            yield from _of_check(path, look, _known(path, service, known))
        for path, env in environments_of(here, component):
            for key, value in env.items():
                yield (*path, key), value, _known(path, service, known)


def _of_check(at: Path, look: CheckSpec, known: frozenset[str]) -> Iterator[Text]:
    """Regular expressions are left as they are: braces have a meaning there."""
    for field in ("tcp", "http", "run", "log"):
        yield (*at, field), getattr(look, field), known


def _known(path: Path, service: Service, known: frozenset[str]) -> frozenset[str]:
    return known | _clones(service) if "drill" in path[4:] else known


def _clones(service: Service) -> frozenset[str]:
    return frozenset(f"clone.{name}" for name in service.data)


def _of_devices(plan: Plan) -> Iterator[Text]:
    for name, center in plan.centers.items():
        for place, fence in enumerate(center.fence):
            at: Path = ("centers", name, "fence", place)
            for verb, order in zip(("run", "lift", "confirm"), fence.commands or (), strict=False):
                yield (*at, verb, "command"), order.command, _CENTER
            if fence.confirm is not None:
                yield (*at, "confirm", "says"), fence.confirm.says, _CENTER
    for place, traffic in enumerate(plan.traffic):
        if traffic.command is not None:
            at = ("traffic", place, "command")
            yield (*at, "move", "command"), traffic.command.move.command, _CENTER
            yield (*at, "confirm", "command"), traffic.command.confirm.command, _CENTER
            yield (*at, "confirm", "says"), traffic.command.confirm.says, _CENTER


def _of_operations(plan: Plan) -> Iterator[Text]:
    everywhere = _CENTER | HOST_NAMES
    shared = {name for service in plan.services.values() for name in service.vars}
    for batch, jobs in plan.batches.items():
        for name, job in jobs.jobs.items():
            own = plan.services.get(job.service or "")
            known = everywhere | {"business_date"} | (set(own.vars) if own else shared)
            at: Path = ("batches", batch, "jobs", name)
            yield (*at, "run"), job.run, known
            for key, value in job.env.items():
                yield (*at, "env", key), value, known
    for name, maintenance in plan.maintenance.items():
        for place, task in enumerate(maintenance.tasks):
            yield ("maintenance", name, "tasks", place, "run"), task.run, everywhere
