"""How a run asks its Estate: updates by the Temporal client, each idempotent by its update id.

Workflows cannot send updates themselves, so an activity on the control queue does.
"""

from __future__ import annotations

from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.errors import EstateUnknown, ServerUnreachable
from activities.estate_watch import RunWatch
from activities.models.codes import Burn, Burnt
from activities.models.estate import (
    Acquire,
    Action,
    Clear,
    Entrance,
    EstateView,
    Granted,
    Lease,
    Oblige,
    Release,
    RunRef,
    SetActive,
)


class EstateActivities:
    """`client` is connected with the pydantic data converter."""

    def __init__(self, client: Client, runs: RunWatch) -> None:
        self._client = client
        self._runs = runs

    @activity.defn
    async def read_estate(self, estate: str) -> EstateView:
        try:
            state = await self._handle(estate).query("state")
        except RPCError as error:
            raise _translated(error, estate) from error
        return EstateView.model_validate(state)

    @activity.defn
    async def announce_run(self, ask: Entrance) -> EstateView:
        """At the start of a run that will want the lease; what is known comes back with it."""
        return EstateView.model_validate(await self._update(ask.estate, "announce", ask))

    @activity.defn
    async def join_estate(self, ask: Entrance) -> str | None:
        """Be a guest; why not, or None."""
        return _reason(await self._update(ask.estate, "join", ask))

    @activity.defn
    async def acquire_lease(self, ask: Acquire) -> Granted:
        """The lease and its epoch, or who holds it. A holder that is over holds nothing (law 10)."""
        granted = await self._acquire(ask)
        return granted.model_copy(update={"after_reset": activity.info().workflow_run_id != ask.first_run_id})

    async def _acquire(self, ask: Acquire) -> Granted:
        granted = Granted.model_validate(await self._update(ask.estate, "acquire", ask))
        holder = granted.holder
        if granted.granted or holder is None or ask.over or ask.take_over:
            return granted
        if await self._runs.how_closed(_run_of(holder)) is None:
            return granted
        again = ask.model_copy(update={"over": holder})
        return Granted.model_validate(await self._update(ask.estate, "acquire", again, "over"))

    @activity.defn
    async def release_lease(self, ask: Release) -> bool:
        """Give back lease, announcement and a guest's place. Whether the lease was this run's."""
        return bool(await self._update(ask.estate, "release", ask))

    @activity.defn
    async def record_action(self, action: Action) -> str | None:
        return _reason(await self._update(action.estate, "record", action))

    @activity.defn
    async def oblige_estate(self, ask: Oblige) -> str | None:
        """Register what must be undone, before it is made; why not, or None."""
        return _reason(await self._update(ask.estate, "oblige", ask))

    @activity.defn
    async def clear_obligation(self, ask: Clear) -> str | None:
        """After the proof that nothing is left of it; why not, or None."""
        return _reason(await self._update(ask.estate, "clear", ask))

    @activity.defn
    async def set_active(self, change: SetActive) -> dict[str, str]:
        result = await self._update(change.estate, "set_active", change)
        return {str(service): str(center) for service, center in result.items()}

    async def burn(self, estate: str, burns: list[Burn]) -> list[Burnt]:
        """For `check_codes`: which of these codes nobody has used before."""
        return [Burnt(known) for known in await self._update(estate, "burn", burns)]

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


def _reason(answer: Any) -> str | None:
    return str(answer) if answer else None


def _run_of(lease: Lease) -> RunRef:
    return RunRef(workflow_id=lease.workflow_id, first_run_id=lease.first_run_id)


def _translated(error: RPCError, estate: str) -> Exception:
    # "already completed" is the border of two runs of the Estate: the next one is there in a moment.
    if error.status is RPCStatusCode.NOT_FOUND and "already completed" not in error.message:
        return EstateUnknown(f"estate {estate} is not registered: run `muster apply PLAN` first")
    return ServerUnreachable(f"Temporal did not answer for the Estate of {estate}: {error.message}")
