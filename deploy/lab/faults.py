"""Faults that can be put into a lab by name, and taken out again."""

from __future__ import annotations

from collections.abc import Callable

from deploy.lab import kernel
from deploy.lab.errors import LabError
from deploy.lab.layout import ZONE, Layout
from deploy.lab.machines import Machines
from deploy.lab.roles import APP_DATABASE, KNOT_CONF, app_database
from deploy.lab.switch import LIES

# A disk of its own below the SSH user's home, with what was there, and not a byte of room left.
_FILL = """set -eu
if [ ! -e /home/muster/.filler ]; then
  mkdir -p /tmp/full
  mount -t tmpfs -o size=1m,mode=755 full /tmp/full
  cp -a /home/muster/. /tmp/full/
  chown muster:muster /tmp/full
  mount --move /tmp/full /home/muster
fi
dd if=/dev/zero of=/home/muster/.filler bs=1k 2> /dev/null || :
"""
_OF_A_HOST = ("dead-host CENTER/HOST", "disk-full CENTER/HOST")
_DEAF = "table inet deaf { chain into { type filter hook input priority -10; tcp dport 22 drop; }; }\n"


class Faults:
    """`put(name, on=True)` breaks, `put(name, on=False)` mends; both may be repeated."""

    def __init__(self, layout: Layout, machines: Machines) -> None:
        self._layout = layout
        self._machines = machines
        self._named: dict[str, Callable[[bool], None]] = {
            "wrong-database": self._wrong_database,
            "dns-refuses": self._dns_refuses,
            "devices-gone": lambda on: self._deaf(("edge-ctl", "pdu-ctl"), on),
            "edge-gone": lambda on: self._deaf(("edge-ctl",), on),
            "pdu-gone": lambda on: self._deaf(("pdu-ctl",), on),
            "edge-lies": self._edge_lies,
            "pdu-lies": self._pdu_lies,
        }

    def put(self, name: str, on: bool, argument: str | None = None) -> None:
        """A fault by its name; those of a host take its label as their argument."""
        if name == "dead-host":
            label = argument or f"{self._layout.centers[1]}/was-2"
            self._machines.host_off(label) if on else self._machines.host_on(label)
        elif name == "disk-full":
            self._disk_full(argument or f"{self._layout.centers[1]}/was-2", on)
        elif name in self._named:
            self._named[name](on)
        else:
            raise LabError(f"no fault {name!r}; there are {', '.join((*_OF_A_HOST, *self._named))}")

    def _disk_full(self, label: str, on: bool) -> None:
        """No room where the host keeps its jobs; mended, what was written before is still there.

        A host that loses its power after this has lost what it kept of jobs too: not for one that will.
        """
        script = _FILL if on else ": > /home/muster/.filler"
        self._machines.run(label, ["sh", "-c", script])

    def _wrong_database(self, on: bool) -> None:
        """The second center's application is healthy, but writes into another database than the plan's."""
        center = self._layout.centers[1]
        for host in self._layout.hosts_of(center):
            if "was" in host.roles:
                path = self._layout.disk(host) / APP_DATABASE
                path.write_text(app_database(self._layout, center, "scratch" if on else "ledger"))

    def _dns_refuses(self, on: bool) -> None:
        """The name server answers, but refuses changes from whomever: its zone is frozen."""
        verb = "zone-freeze" if on else "zone-thaw"
        self._machines.run("dns", ["knotc", "-b", "-c", f"/{KNOT_CONF}", verb, ZONE])

    def _deaf(self, devices: tuple[str, ...], on: bool) -> None:
        """SSH to the devices is swallowed, also on connections that are open."""
        for device in devices:
            namespace = self._layout.namespace_of(self._layout.host(device))
            kernel.nft(namespace, "add table inet deaf\ndelete table inet deaf\n" + (_DEAF if on else ""))

    def _edge_lies(self, on: bool) -> None:
        """The edge device says what it was asked for, and does nothing."""
        path = self._layout.disk(self._layout.host("edge-ctl")) / "srv/edge/lies"
        path.touch() if on else path.unlink(missing_ok=True)

    def _pdu_lies(self, on: bool) -> None:
        """The power switch says what it was asked for, and does nothing."""
        path = self._layout.switch / LIES
        path.touch() if on else path.unlink(missing_ok=True)
