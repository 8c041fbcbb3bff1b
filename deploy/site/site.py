"""Bringing a whole Muster up on a lab, and taking it down again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.dev.door import close_door, open_door
from deploy.dev.temporal_server import DevServer
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.layout import PROJECT, THIRD
from deploy.site.workers import WorkerProcess, arguments

CONTROL = "control"
PORTS = "site.json"  # in the lab's state: another process can take down what this one brought up
COMMAND_WITHIN = 120.0  # seconds for one command line
Tell = Callable[[str], None]


def _silent(line: str) -> None:
    pass


class Site:
    """`with Site(lab) as site:`; `site.muster("start", …)` is the command line; workers and server can be killed."""

    def __init__(self, lab: Lab, *, ui_port: int | None = None, server: DevServer | None = None) -> None:
        self.lab = lab
        state = lab.layout.state
        kept = _kept_ports(state / PORTS)
        self.server = server or DevServer(
            state / "temporal" / "temporal.db", port=kept.get("port", 0), ui_port=kept.get("ui_port", ui_port)
        )
        self._owns_server = server is None
        self.archive = state / "archive"
        self.store = state / "store"
        self.workers = {place: self.worker(place) for place in (CONTROL, *lab.layout.centers)}

    @property
    def estate(self) -> str:
        return self.lab.layout.estate

    @property
    def plan(self) -> Path:
        return self.lab.layout.plan

    def up(self, tell: Tell = _silent) -> None:
        """Lab, server, workers; then hosts prepared and the estate applied, as an operator does it."""
        self.lab.up(lambda line: tell(f"lab: {line}"))
        if self._owns_server:
            tell("Temporal server")
            self.server.start()
            ports = {"port": self.server.port, "ui_port": self.server.ui_port}
            (self.lab.layout.state / PORTS).write_text(json.dumps(ports))
        self._open_door()
        tell("workers at control, " + ", ".join(self.lab.layout.centers))
        self.start_workers()
        tell("muster prepare, muster apply")
        self.prepare_and_apply()

    def start_workers(self) -> None:
        for worker in self.workers.values():
            worker.start()
        for worker in self.workers.values():
            worker.wait()

    def prepare_and_apply(self) -> None:
        self.muster("prepare", str(self.plan), "--yes")
        self.muster("apply", str(self.plan))

    def down(self) -> None:
        """Leave nothing. Works after a crash too: the lab finds its own."""
        for worker in self.workers.values():
            worker.kill()
            worker.kill_forgotten()
        close_door(self._door, self.server.port)
        if self._owns_server:
            self.server.stop()
        self.lab.down()

    def __enter__(self) -> Self:
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    # --- the command line

    def muster(self, *words: str, by: str = "sre", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `muster WORDS` at the third site. With `check` a refusal raises LabError with its line."""
        done = subprocess.run(
            [sys.executable, "-m", "starter", *words],
            env=self.env(CONTROL) | {"MUSTER_USER": by},
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if check and done.returncode != 0:
            raise LabError(f"muster {' '.join(words)}: {(done.stderr or done.stdout).strip()}")
        return done

    def muster_json(self, *words: str) -> dict[str, object]:
        """What a command answers to machines."""
        content: dict[str, object] = json.loads(self.muster(*words, "--json").stdout)
        return content

    def worker(self, place: str, name: str = "") -> WorkerProcess:
        """A worker of a place, not started. `name`: one beside the usual one, with a state directory of its own."""
        name = name or place
        log = self.lab.layout.state / "logs" / f"worker-{name}.log"
        is_control = place == CONTROL
        spawn = self._spawn_here if is_control else self._spawner(place)
        env = self.env(place) | {"MUSTER_STATE": str(self.lab.layout.state / "worker" / name)}
        return WorkerProcess(place, arguments(place, is_control), env, log, spawn)

    def env(self, place: str) -> dict[str, str]:
        """The environment of a worker or of the command line at a place."""
        state = self.lab.layout.state
        address = self.server.address if place == CONTROL else f"{self._door}:{self.server.port}"
        return {
            **{key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TERM")},
            "PYTHONUNBUFFERED": "1",
            "TEMPORAL_ADDRESS": address,
            "TEMPORAL_NAMESPACE": self.server.namespace,
            "MUSTER_ESTATE": self.estate,
            "MUSTER_SECRETS": str(self.lab.layout.secrets / place),
            "MUSTER_STORE": str(self.store),
            "MUSTER_ARCHIVE": str(self.archive),
            "MUSTER_STATE": str(state / "worker" / place),
        }

    # --- parts

    @property
    def _door(self) -> str:
        """Where the centers find the server: this machine, behind the edge router."""
        return f"{self.lab.layout.network(THIRD)}.0.1"

    def _open_door(self) -> None:
        open_door(self._door, self.server.port, [self.lab.layout.link("edge")])

    def _spawn_here(self, argv: list[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                argv,
                env=dict(env),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _spawner(
        self, center: str
    ) -> Callable[[list[str], Mapping[str, str], Path], subprocess.Popen[bytes]]:
        return lambda argv, env, log: self.lab.spawn_in(center, argv, env, log)


def _kept_ports(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    ports: dict[str, int] = json.loads(path.read_text())
    return ports
