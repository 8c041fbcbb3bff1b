"""Records and servers of names, and commands that move traffic."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Plan, Record, Rfc2136
from workflows.plan.problems import Path, Problem, unknown

from .fences import why_not_at
from .forms import why_not_address, why_not_dns_name, why_not_ip, why_not_port, why_not_secret
from .places import check_both


def check(plan: Plan) -> Iterator[Problem]:
    seen: set[tuple[str, str, str]] = set()
    for place, traffic in enumerate(plan.traffic):
        at: Path = ("traffic", place)
        if traffic.command is not None:
            for verb, order in (("move", traffic.command.move), ("confirm", traffic.command.confirm)):
                if reason := why_not_at(plan, order.at):
                    yield Problem((*at, "command", verb, "at"), reason)
        if traffic.rfc2136 is None:
            continue
        yield from _server((*at, "rfc2136"), traffic.rfc2136)
        for number, record in enumerate(traffic.records):
            path: Path = (*at, "records", number)
            yield from _record(plan, path, record)
            key = (traffic.rfc2136.zone, record.name, record.type)
            if key in seen:
                yield Problem(
                    (*path, "name"), f"{record.name} {record.type} is there already; write each record once"
                )
            seen.add(key)


def _server(at: Path, server: Rfc2136) -> Iterator[Problem]:
    reasons = {
        "server": why_not_address(server.server),
        "port": why_not_port(server.port),
        "zone": why_not_dns_name(server.zone),
        "key": why_not_secret(server.key),
    }
    yield from (Problem((*at, field), reason) for field, reason in reasons.items() if reason)
    for place, more in enumerate(server.confirm_at):
        if reason := why_not_address(more):
            yield Problem((*at, "confirm_at", place), reason)


def _record(plan: Plan, at: Path, record: Record) -> Iterator[Problem]:
    if reason := why_not_dns_name(record.name):
        yield Problem((*at, "name"), reason)
    if record.service is not None and record.service not in plan.services:
        yield Problem((*at, "service"), unknown("service", record.service, plan.services))
    if record.ttl != int(record.ttl):
        yield Problem((*at, "ttl"), "DNS counts whole seconds; write for example 30s")
    yield from check_both(plan, at, record.addresses, "address")
    if len({tuple(sorted(addresses)) for addresses in record.addresses.values()}) < len(record.addresses):
        yield Problem(at, f"{record.name} points to the same place at both centers; it would not move")
    for center, addresses in record.addresses.items():
        for place, address in enumerate(addresses):
            if reason := _why_not_value(record.type, address):
                yield Problem((*at, center, place), reason)
        if record.type == "CNAME" and len(addresses) > 1:
            yield Problem((*at, center), "a CNAME has one target; leave one")


def _why_not_value(kind: str, address: str) -> str | None:
    return why_not_dns_name(address) if kind == "CNAME" else why_not_ip(address, 4 if kind == "A" else 6)
