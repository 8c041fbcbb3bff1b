"""A service's part of a plan: its components, their hosts, commands and checks."""

from __future__ import annotations

from activities.models import Check, Command
from workflows import names
from workflows.orders import ComponentPart, HostPart, ServiceOrder
from workflows.plan import (
    Component,
    Plan,
    component_graph,
    fill,
    host_target,
    values_at,
)

COMMAND_CHECK = 5.0  # a check by a command is given at least this long: it starts programs


def service_order(
    plan: Plan, service: str, center: str, scope: list[str], *, up: bool, **run: object
) -> ServiceOrder:
    """A service's slice; `scope` are the services of the run, `run` what the child is told of its parent."""
    graph = component_graph(plan, scope)
    needs = graph if up else _reversed(graph)
    return ServiceOrder.model_validate(
        {
            "estate": plan.estate,
            "service": service,
            "center": center,
            "up": up,
            "components": [
                _component(
                    plan, service, name, component, center, sorted(needs[names.component(service, name)]), up
                )
                for name, component in plan.services[service].components.items()
            ],
            "is_proven": plan.services[service].proves_itself is not None,
            "people": sorted(plan.people),
            "code_secrets": plan.code_secrets,
            "orders_proof": plan.steering.proof == "code",
            "language": plan.language,
            "timezone": plan.timezone,
            **run,
        }
    )


def _reversed(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    return {label: {other for other, needed in graph.items() if label in needed} for label in graph}


def _component(
    plan: Plan, service: str, name: str, component: Component, center: str, needs: list[str], up: bool
) -> ComponentPart:
    hosts = component.hosts.get(center, [])
    return ComponentPart(
        name=name,
        label=names.component(service, name),
        needs=needs,
        hosts=[_host(plan, service, component, center, host, up) for host in hosts],
        # Everything is stopped on every host: `enough` is a quorum of what serves.
        enough=min(component.enough or len(hosts), len(hosts)) if up else len(hosts),
        max_parallel=component.max_parallel or max(len(hosts), 1),
        settle_s=component.settle,
        ready_within_s=component.ready_within,
        retries=component.retries,
    )


def _host(plan: Plan, service: str, component: Component, center: str, host: str, up: bool) -> HostPart:
    values = values_at(plan, service, center, host)
    act = component.act_at(center, "start" if up else "stop")
    command = Command(
        run=fill(act.run, values),
        run_as=act.run_as,
        env={key: fill(value, values) for key, value in component.env_at(center).items()},
        timeout_s=act.timeout,
        kill_after_s=act.kill_after,
    )
    return HostPart(
        host=host,
        target=host_target(plan, center, host),
        act=command,
        kill=command.model_copy(update={"run": fill(act.kill, values)}) if act.kill else None,
        check=check(component, center, values),
    )


def check(component: Component, center: str, values: dict[str, str]) -> Check:
    """How a component is looked at at a center, filled in."""
    spec = component.check_at(center)
    command = None
    if spec.run is not None:
        env = {key: fill(value, values) for key, value in component.env_at(center).items()}
        timeout_s = max(spec.timeout, COMMAND_CHECK)
        command = Command(run=fill(spec.run, values), run_as=spec.run_as, env=env, timeout_s=timeout_s)
    return Check(
        kind=spec.kind,
        url=fill(spec.tcp or spec.http or "", values),
        status=spec.status,
        body=spec.body,
        command=command,
        path=fill(spec.log or "", values),
        says=spec.says or "",
        timeout_s=spec.timeout,
    )
