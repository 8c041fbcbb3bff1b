"""Centers, their hosts, the devices of no center, and fences."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .written import Whole, Written

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


class Fence(Written):
    """One device of a center's fence. `lives` names the failure domain of the device (law 1)."""

    name: str
    stops: Literal["clients", "writers"]
    lives: str
    run: DeviceCommand
    lift: DeviceCommand
    confirm: Confirmation


class Center(Written):
    """A data center. `fence` is carried out in this order, until writers are stopped."""

    role: Literal["primary", "dr"]
    ssh: Ssh
    hosts: dict[str, Host]
    seen_by: list[str] = Field(default_factory=list)
    fence: list[Fence] = Field(default_factory=list)
