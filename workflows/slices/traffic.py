"""The names that move with services."""

from __future__ import annotations

from collections.abc import Collection

from activities.models import DnsMove
from workflows.plan import (
    Plan,
)


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
