"""Worker processes on a lab: each in the network of its place, with its own secrets and disk."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.lab.errors import LabError

START_WITHIN = 30.0  # seconds
STOP_WITHIN = 40.0

Spawn = Callable[[list[str], Mapping[str, str], Path], "subprocess.Popen[bytes]"]


@dataclass
class WorkerProcess:
    """One worker; `spawn` starts a program in the network of its place."""

    place: str
    argv: list[str]
    env: Mapping[str, str]
    log: Path
    spawn: Spawn
    process: subprocess.Popen[bytes] | None = field(default=None)
    _read: int = 0

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; `wait` tells when it works."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._read = self.log.stat().st_size if self.log.exists() else 0
        self.process = self.spawn(self.argv, self.env, self.log)
        self._pid_file.write_text(f"{self.process.pid}\n")

    def wait(self) -> None:
        """Until it has said that it works."""
        deadline = time.monotonic() + START_WITHIN
        while b"worker_started" not in self._output():
            if not self.is_alive or time.monotonic() > deadline:
                last = self._output().decode(errors="replace").strip().splitlines()[-1:]
                raise LabError(f"the worker of {self.place} did not start: {' '.join(last)} (see {self.log})")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, as a crash of the machine it runs on."""
        self._end(signal.SIGKILL, 5.0)

    def kill_forgotten(self) -> None:
        """End the one that a process before this one started and did not live to end."""
        if self.process is not None or not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text())
        mine = f"MUSTER_STATE={self.env['MUSTER_STATE']}".encode()
        with contextlib.suppress(OSError):
            if mine in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                os.killpg(pid, signal.SIGKILL)

    @property
    def _pid_file(self) -> Path:
        return self.log.with_suffix(".pid")

    def stop(self) -> None:
        """SIGTERM, and the time it takes to end well."""
        self._end(signal.SIGTERM, STOP_WITHIN)

    def _end(self, number: int, within: float) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, number)
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _output(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(self._read)
            return log.read()


def standing(argv: list[str], gates: Path) -> list[str]:
    """The same worker, standing where `gates` say (`deploy.site.standing`)."""
    return [*argv[:2], "deploy.site.standing", str(gates), *argv[3:]]


def arguments(place: str, is_control: bool) -> list[str]:
    where = ["--control"] if is_control else ["--center", place]
    return [sys.executable, "-m", "worker", *where]
