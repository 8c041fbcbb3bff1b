"""The power switch behind `pdu-ctl`: a process that serves one socket. `python -m deploy.lab.switch STATE`.

One line asks (`off|on|status TARGET`), one line answers (`ok [TEXT]` or `no REASON`).
"""

from __future__ import annotations

import os
import signal
import socketserver
import sys
import time
from contextlib import suppress
from pathlib import Path

from deploy.lab import kernel
from deploy.lab.errors import LabError
from deploy.lab.layout import PROJECT, Layout
from deploy.lab.machines import Machines
from deploy.lab.network import Network

_SOCKET = "socket"
_SAID = "said-"  # and a target: the last order for it
_START_S = 10.0
LIES = "lies"  # while this file is there, the switch says what was asked for and does nothing


def answer(layout: Layout, machines: Machines, line: str) -> str:
    """Carry out one request."""
    verb, _, target = line.strip().partition(" ")
    try:
        hosts = layout.select(target)
        lies = layout.switch / LIES
        said = layout.switch / f"{_SAID}{target.replace('/', '-')}"
        if verb == "status":
            on = any(machines.is_on(host) for host in hosts)
            return (
                f"ok {said.read_text()}" if lies.exists() and said.exists() else f"ok {'on' if on else 'off'}"
            )
        if verb not in ("on", "off"):
            return f"no unknown request {verb!r}"
        said.write_text(verb)
        if not lies.exists():
            _change(machines, verb, target, target in layout.centers)
        return "ok"
    except LabError as error:
        return f"no {error}"


def _change(machines: Machines, verb: str, target: str, is_center: bool) -> None:
    if is_center:
        machines.center_on(target) if verb == "on" else machines.center_off(target)
    else:
        machines.host_on(target) if verb == "on" else machines.host_off(target)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def serve(state: Path) -> None:
    """Serve until a signal ends the process."""
    layout = Layout.load(state)
    machines = Machines(layout, Network(layout))

    class Request(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write((answer(layout, machines, self.rfile.readline().decode()) + "\n").encode())

    os.chdir(layout.switch)  # a socket's path has room for 107 bytes only: the name alone always fits
    with suppress(FileNotFoundError):
        os.unlink(_SOCKET)
    with _Server(_SOCKET, Request) as server:
        os.chmod(_SOCKET, 0o666)  # noqa: S103  netops asks, and sees the socket through pdu-ctl alone
        server.serve_forever()


def start(layout: Layout) -> None:
    """Start the switch as a process of its own and wait for its socket."""
    layout.switch.mkdir(exist_ok=True)
    log = layout.logs / "switch.log"
    kernel.detach([sys.executable, "-m", "deploy.lab.switch", str(layout.state)], cwd=PROJECT, log=log)
    deadline = time.monotonic() + _START_S
    while not (layout.switch / _SOCKET).exists():
        if time.monotonic() > deadline:
            raise LabError(f"the power switch did not start within {_START_S:.0f} s: see {log}")
        time.sleep(0.02)


def forget(layout: Layout) -> None:
    """The orders that it had: they were for hosts that are new now, and a switch that lies would go by them."""
    for said in layout.switch.glob(f"{_SAID}*"):
        said.unlink()


def stop(layout: Layout) -> None:
    """End the switch, found by its command line: also one whose starter died."""
    wanted = ["-m", "deploy.lab.switch", str(layout.state)]
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                words = Path(f"/proc/{entry}/cmdline").read_text().split("\0")
                if words[1:4] == wanted:
                    found.append(int(entry))
    kernel.kill(found)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(Path(sys.argv[1]))
