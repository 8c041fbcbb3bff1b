"""Centers, hosts, devices and what is seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from workflows.plan import Center, Plan, Ssh, SshOverride, ssh_of
from workflows.plan.problems import Path, Problem, unknown

from .forms import why_not_address, why_not_port, why_not_secret, why_not_url, why_not_user

SEEN_BY = ("http", "https", "tcp", "ssh", "sql")


def check(plan: Plan) -> Iterator[Problem]:
    yield from _roles(plan)
    yield from _apart(plan)
    for name, center in plan.centers.items():
        yield from _ssh(plan, ("centers", name, "ssh"), center.ssh)
        yield from _hosts(plan, name, center)
        if not center.seen_by:
            yield Problem(
                ("centers", name), "nothing shows from outside that it serves; add seen_by: [tcp://HOST:PORT]"
            )
        yield from _urls(("centers", name, "seen_by"), center.seen_by)
    for name, device in plan.devices.items():
        if reason := why_not_address(device.address):
            yield Problem(("devices", name, "address"), reason)
        yield from _ssh(plan, ("devices", name, "ssh"), device.ssh)
        yield from _jumps(plan, name)
    yield from _neutral(plan)


def _roles(plan: Plan) -> Iterator[Problem]:
    if len(plan.centers) != 2:
        yield Problem(
            ("centers",), f"{len(plan.centers)} centers; a plan has exactly two, one primary and one dr"
        )
        return
    (first, one), (second, other) = plan.centers.items()
    if one.role == other.role:
        missing = "dr" if one.role == "primary" else "primary"
        text = f"{first} has the role {one.role} already; write role: {missing} at one of them"
        yield Problem(("centers", second, "role"), text)


def _apart(plan: Plan) -> Iterator[Problem]:
    """One machine at both centers would be fenced and promoted at once; behind another jump host it is another."""
    seen: dict[tuple[str, int, str | None], str] = {}
    for name, center in plan.centers.items():
        for host, found in center.hosts.items():
            ssh = ssh_of(plan, name, host)
            first = seen.setdefault((found.address, ssh.port, ssh.via), f"{name}/{host}")
            if not first.startswith(f"{name}/"):
                text = f"{found.address} is the address of {first} already; the centers share no machine"
                yield Problem(("centers", name, "hosts", host, "address"), text)


def _hosts(plan: Plan, name: str, center: Center) -> Iterator[Problem]:
    at: Path = ("centers", name, "hosts")
    if not center.hosts:
        yield Problem(at, "there is no host; add NAME: {address: ADDRESS}")
    seen: dict[tuple[str, int], str] = {}
    for host, found in center.hosts.items():
        if reason := why_not_address(found.address):
            yield Problem((*at, host, "address"), reason)
        first = seen.setdefault((found.address, ssh_of(plan, name, host).port), host)
        if first != host:
            text = f"{found.address} is the address of {first} already; each host has its own"
            yield Problem((*at, host, "address"), text)
        if found.ssh is not None:
            yield from _ssh(plan, (*at, host, "ssh"), found.ssh)


def _ssh(plan: Plan, at: Path, ssh: Ssh | SshOverride) -> Iterator[Problem]:
    if ssh.user is not None and (reason := why_not_user(ssh.user)):
        yield Problem((*at, "user"), reason)
    if ssh.key is not None and (reason := why_not_secret(ssh.key)):
        yield Problem((*at, "key"), reason)
    if ssh.port is not None and (reason := why_not_port(ssh.port)):
        yield Problem((*at, "port"), reason)
    if ssh.via is not None and ssh.via not in plan.devices:
        yield Problem((*at, "via"), unknown("device", ssh.via, plan.devices))


def _jumps(plan: Plan, name: str) -> Iterator[Problem]:
    """A device that is reached through itself is never reached."""
    way, step = [name], plan.devices[name].ssh.via
    while step in plan.devices and step not in way:
        way.append(step)
        step = plan.devices[step].ssh.via
    if step == name:
        text = f"it is reached through itself: {' -> '.join([*way, name])}; leave one via out"
        yield Problem(("devices", name, "ssh", "via"), text)


def _neutral(plan: Plan) -> Iterator[Problem]:
    at: Path = ("neutral_targets",)
    if not plan.neutral_targets:
        text = "without one nobody can tell a dark center from a blind observer; add targets of no center: [tcp://HOST:PORT]"
        yield Problem(at, text)
    yield from _urls(at, plan.neutral_targets)
    owners = {host.address: name for name, center in plan.centers.items() for host in center.hosts.values()}
    for place, target in enumerate(plan.neutral_targets):
        if why_not_url(target, SEEN_BY) is None and (owner := owners.get(urlsplit(target).hostname or "")):
            yield Problem(
                (*at, place), f"{target} lies in {owner}, which may go dark; name a target of no center"
            )


def _urls(at: Path, targets: list[str]) -> Iterator[Problem]:
    for place, target in enumerate(targets):
        if reason := why_not_url(target, SEEN_BY):
            yield Problem((*at, place), reason)
