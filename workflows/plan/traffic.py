"""How clients are led to the active center."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from .centers import Confirmation, DeviceCommand
from .quantities import Delay
from .written import Whole, Written

RECORD_KEYS = frozenset({"name", "type", "ttl", "addresses", "service"})


class Rfc2136(Written):
    """A DNS server that takes updates. `key` names a secret; `confirm_at` more servers that must follow."""

    server: str
    port: Whole = 53
    zone: str
    key: str
    confirm_at: list[str] = Field(default_factory=list)


class Record(Written):
    """A name, relative to the zone, and where it points for each center; written CENTER: [ADDRESS].

    `service`: the one that it leads to, and moves with. None: it leads to all of them, and moves only with all.
    """

    name: str
    type: Literal["A", "AAAA", "CNAME"]
    ttl: Delay
    addresses: dict[str, list[str]]
    service: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _centers_are_keys(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "addresses" in value:
            return value
        centers = {key: part for key, part in value.items() if key not in RECORD_KEYS}
        return {**{key: part for key, part in value.items() if key in RECORD_KEYS}, "addresses": centers}


class CommandTraffic(Written):
    """A virtual address or a balancer, moved by a command at a device; `{center}` is filled in."""

    name: str
    move: DeviceCommand
    confirm: Confirmation


class Traffic(Written):
    """One way of leading clients: exactly one kind."""

    rfc2136: Rfc2136 | None = None
    records: list[Record] = Field(default_factory=list)
    command: CommandTraffic | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.rfc2136 is None) == (self.command is None):
            raise ValueError("exactly one kind moves traffic; write either rfc2136: {…} or command: {…}")
        if (self.rfc2136 is None) != (not self.records):
            raise ValueError(
                "rfc2136 and records belong together; write records: [{name, type, ttl, CENTER: […]}]"
            )
        return self
