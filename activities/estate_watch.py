"""The watch over the runs that an Estate knows: has one of them closed? Asked of the server, never of visibility.

A long look: one activity for as long as the set of runs stays the same.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.device_moves import DeviceMoves
from activities.errors import ServerUnreachable
from activities.models.estate import ClosedRun, RunRef, StillOrder, StopOrder, WatchOrder

PAUSE_S = 1.0  # between two looks at the same run
LONGEST_S = 3000.0  # then the workflow asks anew: its limits see that the worker lives


class RunWatch:
    """Whether runs live, by their names."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def how_closed(self, run: RunRef) -> ClosedRun | None:
        """How it ended, or None while it lives. After a reset another run goes on under the same first run id.

        Raises ServerUnreachable.
        """
        try:
            found = await self._client.get_workflow_handle(run.workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return _closed(run, "gone from the server")
            raise ServerUnreachable(
                f"Temporal did not answer for {run.workflow_id}: {error.message}"
            ) from error
        first = found.raw_description.workflow_execution_info.first_run_id
        if run.first_run_id and first and first != run.first_run_id:
            return _closed(run, "another run has its name")
        if found.status is WorkflowExecutionStatus.RUNNING:
            return None
        status = found.status.name if found.status else "unknown"
        return _closed(run, status.lower().replace("_", " "), found.run_id)

    def devices(self, but: str | None) -> DeviceMoves:
        return DeviceMoves(self._client, but)

    async def stop(self, run: RunRef) -> None:
        """Ask it to stop: a cancel is an abort (law 8). One that is gone already is not asked."""
        handle = self._client.get_workflow_handle(run.workflow_id, first_execution_run_id=run.first_run_id)
        try:
            await handle.cancel()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise ServerUnreachable(
                    f"{run.workflow_id} cannot be asked to stop: {error.message}"
                ) from error


class WatchActivities:
    def __init__(self, runs: RunWatch) -> None:
        self._runs = runs

    @activity.defn
    async def watch_runs(self, order: WatchOrder) -> list[ClosedRun]:
        """The runs that have closed, as soon as there is one; none after a long time."""
        ends = time.monotonic() + LONGEST_S
        while time.monotonic() < ends:
            activity.heartbeat()
            if closed := await self._closed(order.runs):
                return closed
            await asyncio.sleep(PAUSE_S)
        return []

    @activity.defn
    async def closed_runs(self, order: WatchOrder) -> list[ClosedRun]:
        """Those that are over now."""
        return await self._closed(order.runs)

    @activity.defn
    async def stop_runs(self, order: StopOrder) -> list[ClosedRun]:
        """Ask all to stop, wait for the end of all or for the limit; the ones that have closed by then."""
        await asyncio.gather(*(self._runs.stop(run) for run in order.runs))
        ends = time.monotonic() + order.within_s
        while len(closed := await self._closed(order.runs)) < len(order.runs) and time.monotonic() < ends:
            activity.heartbeat()
            await asyncio.sleep(PAUSE_S / 5)
        return closed

    @activity.defn
    async def await_still(self, order: StillOrder) -> list[RunRef]:
        """Wait until no device is moved for any of the runs; those for which one still may be after the limit."""
        about, began = activity.info(), time.monotonic()
        devices = self._runs.devices(but=about.workflow_run_id)
        moving = order.runs
        while True:
            passed = time.monotonic() - began
            # By the server's clock, as are the ends of runs.
            after = about.current_attempt_scheduled_time + timedelta(seconds=passed - order.outlives_s)
            moving = [run for run in moving if await devices.may_go_on(run, after)]
            if not moving or passed >= order.within_s:
                return moving
            activity.heartbeat()
            await asyncio.sleep(PAUSE_S / 5)

    async def _closed(self, runs: list[RunRef]) -> list[ClosedRun]:
        found = await asyncio.gather(*(self._runs.how_closed(run) for run in runs))
        return [one for one in found if one is not None]


def _closed(run: RunRef, how: str, last: str = "") -> ClosedRun:
    return ClosedRun(
        workflow_id=run.workflow_id, first_run_id=run.first_run_id, how=how, run_id=last or run.first_run_id
    )
