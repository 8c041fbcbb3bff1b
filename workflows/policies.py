"""Timeouts and retries, each with its reason. Durations in seconds are turned to timedelta here and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy

# A worker that takes no work for this long is counted as gone, and the other path is taken.
WORKER_ANSWERS = timedelta(seconds=3)
# A worker that died in the middle of an activity is noticed after this; the job itself lives on (law 4). Workers beat
# for every activity that has it, so it says nothing of how long the work takes: of it `start_to_close` does.
HEARTBEAT = timedelta(seconds=5)

# The same for a look that goes on for minutes: its heartbeats come every second.
LOOK_HEARTBEAT = timedelta(seconds=6)

# Looks: quick, repeated a few times, then the run goes on without them or holds.
LOOK_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=300), backoff_coefficient=2.0, maximum_attempts=3
)
# Changes: Temporal's retries join the same job, so they are bounded by time and not by count:
# following a long job in slices uses up attempts too.
CHANGE_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=1.5,
    maximum_interval=timedelta(seconds=5),
)
ONCE = RetryPolicy(maximum_attempts=1)

DEVICE_WITHIN = 20.0  # seconds; a run that was terminated leaves its device in the middle for at most as long


def sight(timeout_s: float = 3.0) -> dict[str, Any]:
    """A vantage point that says nothing is a finding, not a failure: one try, a short limit."""
    return {
        "schedule_to_start_timeout": WORKER_ANSWERS,
        "start_to_close_timeout": timedelta(seconds=timeout_s),
        "retry_policy": ONCE,
    }


def look(timeout_s: float = 15.0) -> dict[str, Any]:
    """A read: harmless to repeat."""
    return {
        "schedule_to_start_timeout": WORKER_ANSWERS,
        "start_to_close_timeout": timedelta(seconds=timeout_s),
        "heartbeat_timeout": HEARTBEAT,
        "retry_policy": LOOK_RETRY,
    }


def change(work_s: float, margin_s: float = 60.0) -> dict[str, Any]:
    """A change that may take `work_s`: room for a worker to die and the job to be joined by another."""
    return {
        "schedule_to_start_timeout": timedelta(seconds=30),
        "schedule_to_close_timeout": timedelta(seconds=work_s + margin_s),
        "start_to_close_timeout": timedelta(seconds=work_s + margin_s),
        "heartbeat_timeout": HEARTBEAT,
        "retry_policy": CHANGE_RETRY,
    }


def record(timeout_s: float = 10.0) -> dict[str, Any]:
    """Asking the Estate: on the control queue, beside the workflow; idempotent by its update id."""
    return {
        "schedule_to_close_timeout": timedelta(seconds=60),
        "start_to_close_timeout": timedelta(seconds=timeout_s),
        "heartbeat_timeout": HEARTBEAT,
        "retry_policy": CHANGE_RETRY,
    }


def watch() -> dict[str, Any]:
    """A look that lasts for as long as there is something to see; a worker that died is noticed by its heartbeat."""
    return {
        "start_to_close_timeout": timedelta(hours=1),
        "heartbeat_timeout": HEARTBEAT,
        "retry_policy": CHANGE_RETRY,
    }


def stop(within_s: float) -> dict[str, Any]:
    """Asking others to stop: what comes after does not wait longer for them than was said."""
    return {
        "schedule_to_close_timeout": timedelta(seconds=within_s + 10),
        "start_to_close_timeout": timedelta(seconds=within_s + 5),
        "heartbeat_timeout": HEARTBEAT,
        "retry_policy": LOOK_RETRY,
    }


def aside(timeout_s: float = 20.0) -> dict[str, Any]:
    """Notices and the archive: their loss is said, it never stops a declaration (law 9)."""
    return {
        "schedule_to_close_timeout": timedelta(seconds=timeout_s),
        "start_to_close_timeout": timedelta(seconds=timeout_s),
        # Without it a killed worker would use up the whole limit, and what it held would never be sent.
        "heartbeat_timeout": HEARTBEAT,
        "retry_policy": LOOK_RETRY,
    }


def device(timeout_s: float = DEVICE_WITHIN) -> dict[str, Any]:
    """A fence device: looked at first, so safe to repeat, but another device waits behind one that says nothing."""
    return {
        "schedule_to_start_timeout": WORKER_ANSWERS,
        "schedule_to_close_timeout": timedelta(seconds=timeout_s),
        "start_to_close_timeout": timedelta(seconds=timeout_s),
        "heartbeat_timeout": HEARTBEAT,
        "retry_policy": LOOK_RETRY,
    }


def export() -> dict[str, Any]:
    """The export of a closed run: beside everything, tried again for as long as the server keeps the history."""
    return {
        "start_to_close_timeout": timedelta(minutes=30),
        "heartbeat_timeout": timedelta(minutes=1),
        "retry_policy": RetryPolicy(
            initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=10)
        ),
    }


def proof(within_s: float = 20.0, timeout_s: float = 10.0) -> dict[str, Any]:
    """Verifying codes: the same codes are asked again for as long as it takes, but people must hear that they are."""
    return {
        "schedule_to_close_timeout": timedelta(seconds=within_s),
        "start_to_close_timeout": timedelta(seconds=timeout_s),
        "retry_policy": CHANGE_RETRY,
    }


def long_look(for_s: float) -> dict[str, Any]:
    """Looking for minutes: a worker that dies meanwhile is replaced soon, for its eyes are missing."""
    return {
        "start_to_close_timeout": timedelta(seconds=for_s + 60),
        "heartbeat_timeout": LOOK_HEARTBEAT,
        "retry_policy": CHANGE_RETRY,
    }


def estate_now() -> dict[str, Any]:
    """Asking the Estate where the answer must be young: silence is an answer too, and the question is put again."""
    return {
        "schedule_to_close_timeout": timedelta(seconds=8),
        "start_to_close_timeout": timedelta(seconds=4),
        "retry_policy": LOOK_RETRY,
    }


def stop_watch() -> dict[str, Any]:
    """A watch may be in the middle of fencing again, with devices that say nothing: it ends that first."""
    return {
        "schedule_to_close_timeout": timedelta(seconds=150),
        "start_to_close_timeout": timedelta(seconds=100),
        "retry_policy": CHANGE_RETRY,
    }
