"""The labs of the tests: names and networks of their own for each test process, moved by MUSTER_TEST_LABS.

Processes of one run (pytest-xdist) have labs of their own, and so have several runs that share a machine.
"""

from __future__ import annotations

import os
from pathlib import Path

from deploy.lab.lab import Lab

APART = 15  # networks between the labs of two processes: e 100, t 103, u 106, d 109, c 112, three each
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
SHIFT = int(os.environ.get("MUSTER_TEST_LABS", "0")) + PROCESS * APART  # added to the base of each


def own(letter: str, base: int, *, estate: str = "hanbit-bank") -> Lab:
    """`letter` and `base` as no other lab of the tests has them."""
    name = f"{letter}{SHIFT or ''}"
    return Lab(name, base=base + SHIFT, estate=estate, state=memory_disks(name))


def memory_disks(name: str) -> Path | None:
    """A place in memory for a lab's disks, if there is one: hosts lose nothing by it, and resets are quick."""
    shm = Path("/dev/shm")
    if not shm.is_dir():
        return None
    room = os.statvfs(shm)
    roomy = room.f_bavail * room.f_frsize > 4 << 30
    return shm / f"muster-lab-{name}" if roomy and not room.f_flag & os.ST_NOEXEC else None
