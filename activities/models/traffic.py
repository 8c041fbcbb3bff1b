"""Moving clients from one center to the other."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from activities.models.hosts import Command, Target
from activities.models.values import Value


class DnsMove(Value):
    """Point one name at new addresses, by RFC 2136 with TSIG.

    The change carries the epoch (law 5): a TXT record `_muster-epoch.NAME` is its prerequisite and is raised with it.
    """

    server: str
    port: int = 53
    zone: str
    key: str  # name of a secret: "ALGORITHM:NAME:BASE64"
    name: str  # relative to the zone
    type: Literal["A", "AAAA", "CNAME"]
    ttl_s: int
    old: list[str]
    new: list[str]
    epoch: int
    confirm_at: list[str] = Field(default_factory=list)  # more servers that must answer with it


class CommandMove(Value):
    """Move a virtual address or a balancer by a command at a host; `says` must be in what `confirm` prints."""

    name: str
    move_at: Target
    move: Command
    confirm_at: Target
    confirm: Command
    says: str
