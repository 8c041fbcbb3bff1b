"""Management controllers of the centers' hosts: sushy-tools' Redfish emulator, wired to the lab's power switch.

`python -m deploy.lab.redfish STATE` serves it on the management network, at the address of `pdu-ctl`, with TLS and
a login. A host's machine is the system CENTER-HOST. Not part of every lab: `Lab.controllers()` starts it.
"""

from __future__ import annotations

import secrets
import socket
import ssl
import sys
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from deploy.lab import kernel
from deploy.lab.errors import LabError
from deploy.lab.layout import PROJECT, THIRD, Layout

PORT = 8443
LOGIN, AUTHORITY = "bmc-login", "bmc-ca"  # names of secrets
_START_S = 20.0
_ANSWER_S = 15.0


class Power(Protocol):
    """What is behind the controllers: systems by name."""

    def systems(self) -> list[str]: ...

    def is_on(self, system: str) -> bool: ...

    def switch(self, system: str, on: bool) -> None: ...


class SwitchedPower:
    """The power switch of a lab."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._targets = {system_of(h.label): h.label for h in layout.hosts if h.site != THIRD}

    def systems(self) -> list[str]:
        return list(self._targets)

    def is_on(self, system: str) -> bool:
        return self._ask("status", system) == "on"

    def switch(self, system: str, on: bool) -> None:
        self._ask("on" if on else "off", system)

    def _ask(self, verb: str, system: str) -> str:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_ANSWER_S)
            line.connect(str(self._layout.switch / "socket"))
            line.sendall(f"{verb} {self._targets[system]}\n".encode())
            with line.makefile() as answers:
                result, _, text = answers.readline().strip().partition(" ")
        if result != "ok":
            raise RuntimeError(text or "the power switch did not answer")
        return text


def system_of(label: str) -> str:
    """The name of the system that a host's machine is."""
    return label.replace("/", "-")


def emulator(power: Power, login_file: Path) -> Any:
    """The emulator's WSGI application. It exists once in a process: the last power is the one that counts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own libraries
        from sushy_tools import error
        from sushy_tools.emulator import main
        from sushy_tools.emulator.resources.systems.fakedriver import FakeDriver

    class Driver(FakeDriver):  # type: ignore[misc]
        """Unlike the emulator's own it switches at once: hers takes a random 1 to 11 s."""

        def __init__(self) -> None:
            pass

        @property
        def systems(self) -> list[str]:
            return power.systems()

        def _get(self, identity: str) -> dict[str, Any]:
            if identity not in power.systems():
                raise error.NotFound(f"no system {identity}")
            state = "On" if power.is_on(identity) else "Off"
            return {"uuid": identity, "name": identity, "power_state": state, "nics": []}

        def set_power_state(self, identity: str, state: str) -> None:
            self._get(identity)
            power.switch(identity, "On" in state or "Restart" in state)

    driver = Driver()
    main.Application.systems = property(lambda self: driver)
    main.app.configure(extra_config={"SUSHY_EMULATOR_AUTH_FILE": str(login_file)})
    return main.app


def make_login(place: Path) -> str:
    """A new USER:PASSWORD, known to the emulator by the file that is written."""
    import bcrypt

    password = secrets.token_hex(16)
    place.write_text(f"muster:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n")
    return f"muster:{password}"


def make_certificate(folder: Path, addresses: Iterable[str]) -> tuple[Path, Path]:
    """Certificate and key for these addresses; it signs itself, so it is the authority too."""
    certificate, key = folder / "controller.pem", folder / "controller.key"
    names = ",".join(f"IP:{address}" for address in addresses)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    words = ["-nodes", "-days", "30", "-subj", "/CN=controller", "-addext", f"subjectAltName={names}"]
    kernel.run(["openssl", "req", "-x509", *curve, *files, *words])
    return certificate, key


def tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def address_of(layout: Layout) -> str:
    """Where the controllers are, or will be."""
    return f"https://{layout.host('pdu-ctl').address}:{PORT}"


def start(layout: Layout, workers: Iterable[str]) -> None:
    """Start it and hand login and authority to these workers. A reset of the lab ends it."""
    folder = layout.state / "controllers"
    folder.mkdir(mode=0o700, exist_ok=True)
    device = layout.host("pdu-ctl")
    login = make_login(folder / "login")
    certificate, _ = make_certificate(folder, [device.address])
    for worker in workers:
        for name, text in ((LOGIN, login), (AUTHORITY, certificate.read_text())):
            secret = layout.secrets / worker / name
            secret.touch(mode=0o600)
            secret.write_text(text)
    log = layout.logs / "redfish.log"
    argv = [sys.executable, "-m", "deploy.lab.redfish", str(layout.state)]
    kernel.detach(kernel.inside(layout.namespace_of(device), argv), cwd=PROJECT, log=log)
    _await(device.address, log)


def _await(address: str, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            with socket.create_connection((address, PORT), timeout=1):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise LabError(f"the Redfish emulator did not start: see {log}") from None
        time.sleep(0.1)


def serve(state: Path) -> None:
    """Serve until the process is ended, as `down` ends all that runs in the lab's networks."""
    layout = Layout.load(state)
    folder = state / "controllers"
    app = emulator(SwitchedPower(layout), folder / "login")
    context = tls(folder / "controller.pem", folder / "controller.key")
    app.run(host=layout.host("pdu-ctl").address, port=PORT, ssl_context=context, threaded=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
