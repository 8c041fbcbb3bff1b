"""Centers, their hosts, the devices of no center, and fences."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .quantities import Duration
from .written import Flag, Whole, Written

Become = Literal["sudo", "su", "doas", "none"]


class Ssh(Written):
    """How hosts are reached. `key` is the name of a secret, `via` a device that is the jump host."""

    user: str
    key: str
    become: Become = "none"
    via: str | None = None
    port: Whole = 22


class SshOverride(Written):
    """What differs at one host; None is as the center says."""

    user: str | None = None
    key: str | None = None
    become: Become | None = None
    via: str | None = None
    port: Whole | None = None


class Host(Written):
    """A machine of a center. `host_key`: public keys, one on a line; None is a host never met."""

    address: str
    ssh: SshOverride | None = None
    host_key: str | None = None


class Device(Written):
    """A host of no center: an edge device, a power switch, a jump host."""

    address: str
    ssh: Ssh
    host_key: str | None = None


class DeviceCommand(Written):
    """A command at a device, or at a host as CENTER/HOST. `{center}` is filled in."""

    at: str
    command: str


class Confirmation(DeviceCommand):
    """`says` is the text that the command prints when it is so."""

    says: str


class Redfish(Written):
    """The power of all machines of the center, by their management controllers.

    `systems`: https://CONTROLLER/redfish/v1/Systems/ID for each, or the ID alone below `url`. `login` (USER:PASSWORD)
    and `tls_ca` (certificates, PEM) are names of secrets. `insecure` looks at no certificate.
    """

    url: str | None = None
    login: str
    systems: list[str]
    tls_ca: str | None = None
    insecure: Flag = False


class Fence(Written):
    """One device of a center's fence: run, lift and confirm are commands, or all three are by Redfish.

    `lives` names the failure domain of the device (law 1).
    """

    name: str
    stops: Literal["clients", "writers"]
    lives: str
    run: DeviceCommand | None = None
    lift: DeviceCommand | None = None
    confirm: Confirmation | None = None
    redfish: Redfish | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        written = {"run": self.run, "lift": self.lift, "confirm": self.confirm}
        if self.redfish is not None:
            if any(written.values()):
                raise ValueError(
                    "redfish runs, lifts and confirms by itself; leave run, lift and confirm out"
                )
            return self
        for verb, command in written.items():
            if command is None:
                says = ", says: …" if verb == "confirm" else ""
                raise ValueError(f"{verb} is missing; add {verb}: {{at: …, command: …{says}}}")
        return self

    @property
    def commands(self) -> tuple[DeviceCommand, DeviceCommand, Confirmation] | None:
        """Run, lift and confirm; None of a fence by Redfish."""
        if self.run is None or self.lift is None or self.confirm is None:
            return None
        return self.run, self.lift, self.confirm


class Center(Written):
    """A data center. `fence` is carried out in this order, until writers are stopped.

    `fence_watch`: time between two looks while it is fenced, until a failback.
    """

    role: Literal["primary", "dr"]
    ssh: Ssh
    hosts: dict[str, Host]
    seen_by: list[str] = Field(default_factory=list)
    fence: list[Fence] = Field(default_factory=list)
    fence_watch: Duration = 5.0
