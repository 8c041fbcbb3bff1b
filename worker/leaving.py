"""Leaving in a bounded time: a worker that was told to stop is gone by then, whatever does not let go of it.

Its runs lose nothing by that: to them it is a worker that was lost, and the next one goes on. A process that lingers
would be worse: it polls no more, and whoever stops or updates it waits.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading

import structlog

log = structlog.stdlib.get_logger()

STUCK = 3  # the exit code of a process that had to be ended


def leave_within(seconds: float) -> None:
    """End this process with STUCK when it still lives then; what held it is written to standard error.

    A thread of its own: what hangs may be the event loop itself.
    """
    timer = threading.Timer(seconds, _end, [seconds])
    timer.daemon = True
    timer.start()


def _end(seconds: float) -> None:
    log.error("worker_stuck", after_s=seconds, what="ended; its runs go on at the next worker")
    faulthandler.dump_traceback(sys.__stderr__ or sys.stderr, all_threads=True)
    os._exit(STUCK)
