"""What the histories of a run, its children and its Estate say of the run: read from the server, replayed here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent, WorkflowTaskFailedEventAttributes
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from worker.main import WORKFLOWS, sandbox

ANSWER_WITHIN = timedelta(seconds=10)
# A server that hands an update to a worker again, which answered it a moment ago, refuses the second answer.
_ANSWERED_TWICE = "received *update.Acceptance message while in state Completed"


@dataclass(frozen=True)
class Told:
    """What one history says. `problems`: what should not be in it, a line each."""

    workflow_id: str
    history: WorkflowHistory
    problems: list[str]


async def read(client: Client, workflow_ids: Iterable[str]) -> list[Told]:
    """Histories that were never written (a child that was not started) are left out."""
    found = []
    for workflow_id in workflow_ids:
        try:
            history = await client.get_workflow_handle(workflow_id).fetch_history(rpc_timeout=ANSWER_WITHIN)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                continue
            raise
        problems = [*failed_tasks(history.events), *await _why_not_replayed(history)]
        found.append(Told(workflow_id, history, [f"{workflow_id}: {line}" for line in problems]))
    return found


def failed_tasks(events: Iterable[HistoryEvent]) -> list[str]:
    """Workflow tasks that failed. One that timed out had a worker that died: nothing is wrong with the code."""
    return [
        f"workflow task {event.event_id} failed: {event.workflow_task_failed_event_attributes.failure.message}"
        for event in events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        and not _is_usual(event.workflow_task_failed_event_attributes)
    ]


def _is_usual(failed: WorkflowTaskFailedEventAttributes) -> bool:
    """What the server has done again by itself, with nothing wrong in the code and nothing done twice."""
    if failed.cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND:
        return True  # a message came in while the run wrote its last words
    bad_update = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE
    return failed.cause == bad_update and _ANSWERED_TWICE in failed.failure.message


async def _why_not_replayed(history: WorkflowHistory) -> list[str]:
    replayer = Replayer(
        workflows=WORKFLOWS, workflow_runner=sandbox(), data_converter=pydantic_data_converter
    )
    done = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    return [f"does not replay: {done.replay_failure}"] if done.replay_failure else []


def first(events: Iterable[HistoryEvent], activity: str) -> int | None:
    """The number of the event by which an activity was first scheduled."""
    return next((one.event_id for one in events if _name(one) == activity), None)


def first_good(events: Iterable[HistoryEvent], activity: str) -> int | None:
    """The number of the event by which an activity first ended well."""
    known: set[int] = set()
    for event in events:
        if _name(event) == activity:
            known.add(event.event_id)
        done = event.activity_task_completed_event_attributes
        if done.scheduled_event_id in known and _outcome(done.result.payloads) in ("done", "already"):
            return event.event_id
    return None


def _name(event: HistoryEvent) -> str:
    return event.activity_task_scheduled_event_attributes.activity_type.name


def _outcome(payloads: Any) -> str:
    return str(json.loads(payloads[0].data).get("outcome")) if payloads else ""
