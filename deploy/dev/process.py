"""One process known by its pid file, so that a later program can end what an earlier one started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

GRACE = 5.0  # seconds between SIGTERM and SIGKILL


class PidFile:
    """The process that `path` names, as long as `sign` stands in its command line (pids are used again)."""

    def __init__(self, path: Path, sign: str) -> None:
        self.path = path
        self._sign = sign.encode()
        self._child: subprocess.Popen[bytes] | None = None

    def spawn(self, command: Sequence[str | Path], log: Path) -> None:
        """Starts the command in a session of its own: it outlives its starter, Ctrl-C does not reach it."""
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        self.path.write_text(f"{self._child.pid}\n")

    def pid(self) -> int | None:
        """The pid while the process lives, until the last of its threads has closed its ports and files."""
        if self._child is not None:
            if self._child.poll() is None:
                return self._child.pid
            self._child = None
        try:
            pid = int(self.path.read_text())
            return pid if self._lives(Path(f"/proc/{pid}")) else None
        except (OSError, ValueError):
            return None

    def _lives(self, process: Path) -> bool:
        command_line = (process / "cmdline").read_bytes()
        if command_line:
            return self._sign in command_line
        # Dying: the command line is gone before the ports are. A zombie with no other thread has none left.
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX" or len(list((process / "task").iterdir())) > 1

    def end(self, *, at_once: bool = False) -> None:
        """SIGTERM, after GRACE seconds SIGKILL; `at_once`: SIGKILL. Returns when the process is gone."""
        if not at_once:
            self._signal(signal.SIGTERM, GRACE)
        self._signal(signal.SIGKILL, GRACE)
        self.path.unlink(missing_ok=True)

    def _signal(self, number: signal.Signals, wait: float) -> None:
        pid = self.pid()
        if pid is None:
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        limit = time.monotonic() + wait
        while self.pid() is not None and time.monotonic() < limit:
            time.sleep(0.01)
