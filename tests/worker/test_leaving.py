"""A worker that was told to stop is gone in a bounded time."""

from __future__ import annotations

import subprocess
import sys
import time

from worker.leaving import STUCK

HANGS = "import time; from worker.leaving import leave_within; leave_within({limit}); {then}"


def leave(limit: float, then: str) -> tuple[subprocess.CompletedProcess[str], float]:
    began = time.monotonic()
    program = HANGS.format(limit=limit, then=then)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    return ended, time.monotonic() - began


def test_what_hangs_is_ended_and_said() -> None:
    """Nothing hangs: the process ends with a code of its own, and what held it can be read."""
    ended, seconds = leave(0.3, "time.sleep(50)")
    assert ended.returncode == STUCK
    assert seconds < 30
    assert "worker_stuck" in ended.stdout + ended.stderr
    assert 'File "<string>", line 1' in ended.stderr


def test_who_leaves_in_time_is_not_disturbed() -> None:
    """The limit holds nobody: a process that is done ends at once, and well."""
    ended, seconds = leave(50, "print('gone')")
    assert (ended.returncode, ended.stdout) == (0, "gone\n")
    assert seconds < 30
