"""Services and components: where they run, and how they are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflows.plan import CheckSpec, Component, Plan, Service
from workflows.plan.problems import Path, Problem, unknown
from workflows.plan.variables import RESERVED, variables_in

from .centers import SEEN_BY
from .forms import why_not_positive, why_not_regex, why_not_url, why_not_user, why_not_variable
from .places import check_both, check_centers, check_host


def check(plan: Plan) -> Iterator[Problem]:
    if not plan.services:
        yield Problem(("services",), "there is no service; add at least one")
    for name, service in plan.services.items():
        at: Path = ("services", name)
        if not service.components and not service.data:
            yield Problem(at, "it has neither components nor data; add components: {NAME: {…}}")
        yield from _vars(at, service)
        for component, found in service.components.items():
            yield from _component(plan, (*at, "components", component), found)
        yield from _proof(at, service)
        yield from _drill(at, service)


def _vars(at: Path, service: Service) -> Iterator[Problem]:
    for name in service.vars:
        if reason := why_not_variable(name):
            yield Problem((*at, "vars", name), reason)
        if name in RESERVED or name in service.components:
            yield Problem((*at, "vars", name), f"{{{name}}} has a meaning already; choose another name")


def _component(plan: Plan, at: Path, component: Component) -> Iterator[Problem]:
    yield from check_both(plan, (*at, "hosts"), component.hosts, "host")
    for center, hosts in component.hosts.items():
        for place, host in enumerate(hosts):
            path: Path = (*at, "hosts", center, place)
            yield from check_host(plan, path, center, host)
            if host in hosts[:place]:
                yield Problem(path, f"{host} is named twice; name each host once")
    yield from _numbers(at, component)
    yield from check_centers(plan, (*at, "per_center"), component.per_center)
    yield from _users(at, component)
    for path, check in checks_of(at, component):
        yield from _check(path, check)
    for path, env in environments_of(at, component):
        yield from (Problem((*path, name), why) for name in env if (why := why_not_variable(name)))


def _numbers(at: Path, component: Component) -> Iterator[Problem]:
    for field in ("enough", "max_parallel"):
        if reason := why_not_positive(getattr(component, field)):
            yield Problem((*at, field), reason)
    if component.retries < 0:
        yield Problem((*at, "retries"), f"{component.retries} is below zero; write 0 or more")
    fewest = min((len(set(hosts)) for hosts in component.hosts.values()), default=0)
    if component.enough is not None and 0 < fewest < component.enough:
        text = f"{component.enough} is larger than its hosts at one center ({fewest}); write {fewest} or less"
        yield Problem((*at, "enough"), text)


def checks_of(at: Path, component: Component) -> Iterator[tuple[Path, CheckSpec]]:
    """All checks of a component, drill form included, with their paths."""
    yield (*at, "check"), component.check
    for center, own in component.per_center.items():
        if own.check is not None:
            yield (*at, "per_center", center, "check"), own.check
    if component.drill is not None and component.drill.check is not None:
        yield (*at, "drill", "check"), component.drill.check


def environments_of(at: Path, component: Component) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """All environments of a component, drill form included, with their paths."""
    yield (*at, "env"), component.env
    for center, own in component.per_center.items():
        yield (*at, "per_center", center, "env"), own.env
    if component.drill is not None:
        yield (*at, "drill", "env"), component.drill.env


def _users(at: Path, component: Component) -> Iterator[Problem]:
    users: list[tuple[Path, str | None]] = [(at, component.run_as)]
    users += [((*at, "per_center", center), own.run_as) for center, own in component.per_center.items()]
    users += [(path, check.run_as) for path, check in checks_of(at, component)]
    users += [((*at, "start"), component.start.run_as), ((*at, "stop"), component.stop.run_as)]
    for path, user in users:
        if user is not None and (reason := why_not_user(user)):
            yield Problem((*path, "run_as"), reason)


def _check(at: Path, check: CheckSpec) -> Iterator[Problem]:
    if check.tcp is not None and (reason := why_not_url(check.tcp, ["tcp"])):
        yield Problem((*at, "tcp"), reason)
    if check.http is not None and (reason := why_not_url(check.http, ["http", "https"])):
        yield Problem((*at, "http"), reason)
    if check.log is not None and not check.log.startswith(("/", "{")):
        yield Problem((*at, "log"), f"{check.log!r} is relative; write the whole path from /")
    if not 100 <= check.status <= 599:
        yield Problem((*at, "status"), f"{check.status} is no HTTP status; write one such as 200")
    for field in ("body", "says"):
        text = getattr(check, field)
        if text is not None and (reason := why_not_regex(text)):
            yield Problem((*at, field), reason)


def _proof(at: Path, service: Service) -> Iterator[Problem]:
    proof = service.proves_itself
    if proof is None:
        return
    if proof.in_ not in service.data:
        yield Problem((*at, "proves_itself", "in"), unknown("dataset", proof.in_, service.data))
    if reason := why_not_url(proof.write, ["http", "https"]):
        yield Problem((*at, "proves_itself", "write"), reason)
    if "ref" not in variables_in(proof.read):
        text = "it does not ask for what was written; use {ref}, as in: select 1 from t where ref = '{ref}'"
        yield Problem((*at, "proves_itself", "read"), text)


def _drill(at: Path, service: Service) -> Iterator[Problem]:
    for place, target in enumerate(service.drill.must_fail if service.drill else []):
        if reason := why_not_url(target, SEEN_BY):
            yield Problem((*at, "drill", "must_fail", place), reason)
