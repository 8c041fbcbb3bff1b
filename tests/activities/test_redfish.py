"""A fence by Redfish, against sushy-tools' emulator over TLS: what controllers say or do not (laws 1, 2)."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from activities.errors import HostUnreachable, SecretMissing
from activities.models import FenceOrder, Outcome, RedfishMachine, RedfishPower
from activities.redfish import RedfishDevice
from activities.secrets import DirectorySecrets
from deploy.dev.temporal_server import free_port
from deploy.lab import redfish

MACHINES = ["seoul-db-1", "seoul-was-1"]


class Machines:
    """Power of machines, with controllers that may be stubborn, or give power back by themselves."""

    def __init__(self) -> None:
        self.on = dict.fromkeys(MACHINES, True)
        self.asked: list[tuple[str, bool]] = []
        self.stubborn: set[str] = set()
        self.broken: set[str] = set()
        self.restarts: set[str] = set()  # a moment after they went off
        self.off_at: dict[str, float] = {}

    def systems(self) -> list[str]:
        return list(self.on)

    def is_on(self, system: str) -> bool:
        if system in self.restarts and time.monotonic() > self.off_at.get(system, math.inf) + 0.8:
            self.on[system] = True
        return self.on[system]

    def switch(self, system: str, on: bool) -> None:
        self.asked.append((system, on))
        if system in self.broken:
            raise RuntimeError("firmware says no")
        if system not in self.stubborn:
            self.on[system] = on
            self.off_at[system] = math.inf if on else time.monotonic()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("controllers")
    made.chmod(0o700)
    (made / redfish.LOGIN).write_text(redfish.make_login(made / "login"))
    certificate, _ = redfish.make_certificate(made, ["127.0.0.1"])
    (made / redfish.AUTHORITY).write_text(certificate.read_text())
    (made / "wrong-login").write_text("muster:wrong")
    (made / "no-login").write_text("muster")
    for name in (redfish.LOGIN, redfish.AUTHORITY, "wrong-login", "no-login"):
        (made / name).chmod(0o600)
    return made


@pytest.fixture
def machines(folder: Path) -> Machines:
    made = Machines()
    redfish.emulator(made, folder / "login")
    return made


@pytest.fixture(scope="module")
def controller(folder: Path) -> Iterator[str]:
    context = redfish.tls(folder / "controller.pem", folder / "controller.key")
    app = redfish.emulator(Machines(), folder / "login")
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def device(folder: Path) -> RedfishDevice:
    return RedfishDevice(DirectorySecrets(folder))


def order(controller: str, *names: str, **changed: object) -> FenceOrder:
    machines = [
        RedfishMachine(name=name, controller=controller, path=f"/redfish/v1/Systems/{name}")
        for name in names or MACHINES
    ]
    power = RedfishPower(machines=machines, login=redfish.LOGIN, tls_ca=redfish.AUTHORITY)
    return FenceOrder(
        center="seoul",
        name="bmc",
        stops="writers",
        lives="third-site",
        redfish=power.model_copy(update=changed),
    )


async def test_every_machine_is_off_and_says_so(
    device: RedfishDevice, machines: Machines, controller: str
) -> None:
    """Law 1: a writers' fence is every machine; law 3: again is `already`, and nothing is asked twice."""
    assert not await device.is_fenced(order(controller))
    first = await device.move(order(controller), fenced=True)
    assert (first.outcome, set(machines.on.values())) == (Outcome.DONE, {False})
    assert await device.is_fenced(order(controller))
    again = await device.move(order(controller), fenced=True)
    assert again.outcome is Outcome.ALREADY
    assert sorted(machines.asked) == [(name, False) for name in MACHINES]
    lifted = await device.move(order(controller), fenced=False)
    assert (lifted.outcome, set(machines.on.values())) == (Outcome.DONE, {True})


async def test_one_machine_that_stays_on_is_named(
    device: RedfishDevice, machines: Machines, controller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 2: a controller that took the order and does not confirm leaves it unknown; the other machine is off."""
    monkeypatch.setattr("activities.redfish.CONFIRM_WITHIN", 2.0)
    machines.stubborn.add("seoul-was-1")
    result = await device.move(order(controller), fenced=True)
    assert result.outcome is Outcome.UNKNOWN
    assert "seoul-was-1 is on" in result.summary and "db-1" not in result.summary
    assert not machines.on["seoul-db-1"]


async def test_power_that_comes_back_is_no_fence(
    device: RedfishDevice, machines: Machines, controller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3: confirmed twice with a settle time between; a controller may give power back by its own policy."""
    monkeypatch.setattr("activities.redfish.CONFIRM_WITHIN", 3.0)
    machines.restarts.add("seoul-db-1")
    result = await device.move(order(controller), fenced=True)
    assert result.outcome is Outcome.UNKNOWN, result


@pytest.mark.parametrize("spoiled", ["unknown system", "wrong login"])
async def test_a_refusal_is_a_failure_that_names_its_machine(
    device: RedfishDevice, machines: Machines, controller: str, spoiled: str
) -> None:
    """Law 2: refused is failed, and what else was asked is told."""
    spoilt = (
        order(controller, "seoul-db-1", "seoul-db-9")
        if spoiled == "unknown system"
        else order(controller, login="wrong-login")
    )
    result = await device.move(spoilt, fenced=True)
    assert result.outcome is Outcome.FAILED, result
    named = "seoul-db-9" if spoiled == "unknown system" else "refuses the login"
    assert named in result.summary
    assert machines.on["seoul-db-1"] is (spoiled == "wrong login")


async def test_a_controller_that_cannot_be_asked_hides_no_other(
    device: RedfishDevice, machines: Machines, controller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laws 1, 2: unreachable is not off; what can be reached is switched off all the same."""
    monkeypatch.setattr("activities.redfish.CONFIRM_WITHIN", 1.0)
    both = order(controller)
    assert both.redfish is not None
    dead = RedfishMachine(
        name="dead", controller=f"https://127.0.0.1:{free_port()}", path="/redfish/v1/Systems/1"
    )
    power = both.redfish.model_copy(update={"machines": [dead, *both.redfish.machines]})
    spoilt = both.model_copy(update={"redfish": power})
    result = await device.move(spoilt, fenced=True)
    assert result.outcome is Outcome.UNKNOWN
    assert "dead" in result.summary and "does not answer" in result.summary
    assert set(machines.on.values()) == {False}
    with pytest.raises(HostUnreachable, match="dead"):
        await device.is_fenced(spoilt)


async def test_firmware_that_fails_is_not_off(
    device: RedfishDevice, machines: Machines, controller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 2: an error in the middle of the change leaves it unknown, and names the machine."""
    monkeypatch.setattr("activities.redfish.CONFIRM_WITHIN", 1.0)
    machines.broken.add("seoul-db-1")
    result = await device.move(order(controller), fenced=True)
    assert result.outcome is Outcome.UNKNOWN and "seoul-db-1" in result.summary


async def test_certificates_are_looked_at(device: RedfishDevice, machines: Machines, controller: str) -> None:
    """A controller whose certificate nobody vouches for is not spoken to, unless the plan says so."""
    stranger = order(controller, tls_ca=None)
    with pytest.raises(HostUnreachable, match="certificate"):
        await device.is_fenced(stranger)
    assert not await device.is_fenced(order(controller, tls_ca=None, insecure=True))


async def test_a_login_that_is_none_is_said(device: RedfishDevice, controller: str) -> None:
    """Law 13: the message names the secret, never what is in it."""
    with pytest.raises(SecretMissing, match=r"no-login.*USER:PASSWORD"):
        await device.is_fenced(order(controller, login="no-login"))
