"""Each fault of a chaos run does harm where it is put, is seen to do so by other eyes, and can be mended."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from deploy.chaos.schedule import NEW, OLD, Fault
from deploy.chaos.struck import Struck
from deploy.chaos.trouble import Trouble
from deploy.lab.lab import Lab
from deploy.site import Site

pytestmark = pytest.mark.lab

MENDED = [
    ("cut", "wan"),
    ("cut", f"{NEW}-edge"),
    ("throttle", "wan"),
    ("dns-refuses", "dns"),
    ("devices-gone", "devices"),
    ("wrong-database", NEW),
    ("store-gone", "store"),
    ("store-gone", "archive"),  # nobody has written to it
    ("disk-full", f"{NEW}/was-1"),
    ("power-off", f"{NEW}/web-1"),
]


@pytest.fixture(scope="module")
def site(lab: Lab) -> Iterator[Site]:
    """A lab in its first state, with a store; no worker and no server."""
    lab.reset()
    made = Site(lab)
    made.store.mkdir(exist_ok=True)
    yield made


@pytest.mark.parametrize(("kind", "target"), MENDED)
def test_it_strikes_and_is_mended(site: Site, kind: str, target: str) -> None:
    struck, trouble = Struck(site), Trouble(site)
    assert not struck.has(kind, target)
    happened = trouble.begin(Fault(kind, target, "load", 0.0, 1.0))
    assert happened.struck and struck.has(kind, target)
    trouble.end(happened)
    assert not struck.has(kind, target)


def test_what_is_there_already_does_not_strike_again(site: Site) -> None:
    trouble = Trouble(site)
    first = trouble.begin(Fault("cut", "wan", "load", 0.0, 1.0))
    again = trouble.begin(Fault("cut", "wan", "load", 0.0, 1.0))
    trouble.end(first)
    assert (first.struck, again.struck) == (True, False)


def test_the_old_center_comes_back(site: Site) -> None:
    """Its database takes writes at once, and a program beside it makes some; a second time it is on already."""
    site.lab.power_off(OLD)
    trouble, began = Trouble(site), time.time()
    assert trouble.begin(Fault("power-on", OLD, "detect", 0.0, 60.0)).struck
    deadline = time.monotonic() + 10
    while not any(at > began for at, _ in site.lab.local_writer(OLD).commits()):
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.05)
    assert not trouble.begin(Fault("power-back", OLD, "start", 0.0, 60.0)).struck


@pytest.mark.parametrize("device", ["edge", "pdu"])
def test_a_lie_strikes_when_the_device_is_asked(site: Site, device: str) -> None:
    layout = site.lab.layout
    orders = {"edge": layout.disk(layout.host("edge-ctl")) / f"srv/edge/said-{OLD}"}
    orders["pdu"] = layout.switch / f"said-{OLD}"
    trouble = Trouble(site)
    idle = trouble.begin(Fault("lies", device, "detect", 0.0, 6.0))
    trouble.end(idle)
    asked = trouble.begin(Fault("lies", device, "detect", 0.0, 6.0))
    orders[device].write_text("off")
    trouble.end(asked)
    assert (idle.struck, asked.struck) == (False, True)
