"""Those who write during a disaster: the client outside and the local program inside a center."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.lab import kernel
from deploy.lab.errors import LabError
from deploy.lab.layout import PROJECT, ZONE, Layout
from deploy.lab.machines import Machines
from deploy.lab.roles import LOCAL_LOG, LOCAL_RATE

_PUBLIC_NAME = f"www.{ZONE}"


@dataclass(frozen=True)
class Ack:
    """A write acknowledged to the client outside. `address` answered; times are wall and monotonic."""

    ref: str
    address: str
    sent: float
    acked: float
    mono_sent: float
    mono_acked: float


class OutsideClient:
    """The client in the world outside, a process of its own in the network of `client`."""

    def __init__(self, layout: Layout, machines: Machines) -> None:
        self._layout = layout
        self._machines = machines
        self._log = layout.state / "acknowledged.jsonl"
        self._end = layout.state / "acknowledged.end"
        self._read = 0
        self._acks: list[Ack] = []

    def start(self, writers: int = 4, rate: float = 200.0) -> None:
        """Begin a new record: `rate` writes a second, all writers together."""
        self.stop()
        self._log.write_text("")
        self._end.unlink(missing_ok=True)
        self._read, self._acks = 0, []
        words = [self._layout.dns, _PUBLIC_NAME, str(writers), str(rate), str(self._log)]
        program = [sys.executable, "-m", "deploy.lab.client", *words]
        kernel.detach(
            self._machines.inside("client", program), cwd=PROJECT, log=self._layout.logs / "client.log"
        )

    def stop(self) -> None:
        """End all clients of this lab: also one that another process started."""
        found = kernel.processes([self._layout.namespace("client")])
        pids = [pid for pids in found.values() for pid in pids]
        kernel.kill(pids)
        if pids:
            self._end.write_text(f"{time.monotonic()}")

    @property
    def stopped_at(self) -> float:
        """When the record ended (monotonic); now, while the client runs."""
        return float(self._end.read_text()) if self._end.exists() else time.monotonic()

    def acknowledged(self) -> list[Ack]:
        """All acknowledged writes so far, in the order of their acknowledgement."""
        if not self._log.exists():
            return []
        with self._log.open("rb") as log:
            log.seek(self._read)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        self._acks += [Ack(**json.loads(line)) for line in whole.splitlines()]
        return sorted(self._acks, key=lambda ack: ack.mono_acked)

    def wait_for_write(self, at: str | None = None, since: float = 0.0, timeout: float = 30.0) -> Ack:
        """The first write acknowledged after `since` (wall time), at the address of center `at` if named."""
        address = self._layout.web(at) if at else None
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for ack in self.acknowledged():
                if ack.acked >= since and address in (None, ack.address):
                    return ack
            time.sleep(0.02)
        raise LabError(f"no write was acknowledged{f' at {at}' if at else ''} within {timeout:.0f} s")


class LocalWriter:
    """A program on a center's database host: it goes on when the links are cut, and dies with the power."""

    def __init__(self, layout: Layout, machines: Machines, center: str) -> None:
        self._host = layout.host(f"{center}/db-1")
        self._machines = machines
        self._disk = layout.disk(self._host)

    def start(self, rate: float = 50.0) -> None:
        """Begin to write, `rate` commits a second at most."""
        (self._disk / LOCAL_RATE).write_text(f"{rate}\n")
        self._machines.run(self._host.label, ["sv", "start", "local-writer"])

    def stop(self) -> None:
        if self._machines.is_on(self._host):
            self._machines.run(self._host.label, ["sv", "force-stop", "local-writer"])

    def commits(self) -> list[tuple[float, str]]:
        """Time and reference of each local commit, from the disk: also when the host has no power."""
        path: Path = self._disk / LOCAL_LOG
        # The power may have gone in the middle of a line.
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        words = [line.split() for line in lines if line.endswith("\n")]
        return [(float(at), ref) for at, ref in words]
