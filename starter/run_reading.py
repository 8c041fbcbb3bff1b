"""The record of a run as the server has it: from the run itself, or its result."""

from __future__ import annotations

import time

from pydantic import ValidationError
from temporalio.client import (
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHistoryEventFilterType,
)

from activities.archive import Ending
from activities.archive.history import Told
from starter.client import CALL_S, Temporal
from starter.errors import NoWorker, Refused
from starter.run_ref import RunRef
from starter.seen import Seen as Seen
from workflows.run.ended_outside import end_from_outside
from workflows.run.record import RunRecord

GOES_ON = (
    WorkflowExecutionStatus.RUNNING,
    WorkflowExecutionStatus.COMPLETED,
    WorkflowExecutionStatus.CONTINUED_AS_NEW,
)


async def read_run(temporal: Temporal, ref: RunRef) -> Seen:
    """The record of now. Raises NoSuchRun, and NoWorker with what the server knows by itself."""
    about = await temporal.describe(ref.workflow_id, ref.run_id)
    return await read_described(temporal, about)


async def read_described(temporal: Temporal, about: WorkflowExecutionDescription) -> Seen:
    status = status_of(about.status)
    if about.status is WorkflowExecutionStatus.COMPLETED and about.workflow_type != "ServiceRun":
        record = await _result(temporal, about)
    else:
        record = await _asked(temporal, about)
    if about.status not in GOES_ON and not record.state.is_end:
        end_from_outside(record, await _ending(temporal, about))
    return Seen(record, status)


async def _ending(temporal: Temporal, about: WorkflowExecutionDescription) -> Ending:
    """Who ended a run and why, as its last event says; without it only that and when."""
    at = about.close_time.timestamp() if about.close_time else time.time()
    known = Ending(status=status_of(about.status), at=at)
    try:
        return await temporal.bounded(_last_event(temporal, about), about.id, CALL_S) or known
    except Refused:
        return known


async def _last_event(temporal: Temporal, about: WorkflowExecutionDescription) -> Ending | None:
    told = Told()
    handle = temporal.client.get_workflow_handle(about.id, run_id=about.run_id)
    async for event in handle.fetch_history_events(
        event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT
    ):
        told.take(event)
    return told.ending


def status_of(status: WorkflowExecutionStatus | None) -> str:
    """In lower-case words: `running`, `timed out`."""
    return status.name.lower().replace("_", " ") if status is not None else "unknown"


async def _result(temporal: Temporal, about: WorkflowExecutionDescription) -> RunRecord:
    """The record that the run gave back: no worker is needed for it."""
    handle = temporal.client.get_workflow_handle(about.id, run_id=about.run_id, result_type=RunRecord)
    try:
        found: RunRecord = await temporal.bounded(handle.result(follow_runs=False), about.id, CALL_S)
    except (ValidationError, TypeError, RuntimeError):
        raise Refused(f"{about.id} is no run of a scenario: `muster list --all` shows those") from None
    return found


async def _asked(temporal: Temporal, about: WorkflowExecutionDescription) -> RunRecord:
    try:
        return await temporal.query(about.id, about.run_id, "record", RunRecord)
    except NoWorker as silence:
        raise NoWorker(f"{silence} (the server's own record: {known_without_worker(about)})") from None


def known_without_worker(about: WorkflowExecutionDescription) -> str:
    """What search attributes tell when nobody answers for a run."""
    attributes = {pair.key.name: pair.value for pair in about.typed_search_attributes}
    words = [status_of(about.status)]
    if phase := attributes.get("MusterPhase"):
        words.append(f"phase {phase}")
    if waits := attributes.get("MusterWaitsFor"):
        words.append(f"waits for {waits}")
    return ", ".join(words)
