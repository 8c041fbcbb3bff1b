"""Devices that stop a center."""

from __future__ import annotations

from typing import Literal

from activities.models.hosts import Command, Target
from activities.models.values import Value


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
