"""Hosts as machines: power, and commands run inside them by the lab itself (never by what is tested)."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.lab import kernel
from deploy.lab.errors import LabError
from deploy.lab.layout import Host, Layout
from deploy.lab.network import Network

_INIT = Path(__file__).with_name("hostinit.sh")
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OPS_NUMBER = 5
_BOOT_S = 5.0
SWITCH_PLACE = "/run/switch"


class Machines:
    """The power of all hosts of one lab. Safe to use from several processes at once."""

    def __init__(self, layout: Layout, network: Network) -> None:
        self._layout = layout
        self._network = network

    # --- power

    def is_on(self, host: Host) -> bool:
        return self._init(host) is not None

    def on(self, hosts: Iterable[Host]) -> list[Host]:
        """Give power; the hosts that were off. Returns when they boot: see `wait_for_ssh`."""
        with self._locked():
            started = [host for host in hosts if not self.is_on(host)]
            for site in {host.site for host in started}:
                self._plug(site, [host for host in started if host.site == site])
            for host in started:
                self._boot(host)
            self._await_inits(started)
            return started

    def off(self, hosts: Iterable[Host]) -> None:
        """Cut the power: no process says good-bye to anybody, and what is on the disk stays."""
        with self._locked():
            chosen = list(hosts)
            for site in {host.site for host in chosen}:
                self._cut(site, [host for host in chosen if host.site == site])

    def center_on(self, center: str) -> list[Host]:
        with self._locked():
            if self._layout.namespace(f"{center}/ops") not in kernel.namespaces(self._layout.prefix):
                self._network.plug(center, [self._ops(center)])
        return self.on(self._layout.hosts_of(center))

    def center_off(self, center: str) -> None:
        """All hosts at once, and what runs beside them in `ops`."""
        with self._locked():
            self._cut(center, list(self._layout.hosts_of(center)), with_ops=True)

    def host_on(self, label: str) -> list[Host]:
        return self.on([self._layout.host(label)])

    def host_off(self, label: str) -> None:
        self.off([self._layout.host(label)])

    def all_on(self) -> None:
        for center in self._layout.centers:
            self.center_on(center)
        self.on(self._layout.hosts_of_third())

    def all_off(self) -> None:
        for center in self._layout.centers:
            self.center_off(center)
        self.off(self._layout.hosts_of_third())

    def _plug(self, site: str, hosts: list[Host]) -> None:
        ports = [
            (self._layout.namespace_of(h), self._network.port(h), h.number)
            for h in hosts
            if "edge" not in h.roles
        ]
        # What a crash in the middle of a power-on left behind.
        left = set(kernel.namespaces(self._layout.prefix)) & {namespace for namespace, _, _ in ports}
        if left:
            self._network.unplug(site, [port for namespace, port, _ in ports if namespace in left], left)
        self._network.plug(site, ports)

    def _boot(self, host: Host) -> None:
        disk = self._layout.disk(host)
        spaces = [
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--fork",
            "--kill-child=KILL",
            "--propagation",
            "private",
        ]
        boot = ["sh", str(_INIT), host.name, str(disk)]
        if "pdu" in host.roles:
            boot += [str(self._layout.switch), SWITCH_PLACE]
        argv = kernel.inside(self._layout.namespace_of(host), ["unshare", *spaces, *boot])
        kernel.detach(argv, cwd=disk, log=disk / ".boot.log")

    def _cut(self, site: str, hosts: list[Host], with_ops: bool = False) -> None:
        plugged = {
            self._layout.namespace_of(h): self._network.port(h) for h in hosts if "edge" not in h.roles
        }
        spaces = [self._layout.namespace_of(host) for host in hosts]
        if with_ops:
            namespace, port, _ = self._ops(site)
            plugged[namespace] = port
            spaces.append(namespace)
        self._network.silence(site, plugged.values())
        found = kernel.processes(spaces)
        ops = set(found.get(self._ops(site)[0], [])) if with_ops else set()
        kernel.kill(pid for pids in found.values() for pid in pids if pid in ops or kernel.is_init(pid))
        self._network.unplug(site, plugged.values(), plugged)

    def _ops(self, center: str) -> tuple[str, str, int]:
        return self._layout.namespace(f"{center}/ops"), "p-ops", _OPS_NUMBER

    def _init(self, host: Host) -> int | None:
        found = kernel.processes([self._layout.namespace_of(host)])
        return next((pid for pids in found.values() for pid in pids if kernel.is_init(pid)), None)

    def _await_inits(self, hosts: list[Host]) -> None:
        """Until a status would say "on" for each."""
        waiting = {self._layout.namespace_of(host): host for host in hosts}
        deadline = time.monotonic() + _BOOT_S
        while waiting:
            for namespace, pids in kernel.processes(waiting).items():
                if any(kernel.is_init(pid) for pid in pids):
                    del waiting[namespace]
            time.sleep(0.005)
            if time.monotonic() > deadline:
                host = next(iter(waiting.values()))
                raise LabError(f"{host.label} does not boot: see {self._layout.disk(host)}/.boot.log")

    def _booted(self, host: Host) -> int:
        """The init of a host, once it stands on the host's own disk."""
        deadline = time.monotonic() + _BOOT_S
        while (pid := self._init(host)) is not None:
            if kernel.program(pid) == "runsvdir":
                return pid
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        raise LabError(
            f"{host.label} has no power, or does not boot: see {self._layout.disk(host)}/.boot.log"
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._layout.state / "power.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # --- commands inside

    def inside(self, label: str, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` as root inside a host, or in a center's `ops`, or in `client`."""
        if label in self._layout.centers:
            namespace = self._ops(label)[0]
            if namespace not in kernel.namespaces(self._layout.prefix):
                raise LabError(f"{label} has no power: `power on {label}` first")
            return kernel.inside(namespace, argv)
        if label == "client":
            return kernel.inside(self._layout.namespace("client"), argv)
        pid = self._booted(self._layout.host(label))
        return [
            "nsenter",
            f"--target={pid}",
            "-m",
            "-u",
            "-i",
            "-n",
            "-p",
            "-r",
            "-w",
            "env",
            "-i",
            _PATH,
            "LANG=C.UTF-8",
            *argv,
        ]

    def run(self, label: str, argv: Sequence[str], *, text: str | None = None, timeout: float = 60.0) -> str:
        """Run a command in a host; a failure is a LabError."""
        return kernel.run(self.inside(label, argv), text=text, timeout=timeout)

    def wait_for_ssh(self, hosts: Iterable[Host], timeout: float = 15.0) -> None:
        """Until the SSH server of each listens, asked inside the host: its links may be cut."""
        listening = "until (exec 3<>/dev/tcp/127.0.0.1/22) 2> /dev/null; do sleep 0.02; done"
        for host in hosts:
            self.run(host.label, ["bash", "-c", listening], timeout=timeout)
