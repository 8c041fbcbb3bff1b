"""Whether a fault has really struck: the lab is looked at, by another way than the one that the fault came by."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from deploy.chaos.schedule import NEW, OLD
from deploy.lab.errors import LabError
from deploy.lab.layout import ZONE
from deploy.lab.roles import APP_DATABASE, KNOT_CONF
from deploy.site import Site

_DEVICES = {"edge": ("edge-ctl",), "pdu": ("pdu-ctl",), "devices": ("edge-ctl", "pdu-ctl")}
_ROOM = "if echo . 2> /dev/null > /home/muster/.room; then echo room; fi; rm -f /home/muster/.room"


class Struck:
    """`has(kind, target)`: it is there now. Not for what only those see whom it meets: lies, power for a moment."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lab = site.lab
        self.looks: dict[str, Callable[[str], bool]] = {
            "kill-worker": lambda place: not site.workers[place].is_alive,
            "kill-server": lambda _: site.server.pid is None,
            "cut": site.lab.network.is_cut,
            "heal": lambda center: not site.lab.network.is_cut(f"{center}-edge"),
            "throttle": lambda _: site.lab.network.throttled() != "off",
            "power-off": lambda host: not self._is_on(host),
            "power-on": lambda center: all(
                self._is_on(one.label) for one in self._lab.layout.hosts_of(center)
            ),
            "dns-refuses": lambda _: self._is_frozen(),
            "devices-gone": lambda which: not any(map(self._answers, _DEVICES[which])),
            "wrong-database": lambda _: self._writes_elsewhere(),
            "store-gone": self._fails,
            "disk-full": lambda host: self._lab.run_in(host, ["sh", "-c", _ROOM]).strip() == "",
        }

    def has(self, kind: str, target: str) -> bool:
        return self.looks[kind](target)

    def was_asked(self, device: str, since: float) -> bool:
        """Whether a device was told to fence the old center after `since` (wall time)."""
        order = self._order(device)
        return order.exists() and order.stat().st_mtime > since

    def _order(self, device: str) -> Path:
        layout = self._lab.layout
        if device == "pdu":
            return layout.switch / f"said-{OLD}"
        return layout.disk(layout.host("edge-ctl")) / f"srv/edge/said-{OLD}"

    def _is_on(self, label: str) -> bool:
        return self._lab.machines.is_on(self._lab.layout.host(label))

    def _fails(self, which: str) -> bool:
        """A store that nobody has written to yet is not there, and fails nobody."""
        try:
            os.listdir(self._lab.layout.state / which)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def _is_frozen(self) -> bool:
        told = self._lab.run_in("dns", ["knotc", "-c", f"/{KNOT_CONF}", "zone-status", ZONE])
        return "freeze: yes" in told or "frozen" in told

    def _answers(self, device: str) -> bool:
        try:
            with socket.create_connection((self._lab.layout.host(device).address, 22), timeout=0.5):
                return True
        except OSError:
            return False

    def _writes_elsewhere(self) -> bool:
        layout = self._lab.layout
        hosts = [host for host in layout.hosts_of(NEW) if "was" in host.roles]
        return all("scratch" in (layout.disk(host) / APP_DATABASE).read_text() for host in hosts)

    def takes_writers(self, center: str) -> bool:
        """Whether the database of a center listens, asked inside: its links may be cut."""
        look = "(exec 3<>/dev/tcp/127.0.0.1/5432) 2> /dev/null && echo yes || :"
        try:
            return self._lab.run_in(f"{center}/db-1", ["bash", "-c", look]).strip() == "yes"
        except LabError:
            return False
