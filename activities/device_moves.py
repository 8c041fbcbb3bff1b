"""Whether a fence device may still be moved for a run, also for one that is over: activities outlive their run.

Asked of the server, never of visibility.
"""

from __future__ import annotations

from datetime import datetime

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.errors import ServerUnreachable
from activities.models.estate import RunRef

MOVES = {"fence", "lift_fence"}
# And the intent that is asked for before: its answer is what the act waits for.
AT_DEVICES = MOVES | {"record_action"}


class DeviceMoves:
    """`but`: the run id of whoever asks, which does not wait for itself."""

    def __init__(self, client: Client, but: str | None = None) -> None:
        self._client = client
        self._but = but
        self._left: dict[str, bool] = {}  # closed run -> whether it left a device in the middle

    async def may_go_on(self, run: RunRef, after: datetime) -> bool:
        """Now, or at its next step without the Estate being asked again.

        `after`: what had been begun by a run that closed before that time is over. Raises ServerUnreachable.
        """
        found = [await self._goes_on(one, after) for one in await self._selves(run)]
        return any(found)

    async def _selves(self, run: RunRef) -> list[WorkflowExecutionDescription]:
        """Its first one, and those that went on in its place after a reset, as far as the server knows them."""
        found = {}
        run_id = run.first_run_id
        while run_id and (one := await self._describe(run.workflow_id, run_id)) is not None:
            found[run_id] = one
            run_id = one.raw_description.workflow_extended_info.reset_run_id
        last = await self._describe(run.workflow_id)
        if last and last.raw_description.workflow_execution_info.first_run_id == run.first_run_id:
            found[last.run_id] = last
        return [one for run_id, one in found.items() if run_id != self._but]

    async def _goes_on(self, found: WorkflowExecutionDescription, after: datetime) -> bool:
        about = found.raw_description
        if found.status is WorkflowExecutionStatus.RUNNING:
            # With neither such an activity nor a workflow task pending it would have to ask for an intent first.
            pending = {one.activity_type.name for one in about.pending_activities}
            return bool(pending & AT_DEVICES) or about.HasField("pending_workflow_task")
        if found.close_time is None or found.close_time <= after:
            return False
        if found.run_id not in self._left:
            self._left[found.run_id] = await self._left_one(found)
        return self._left[found.run_id]

    async def _left_one(self, found: WorkflowExecutionDescription) -> bool:
        """Of a closed run the server lists nothing that is pending: its history does."""
        history = self._client.get_workflow_handle(found.id, run_id=found.run_id).fetch_history_events()
        begun: set[int] = set()
        try:
            async for event in history:
                if event.activity_task_scheduled_event_attributes.activity_type.name in MOVES:
                    begun.add(event.event_id)
                begun.discard(_ended(event))
        except RPCError as error:
            raise ServerUnreachable(f"the history of {found.id} cannot be read: {error.message}") from error
        return bool(begun)

    async def _describe(
        self, workflow_id: str, run_id: str | None = None
    ) -> WorkflowExecutionDescription | None:
        try:
            return await self._client.get_workflow_handle(workflow_id, run_id=run_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise ServerUnreachable(f"Temporal did not answer for {workflow_id}: {error.message}") from error


def _ended(event: HistoryEvent) -> int:
    """The event by which the activity was scheduled whose end this is; 0 when it is none."""
    return (
        event.activity_task_completed_event_attributes.scheduled_event_id
        or event.activity_task_failed_event_attributes.scheduled_event_id
        or event.activity_task_timed_out_event_attributes.scheduled_event_id
        or event.activity_task_canceled_event_attributes.scheduled_event_id
    )
