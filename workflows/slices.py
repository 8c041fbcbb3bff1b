"""From the plan to what activities and children get: only their own part of it (laws 12, 13)."""

from __future__ import annotations

from collections.abc import Collection

from activities.models import (
    Check,
    Command,
    DatasetSide,
    DnsMove,
    FenceOrder,
    GuardOrder,
    Probe,
)
from activities.models.estate import Registration, SampleTarget
from workflows import names
from workflows.orders import ComponentPart, HostPart, ServiceOrder
from workflows.plan import (
    Component,
    DeviceCommand,
    Fence,
    Plan,
    PlanSnapshot,
    component_graph,
    datasets_needed,
    fill,
    host_target,
    target_at,
    values_at,
)
from workflows.redfish_slices import redfish_power

PROBE_TIMEOUT = 1.0  # seconds; a center that needs longer to answer does not serve
DEVICE_TIMEOUT = 20.0
COMMAND_CHECK = 5.0  # a check by a command is given at least this long: it starts programs


def probes(urls: list[str]) -> list[Probe]:
    return [Probe(url=url, timeout_s=PROBE_TIMEOUT) for url in urls]


# --- data


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


def registration(plan: Plan, snapshot: PlanSnapshot) -> Registration:
    """What `muster apply` tells the Estate. Writers are sampled at whichever center is active."""
    neutral = probes(plan.neutral_targets)
    sampling = {
        center: [
            SampleTarget(
                side=(at := side(plan, label, center)),
                rpo_s=at.rpo_s,
                neutral=neutral,
                guard=guard(plan, label, center),
            )
            for label in datasets(plan, sorted(plan.services))
        ]
        for center in plan.centers
    }
    return Registration(
        plan_hash=snapshot.hash,
        plan_data=snapshot.data,
        homes=dict.fromkeys(sorted(plan.services), plan.primary),
        sampling=sampling,
    )


def guard(plan: Plan, label: str, center: str) -> GuardOrder | None:
    """The guard of one side of a dataset, if the plan has one."""
    service, _, _ = label.partition(".")
    dataset = plan.dataset(label)
    if dataset.guard is None:
        return None
    host = dataset.hosts[center]
    values = values_at(plan, service, center, host)
    return GuardOrder(
        dataset=label,
        target=host_target(plan, center, host),
        run_as=dataset.guard.run_as,
        after_s=int(dataset.guard.after),
        margin_s=dataset.guard.margin or dataset.guard.least_margin,
        close=fill(dataset.guard.close, values),
        kill=fill(dataset.guard.kill or "", values),
        close_s=int(dataset.guard.close_within),
    )


def guards(plan: Plan, center: str) -> list[GuardOrder]:
    """The guards of all datasets at a center; none when one of them has none: it could still be written to (law 1)."""
    found = [guard(plan, label, center) for label in datasets(plan, sorted(plan.services))]
    return [one for one in found if one is not None] if all(found) else []


# --- fences


def fences(plan: Plan, center: str) -> list[FenceOrder]:
    """The devices of a center's fence, in the order of the plan."""
    return [_fence(plan, center, fence, lift=False) for fence in plan.centers[center].fence]


def lifts(plan: Plan, center: str) -> list[FenceOrder]:
    """The same devices with the command that lifts, in reverse."""
    return [_fence(plan, center, fence, lift=True) for fence in reversed(plan.centers[center].fence)]


def fence_by_hand(plan: Plan, center: str) -> list[str]:
    """What a person does to fence a center, in the order to do it."""
    return [by_hand(order, power="off") for order in fences(plan, center)]


def by_hand(order: FenceOrder, power: str = "on") -> str:
    """What a person does at a device instead."""
    if order.redfish is not None:
        return (
            f"power {power} {', '.join(machine.name for machine in order.redfish.machines)} at {order.where}"
        )
    return f"{order.run.run if order.run else ''!r} at {order.where}"


def _fence(plan: Plan, center: str, fence: Fence, *, lift: bool) -> FenceOrder:
    order = FenceOrder(center=center, name=fence.name, stops=fence.stops, lives=fence.lives)
    if fence.redfish is not None:
        return order.model_copy(update={"redfish": redfish_power(fence.redfish)})
    assert fence.commands is not None  # the plan's own check: one kind or the other
    run, undo, confirm = fence.commands
    act = undo if lift else run
    return order.model_copy(
        update={
            "at": target_at(plan, act.at),
            "run": _device_command(act, center),
            "confirm_at": target_at(plan, confirm.at),
            "confirm": _device_command(confirm, center),
            "says": fill(confirm.says, {"center": center}),
        }
    )


def _device_command(act: DeviceCommand, center: str) -> Command:
    return Command(run=fill(act.command, {"center": center}), timeout_s=DEVICE_TIMEOUT)


# --- services


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


# --- traffic


def dns_moves(plan: Plan, old: str, new: str, epoch: int, services: Collection[str]) -> list[DnsMove]:
    """The names that move with `services`, and no other: a name is moved when all that it leads to was (law 17)."""
    return [
        DnsMove(
            server=way.rfc2136.server,
            port=way.rfc2136.port,
            zone=way.rfc2136.zone,
            key=way.rfc2136.key,
            name=record.name,
            type=record.type,
            ttl_s=int(record.ttl),
            old=record.addresses[old],
            new=record.addresses[new],
            epoch=epoch,
            confirm_at=way.rfc2136.confirm_at,
        )
        for way in plan.traffic
        if way.rfc2136 is not None
        for record in way.records
        if ({record.service} if record.service else set(plan.services)) <= set(services)
    ]
