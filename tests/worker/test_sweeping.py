"""Which closed runs the sweep exports now, and which it leaves to the Estate for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.client import WorkflowExecutionStatus

from worker import sweeping

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def closed(status: WorkflowExecutionStatus, ago_s: float) -> Any:
    return cast(Any, SimpleNamespace(status=status, close_time=NOW - timedelta(seconds=ago_s)))


@pytest.mark.parametrize(
    ("run", "due"),
    [
        (closed(WorkflowExecutionStatus.COMPLETED, 1), True),
        (closed(WorkflowExecutionStatus.TERMINATED, 1), False),
        (closed(WorkflowExecutionStatus.TERMINATED, 121), True),
        (closed(WorkflowExecutionStatus.CONTINUED_AS_NEW, 1), False),
        (closed(WorkflowExecutionStatus.CONTINUED_AS_NEW, 121), True),
        (SimpleNamespace(status=WorkflowExecutionStatus.RUNNING, close_time=None), False),
    ],
)
def test_who_is_due(run: Any, due: bool) -> None:
    """Law 15: a run that ended by itself is sealed by the next sweep; what is undone of another the Estate knows."""
    before = NOW - timedelta(seconds=sweeping.LEFT_S)
    assert sweeping._is_due(run, before) is due
