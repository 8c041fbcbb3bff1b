"""A clock that nobody sets: for spans of time on one machine, never for dates."""

from __future__ import annotations

import contextlib
import time
from functools import cache
from pathlib import Path
from uuid import uuid4


@cache
def boot() -> str:
    """Ticks are comparable until the machine is started anew; where that cannot be known, within this process."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return uuid4().hex


def tick() -> float:
    """Seconds since the machine was started. Goes on while it sleeps, where there is such a clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
