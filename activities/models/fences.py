"""Devices that stop a center."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from activities.models.evidence import Sighting, SightOrder
from activities.models.hosts import Command, Target
from activities.models.values import Value

SILENT = "silent "  # begins the word of what says nothing for too long


class RedfishMachine(Value):
    """One machine behind a management controller. `name` is the plan's word for it, `path` its resource there."""

    name: str
    controller: str  # https://HOST[:PORT]
    path: str  # /redfish/v1/Systems/ID


class RedfishPower(Value):
    """The power of all machines of a center. `login` and `tls_ca` are names of secrets (law 13).

    `tls_ca` None: what the worker's machine trusts. `insecure`: certificates are not looked at.
    """

    machines: list[RedfishMachine]
    login: str
    tls_ca: str | None = None
    insecure: bool = False


class FenceOrder(Value):
    """One device of a center's fence: `redfish`, or run, lift and confirm as commands at a device reached over SSH."""

    center: str
    name: str
    stops: Literal["clients", "writers"]
    lives: str
    at: Target | None = None
    run: Command | None = None
    confirm_at: Target | None = None
    confirm: Command | None = None
    says: str = ""
    redfish: RedfishPower | None = None

    @property
    def kind(self) -> Literal["commands", "redfish"]:
        return "redfish" if self.redfish else "commands"

    @property
    def where(self) -> str:
        """Where a person finds the device."""
        if self.redfish:
            return ", ".join(dict.fromkeys(machine.controller for machine in self.redfish.machines))
        return self.at.label if self.at else "nowhere"


class LongLook(Value):
    """A fenced center, looked at again and again from one vantage point.

    It ends as soon as what matters differs from `known`, at the latest after `for_s`. A device or a vantage point
    that says nothing matters after `silent_after_s`.
    """

    center: str
    devices: list[FenceOrder]
    sight: SightOrder
    every_s: float
    for_s: float
    silent_after_s: float
    known: list[str] = Field(default_factory=list)


class FenceSeen(Value):
    """What one vantage point saw of a fenced center, the last time it looked."""

    sighting: Sighting
    fenced: list[str] = Field(default_factory=list)  # devices that say so
    open: list[str] = Field(default_factory=list)  # devices that say the opposite
    silent: dict[str, str] = Field(default_factory=dict)  # devices that say nothing, and why
    lasting: list[str] = Field(default_factory=list)  # devices silent, or "sight" blind, for too long
    looks: int = 1

    @property
    def serving(self) -> list[str]:
        """Whoever sees a center serve is believed, a blind one too: silence is no evidence, an answer is."""
        return [result.url for result in self.sighting.results if result.serves]

    @property
    def matters(self) -> list[str]:
        """All that somebody may have to act on, in words that can be compared."""
        return sorted(
            [f"open {name}" for name in self.open]
            + [f"serves {url}" for url in self.serving]
            + [f"{SILENT}{name}" for name in self.lasting]
        )


class StopWatch(Value):
    """Who wants the watch over a center's fence to end, and why."""

    estate: str
    center: str
    by: str
    reason: str
