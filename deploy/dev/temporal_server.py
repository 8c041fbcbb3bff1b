"""`temporal server start-dev` with a database file, the Web UI, our search attributes, no 50 ms hops."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.dev.errors import DevServerError
from deploy.dev.process import PidFile
from deploy.dev.temporal_cli import find_temporal
from workflows.names import SEARCH_ATTRIBUTES

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"
START_LIMIT = 30.0  # seconds; a second is usual

DYNAMIC_CONFIG = (
    # A shard polls its queues 20 times a second by default: each hop to another task queue waits up to 50 ms.
    "history.transferProcessorMaxPollRPS=1000",
    "history.timerProcessorMaxPollRPS=1000",
)


def free_port(ip: str = LOOPBACK) -> int:
    with socket.socket() as probe:
        probe.bind((ip, 0))
        port: int = probe.getsockname()[1]
        return port


def why_port_taken(ip: str, port: int, option: str) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            return f"port {port} at {ip} cannot be used ({error.strerror}); choose another with {option}"
    return None


class DevServer:
    """One server on one database file. Ports of 0 are chosen once and kept over `kill` and `start`.

    `ip` is 127.0.0.1 or 0.0.0.0 (all addresses). The CLI takes any other too, but its parts then listen there
    and dial each other at 127.0.0.1: no workflow ever starts. `deploy.dev.door` opens a single address.
    The Web UI has an address of its own and reaches the frontend either way; None for its port: no UI.
    `settings` are more of its dynamic configuration, as KEY=JSON.
    The pid stands beside the database: a server outlives who started it, and any other program may stop it.
    """

    def __init__(
        self,
        database: Path,
        *,
        ip: str = LOOPBACK,
        port: int = 0,
        ui_ip: str = LOOPBACK,
        ui_port: int | None = 0,
        namespace: str = "default",
        settings: tuple[str, ...] = (),
    ) -> None:
        if ip not in (LOOPBACK, EVERYWHERE):
            raise DevServerError(f"the dev server works at {LOOPBACK} or {EVERYWHERE} only, not at {ip}")
        self.database = database.absolute()
        self.log = self.database.with_suffix(".log")
        self.namespace = namespace
        self._settings = (*DYNAMIC_CONFIG, *settings)
        self.ip, self.port = ip, port or free_port(ip)
        self.ui_ip, self.ui_port = ui_ip, free_port(ui_ip) if ui_port == 0 else ui_port
        self._http_port = free_port(ip)
        self._process = PidFile(self.database.with_suffix(".pid"), sign=str(self.database))

    @property
    def address(self) -> str:
        """Where clients on this machine connect."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def ui_address(self) -> str | None:
        return f"http://{self.ui_ip}:{self.ui_port}" if self.ui_port is not None else None

    @property
    def pid(self) -> int | None:
        """The pid of the running server, whoever started it."""
        return self._process.pid()

    def start(self) -> None:
        """Returns when all of it answers: search attributes, history, Web UI. Raises DevServerError."""
        refusal = self._why_not_start()
        if refusal is not None:
            raise DevServerError(refusal)
        self.database.parent.mkdir(parents=True, exist_ok=True)
        self._process.spawn(self.command(), self.log)
        limit = time.monotonic() + START_LIMIT
        while (waits_for := self._waits_for()) is not None:
            if self.pid is None:
                raise DevServerError(
                    f"the Temporal server ended at its start: {self._last_line()} (see {self.log})"
                )
            if time.monotonic() > limit:
                self.stop()
                raise DevServerError(
                    f"the Temporal server has no {waits_for} after {START_LIMIT:.0f} s (see {self.log})"
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """SIGTERM, after 5 s SIGKILL. Nothing to do when it does not run."""
        self._process.end()

    def kill(self) -> None:
        """SIGKILL, as a crash. `start` goes on with the same database and ports."""
        self._process.end(at_once=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def command(self) -> list[str]:
        words = [str(find_temporal()), "server", "start-dev", "--log-level", "warn"]
        words += ["--db-filename", str(self.database), "--namespace", self.namespace]
        words += ["--ip", self.ip, "--port", str(self.port), "--http-port", str(self._http_port)]
        if self.ui_port is None:
            words.append("--headless")
        else:
            words += ["--ui-ip", self.ui_ip, "--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
        for attribute in SEARCH_ATTRIBUTES:
            words += ["--search-attribute", f"{attribute.name}=Keyword"]
        for setting in self._settings:
            words += ["--dynamic-config-value", setting]
        return words

    def _why_not_start(self) -> str | None:
        if self.pid is not None:
            return f"a Temporal server with {self.database} runs already (pid {self.pid})"
        taken = why_port_taken(self.ip, self.port, "--port")
        if taken is None and self.ui_port is not None:
            taken = why_port_taken(self.ui_ip, self.ui_port, "--ui-port")
        return taken

    def _waits_for(self) -> str | None:
        """What does not answer yet. The frontend is up a second before history and the UI are."""
        api = f"http://{LOOPBACK}:{self._http_port}/api/v1/namespaces/{self.namespace}"
        attributes = _get(f"{api}/search-attributes")
        if (
            attributes is None
            or not {key.name for key in SEARCH_ATTRIBUTES} <= attributes["customAttributes"].keys()
        ):
            return "search attributes"
        if _get(f"{api}/workflows/none") is None:
            return "history"
        if self.ui_address and _get(f"{self.ui_address}/api/v1/namespaces/{self.namespace}") is None:
            return "Web UI"
        return None

    def _last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _get(url: str) -> dict[str, dict[str, str]] | None:
    """The JSON answer, {} when it says "not found" (an answer too), None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http address
            found: dict[str, dict[str, str]] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        return {} if error.code == 404 else None
    except (OSError, ValueError):
        return None
