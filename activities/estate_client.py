"""How a run asks its Estate: updates by the Temporal client, each idempotent by its update id.

Workflows cannot send updates themselves, so an activity on the control queue does.
"""

from __future__ import annotations

from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.errors import EstateUnknown, ServerUnreachable
from activities.models.estate import Acquire, Action, EstateView, Granted, Lease, Release, SetActive


class EstateActivities:
    """`client` is connected with the pydantic data converter."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn
    async def read_estate(self, estate: str) -> EstateView:
        try:
            state = await self._handle(estate).query("state")
        except RPCError as error:
            raise _translated(error, estate) from error
        return EstateView.model_validate(state)

    @activity.defn
    async def acquire_lease(self, ask: Acquire) -> Granted:
        """The lease and its epoch, or who holds it. A holder that is over holds nothing (law 10)."""
        granted = Granted.model_validate(await self._update(ask.estate, "acquire", ask))
        holder = granted.holder
        if granted.granted or holder is None or not await self._is_over(holder):
            return granted
        again = ask.model_copy(update={"over": holder})
        return Granted.model_validate(await self._update(ask.estate, "acquire", again, "over"))

    async def _is_over(self, holder: Lease) -> bool:
        """Whether the run that holds a lease has closed; one that the server no longer keeps has."""
        try:
            found = await self._client.get_workflow_handle(holder.workflow_id).describe()
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        return found.status is not WorkflowExecutionStatus.RUNNING

    @activity.defn
    async def release_lease(self, ask: Release) -> bool:
        return bool(await self._update(ask.estate, "release", ask))

    @activity.defn
    async def record_action(self, action: Action) -> None:
        await self._update(action.estate, "record", action)

    @activity.defn
    async def set_active(self, change: SetActive) -> dict[str, str]:
        result = await self._update(change.estate, "set_active", change)
        return {str(service): str(center) for service, center in result.items()}

    def _handle(self, estate: str) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(f"{estate}/estate")

    async def _update(self, estate: str, name: str, argument: Any, part: str = "") -> Any:
        info = activity.info()
        # The same delivery or retry of this activity asks under the same id: asking twice is asking once.
        key = f"{info.workflow_run_id}:{info.activity_id}:{part}"
        try:
            return await self._handle(estate).execute_update(name, argument, id=key)
        except RPCError as error:
            raise _translated(error, estate) from error
        except WorkflowUpdateFailedError as error:
            raise ServerUnreachable(f"the Estate of {estate} did not take {name}: {error.cause}") from error


def _translated(error: RPCError, estate: str) -> Exception:
    if error.status is RPCStatusCode.NOT_FOUND:
        return EstateUnknown(f"estate {estate} is not registered: run `muster apply PLAN` first")
    return ServerUnreachable(f"Temporal did not answer for the Estate of {estate}: {error.message}")
