"""Hosts and devices of a plan, as workers reach them."""

from __future__ import annotations

from activities.models import Target

from .centers import Device, Ssh
from .estate_plan import Plan


def ssh_of(plan: Plan, center: str, host: str) -> Ssh:
    """How a host is reached: the center's way, with what differs at the host laid over it."""
    at = plan.centers[center]
    own = at.hosts[host].ssh
    return at.ssh.model_copy(update=own.model_dump(exclude_none=True) if own else {})


def host_target(plan: Plan, center: str, host: str) -> Target:
    """A host of a center."""
    found = plan.centers[center].hosts[host]
    return _target(
        plan,
        center,
        host,
        Device(address=found.address, ssh=ssh_of(plan, center, host), host_key=found.host_key),
    )


def device_target(plan: Plan, name: str) -> Target:
    """A device of no center."""
    return _target(plan, "", name, plan.devices[name])


def target_at(plan: Plan, at: str) -> Target:
    """What `at` of a device command names: a device, or a host as CENTER/HOST."""
    center, slash, host = at.partition("/")
    return host_target(plan, center, host) if slash else device_target(plan, at)


def _target(plan: Plan, center: str, name: str, found: Device) -> Target:
    ssh = found.ssh
    return Target(
        estate=plan.estate,
        center=center,
        host=name,
        address=found.address,
        port=ssh.port,
        user=ssh.user,
        key=ssh.key,
        become=ssh.become,
        host_key=found.host_key,
        via=device_target(plan, ssh.via) if ssh.via else None,
    )
