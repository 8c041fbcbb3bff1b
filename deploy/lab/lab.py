"""One lab, and all that can be done with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Self

from deploy.lab import kernel, preflight, redfish, switch
from deploy.lab.database import Database
from deploy.lab.errors import LabError
from deploy.lab.faults import Faults
from deploy.lab.layout import PROJECT, THIRD, Layout
from deploy.lab.machines import Machines
from deploy.lab.network import Network
from deploy.lab.roles import NOTICES, Roles
from deploy.lab.secrets import Secrets
from deploy.lab.writers import LocalWriter, OutsideClient

_PLAN = Path(__file__).with_name("plan.yaml")
_READY_S = 30.0
_MARK = ".muster-lab"  # in every state directory: nothing else is ever deleted


class Lab:
    """`up`; power, `cut`, `heal`, `throttle`, `break_` at will; `reset` to start again; `down` at the end.

    `name` is the lab's id, `base` the second byte of the third site's addresses, `state` its directory.
    """

    def __init__(
        self, name: str = "a", base: int = 80, estate: str = "hanbit-bank", state: Path | None = None
    ) -> None:
        self.layout = Layout(name, base, estate, (state or PROJECT / "build" / "lab" / name).resolve())
        self.network = Network(self.layout)
        self.machines = Machines(self.layout, self.network)
        self.secrets = Secrets(self.layout)
        self._database = Database(self.layout, self.machines, self.secrets)
        self._roles = Roles(self.layout, self.secrets, self._database)
        self._faults = Faults(self.layout, self.machines)

    @classmethod
    def open(cls, name: str = "a", state: Path | None = None) -> Self:
        """The lab that was brought up under this id, with the base and estate it was given."""
        directory = (state or PROJECT / "build" / "lab" / name).resolve()
        if not (directory / "lab.json").exists():
            raise LabError(f"lab {name} is not up: python -m deploy.lab --id {name} up")
        layout = Layout.load(directory)
        return cls(layout.name, layout.base, layout.estate, layout.state)

    # --- life

    @property
    def is_up(self) -> bool:
        here = self.layout.namespace("edge") in kernel.namespaces(self.layout.prefix)
        return here and (self.layout.state / "ready").exists()

    def up(self, tell: Callable[[str], None] = lambda line: None) -> bool:
        """Bring the lab up; False when it was up already. What a crash left of it is removed first."""
        _refuse(preflight.why_not())
        if self.is_up:
            return False
        _refuse(self._why_not_ours())
        self.down()
        _refuse(self.network.why_not_free())
        try:
            self._build(tell)
        except BaseException:
            self._stop_all()  # but keep the logs: they say why
            raise
        return True

    def _why_not_ours(self) -> str | None:
        """Why the state directory cannot be taken: it holds somebody's files."""
        state = self.layout.state
        if state.exists() and not (state / _MARK).exists() and any(state.iterdir()):
            return f"{state} is not empty and no lab's directory: choose another --state"
        return None

    def _build(self, tell: Callable[[str], None]) -> None:
        state = self.layout.state
        for directory in (state, self.layout.logs, state / "disks"):
            directory.mkdir(parents=True, exist_ok=True)
        (state / _MARK).touch()
        self.layout.save()
        self.secrets.make()
        self._write_plan()
        tell("network")
        self.network.up()
        tell("data")
        self._make_seed()
        tell("hosts and services")
        switch.start(self.layout)
        self._boot_all()

    def _make_seed(self) -> None:
        host = self.layout.host(f"{self.layout.centers[0]}/db-1")
        self._roles.prepare(host)
        self.machines.on([host])
        self._database.seed()
        self.machines.off([host])

    def _boot_all(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._roles.prepare, self.layout.hosts))
        self.machines.all_on()
        self.wait_until_ready()
        (self.layout.state / "ready").touch()

    def reset(self) -> None:
        """Back to the first state: fresh disks, all powered on, nothing cut or broken; keys and plan stay."""
        (self.layout.state / "ready").unlink(missing_ok=True)
        self.machines.all_off()
        for link in ("seoul-edge", "busan-edge", "wan"):
            self.network.heal(link)
        self.network.throttle("off")
        self.network.open_edge()
        for fault in ("edge-gone", "pdu-lies"):  # the others went with disks and namespaces
            self._faults.put(fault, on=False)
        switch.forget(self.layout)
        self._boot_all()

    def down(self) -> None:
        """Leave nothing, also of a lab whose starter crashed: found by the names in the kernel."""
        self._stop_all()
        if (self.layout.state / _MARK).exists():
            shutil.rmtree(self.layout.state)

    def _stop_all(self) -> None:
        switch.stop(self.layout)
        found = kernel.processes(kernel.namespaces(self.layout.prefix))
        kernel.kill(pid for pids in found.values() for pid in pids if pid != os.getpid())
        self.network.down()
        (self.layout.state / "ready").unlink(missing_ok=True)

    def wait_until_ready(self) -> None:
        """Until all hosts answer, the replica follows and the first center serves."""
        self.machines.wait_for_ssh(self.layout.hosts)
        first = self.layout.centers[0]
        for port, host in ((53, "dns"), (8000, "sink"), (5672, f"{first}/web-1")):
            address = self.layout.host(host).address
            self._eventually(partial(_listens, address, port), f"{host} does not listen on {port}")
        self._eventually(self._database.streams, "the replica does not follow")
        for host in ("was-1:8080", "was-2:8080", "web-1:80"):
            name, _, web_port = host.partition(":")
            url = f"http://{self.layout.host(f'{first}/{name}').address}:{web_port}/health"
            self._eventually(partial(_healthy, url), f"{url} is not well")

    def _eventually(self, check: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + _READY_S
        while not check():
            if time.monotonic() > deadline:
                raise LabError(
                    f"{complaint} after {_READY_S:.0f} s: see the logs under {self.layout.state}/disks"
                )
            time.sleep(0.03)

    def _write_plan(self) -> None:
        text = _PLAN.read_text()
        for site in (THIRD, *self.layout.centers):
            shipped = Layout("a", 80, "hanbit-bank", Path()).network(site)
            # A marker first: a new address may look like one that is still to be replaced.
            text = re.sub(rf"\b{re.escape(shipped)}\.", f"@{site}@.", text)
        for site in (THIRD, *self.layout.centers):
            text = text.replace(f"@{site}@", self.layout.network(site))
        self.layout.plan.write_text(text.replace("estate: hanbit-bank", f"estate: {self.layout.estate}"))

    # --- what happens to it

    def power_off(self, target: str) -> None:
        """Cut the power of a host or of a center (with what runs in its `ops`)."""
        if target in self.layout.centers:
            self.machines.center_off(target)
        else:
            self.machines.host_off(target)

    def power_on(self, target: str) -> None:
        """Give power back and wait for SSH. Nothing protects an old primary: it starts read-write."""
        is_center = target in self.layout.centers
        self.machines.wait_for_ssh(
            self.machines.center_on(target) if is_center else self.machines.host_on(target)
        )

    def autostart(self, label: str, service: str, on: bool) -> None:
        """Whether a service starts by itself when its host gets power; databases and the first center's do."""
        down = self.layout.disk(self.layout.host(label)) / f"etc/sv/{service}/down"
        if not down.parent.is_dir():
            raise LabError(f"{label} has no service {service!r}")
        if on:
            down.unlink(missing_ok=True)
        else:
            down.touch()

    def cut(self, target: str) -> None:
        """Drop all packets on `seoul-edge`, `busan-edge`, `wan`, or on both links of a center."""
        self.network.cut(target)

    def heal(self, target: str) -> None:
        self.network.heal(target)

    def throttle(self, rate: str) -> None:
        """Bound the wan to a rate such as `2mbit`; `off` frees it."""
        self.network.throttle(rate)

    def break_(self, fault: str, argument: str | None = None) -> None:
        """Put in a fault: see `faults.py` for the names."""
        self._faults.put(fault, True, argument)

    def mend(self, fault: str, argument: str | None = None) -> None:
        self._faults.put(fault, False, argument)

    # --- what runs in it

    def spawn_in(
        self, center: str, argv: Sequence[str], env: Mapping[str, str] | None = None, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program of this machine in the network of a center's `ops`, or of `client`.

        It dies with the center's power. The caller waits for it; `down` kills it.
        """
        with (log or self.layout.logs / f"{center}.log").open("ab") as output:
            return subprocess.Popen(
                self.machines.inside(center, argv),
                env=dict(env) if env is not None else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=PROJECT,
                start_new_session=True,
            )

    def run_in(self, label: str, argv: Sequence[str], *, text: str | None = None) -> str:
        """Run a command as root inside a host, or in a center's `ops`, and give its output."""
        return self.machines.run(label, argv, text=text)

    def outside_client(self) -> OutsideClient:
        """The client in the world outside, not started yet."""
        return OutsideClient(self.layout, self.machines)

    def local_writer(self, center: str) -> LocalWriter:
        """The program inside a center that writes whatever happens to the links, not started yet."""
        return LocalWriter(self.layout, self.machines, center)

    def controllers(self, workers: Sequence[str]) -> None:
        """Start management controllers that speak Redfish, until a reset; these workers get login and authority."""
        redfish.start(self.layout, workers)

    def notices(self) -> list[dict[str, Any]]:
        """What arrived at the sink, in order: `at`, `path`, `body`."""
        path = self.layout.disk(self.layout.host("sink")) / NOTICES
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def starts(self, label: str, service: str) -> list[float]:
        """When a service was started, by the host's own disk: side effects outside any record of a run."""
        path = self.layout.disk(self.layout.host(label)) / f"var/log/{service}.starts"
        return [float(line) for line in path.read_text().split()] if path.exists() else []


def _refuse(reason: str | None) -> None:
    if reason:
        raise LabError(reason)


def _listens(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310  always http, made above
            return bool(answer.status == 200)
    except OSError:
        return False
