"""The map of one lab: sites, hosts, addresses and the names of namespaces and links.

For base B: the third site is 10.B.0.0/16, the first center (seoul) 10.B+1.0.0/16, the second (busan)
10.B+2.0.0/16.

    10.B.0.1   this machine (control worker, CLI), over the edge router to the centers
    10.B.8.0   management network: this machine .1, edge-ctl .2, pdu-ctl .3, dns .9, sink .10
    10.B.16.20 the client outside
    CENTER.0.5 `ops`, where the center's worker runs
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from deploy.lab.errors import LabError

PROJECT = Path(__file__).resolve().parents[2]
THIRD = "third"
ZONE = "hanbit.example."
_CENTERS = ("seoul", "busan")
_CENTER_HOSTS = (
    ("db-1", 11, ("postgres",)),
    ("was-1", 21, ("was",)),
    ("was-2", 22, ("was",)),
    ("web-1", 31, ("web", "mq")),
)
_DEVICES = (
    ("edge-ctl", 2, ("edge",)),
    ("pdu-ctl", 3, ("pdu",)),
    ("dns", 9, ("knot",)),
    ("sink", 10, ("sink",)),
)


@dataclass(frozen=True)
class Host:
    """A machine of the lab. `site` is a center's name or `third`; `number` the last byte of its address."""

    site: str
    name: str
    address: str
    number: int
    roles: tuple[str, ...]

    @property
    def label(self) -> str:
        """`center/host`, or the host alone at the third site: also its path below `disks/`."""
        return self.name if self.site == THIRD else f"{self.site}/{self.name}"


@dataclass(frozen=True)
class Layout:
    """Names and addresses of one lab. `base` is the second byte of the third site's addresses."""

    name: str
    base: int
    estate: str
    state: Path

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]{0,5}", self.name):
            raise LabError(f"lab id {self.name!r}: use a letter, then up to 5 letters or digits")
        if not 1 <= self.base <= 253:
            raise LabError(
                f"base {self.base}: use 1 to 253, three /16 networks 10.BASE to 10.BASE+2 are taken"
            )
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", self.estate):
            raise LabError(f"estate {self.estate!r}: use lower-case letters, digits and dashes")

    # --- where things are kept

    @property
    def secrets(self) -> Path:
        return self.state / "secrets"

    @property
    def plan(self) -> Path:
        return self.state / "plan.yaml"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def switch(self) -> Path:
        """The directory of the power switch's socket: the only thing of this machine that `pdu-ctl` sees."""
        return self.state / "switch"

    def disk(self, host: Host) -> Path:
        return self.state / "disks" / host.label

    def save(self) -> None:
        values = asdict(self) | {"state": str(self.state)}
        (self.state / "lab.json").write_text(json.dumps(values))

    @classmethod
    def load(cls, state: Path) -> Self:
        values = json.loads((state / "lab.json").read_text())
        return cls(**(values | {"state": state}))

    # --- sites and hosts

    @property
    def centers(self) -> tuple[str, ...]:
        return _CENTERS

    @cached_property
    def hosts(self) -> tuple[Host, ...]:
        centers = [
            Host(center, name, f"{self.network(center)}.0.{number}", number, roles)
            for center in _CENTERS
            for name, number, roles in _CENTER_HOSTS
        ]
        devices = [Host(THIRD, name, self.mgmt(number), number, roles) for name, number, roles in _DEVICES]
        return (*centers, *devices)

    def host(self, label: str) -> Host:
        for host in self.hosts:
            if host.label == label:
                return host
        raise LabError(f"no host {label!r}; there are {', '.join(h.label for h in self.hosts)}")

    def hosts_of(self, center: str) -> tuple[Host, ...]:
        if center not in self.centers:
            raise LabError(f"no center {center!r}; there are {', '.join(self.centers)}")
        return tuple(h for h in self.hosts if h.site == center)

    def hosts_of_third(self) -> tuple[Host, ...]:
        return tuple(h for h in self.hosts if h.site == THIRD)

    def select(self, target: str) -> tuple[Host, ...]:
        """The hosts of a center, or the one host of that label."""
        return self.hosts_of(target) if target in self.centers else (self.host(target),)

    # --- addresses

    def network(self, site: str) -> str:
        """The first two bytes of a site's addresses."""
        return f"10.{self.base + (0 if site == THIRD else 1 + _CENTERS.index(site))}"

    def mgmt(self, number: int) -> str:
        return f"{self.network(THIRD)}.8.{number}"

    def ops(self, center: str) -> str:
        """The address of the center's worker."""
        return f"{self.network(center)}.0.5"

    @property
    def control(self) -> str:
        """This machine as the centers see it: where the Temporal server must listen."""
        return f"{self.network(THIRD)}.0.1"

    @property
    def client(self) -> str:
        return f"{self.network(THIRD)}.16.20"

    @property
    def dns(self) -> str:
        return self.host("dns").address

    def web(self, center: str) -> str:
        return self.host(f"{center}/web-1").address

    # --- names in the kernel

    @property
    def prefix(self) -> str:
        """What every namespace of this lab begins with."""
        return f"lab-{self.name}-"

    def namespace(self, what: str) -> str:
        """The network namespace of a host's label, or of `edge`, `client`, `CENTER/router`, `CENTER/ops`."""
        return self.prefix + what.replace("/", "-")

    def namespace_of(self, host: Host) -> str:
        # The edge device has a disk and sshd of its own in the edge router's network: its nftables are real.
        return self.namespace("edge" if "edge" in host.roles else host.label)

    def link(self, what: str) -> str:
        """A link's name in the machine's own namespace, 15 characters at most."""
        return f"l{self.name}-{what}"
