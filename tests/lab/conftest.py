"""The lab that the tests share: brought up once, reset between the tests that hurt it, always taken down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.lab.lab import Lab
from deploy.lab.remote import Remote


def memory_disks(name: str) -> Path | None:
    """A place in memory for a lab's disks, if there is one: hosts lose nothing by it, and resets are quick."""
    shm = Path("/dev/shm")
    if not shm.is_dir():
        return None
    room = os.statvfs(shm)
    roomy = room.f_bavail * room.f_frsize > 4 << 30
    return shm / f"muster-lab-{name}" if roomy and not room.f_flag & os.ST_NOEXEC else None


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab of its own (id t, 10.70 to 10.72): it leaves the one that somebody works with alone."""
    made = Lab("t", base=70, state=memory_disks("t"))
    made.down()  # what an interrupted run left
    made.up()
    try:
        yield made
    finally:
        made.down()


@pytest.fixture
def fresh_lab(lab: Lab) -> Lab:
    """The lab in its first state."""
    lab.reset()
    return lab


@pytest.fixture
def devices(fresh_lab: Lab) -> Iterator[Remote]:
    """Edge and power switch, as whoever holds their keys reaches them."""
    hosts = [fresh_lab.layout.host("edge-ctl"), fresh_lab.layout.host("pdu-ctl")]
    with Remote.to(fresh_lab.layout, fresh_lab.secrets, hosts) as remote:
        yield remote
