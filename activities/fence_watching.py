"""Looking at a fenced center until something about it changes, and asking the watch over it to end (laws 1, 15).

A look changes nothing: two places may look at the same devices, beside a fence that is just being made.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.errors import ServerUnreachable, WatchGoesOn
from activities.fencing import FencingActivities
from activities.models import FenceOrder, FenceSeen, LongLook, Outcome, Sighting, StepResult, StopWatch
from activities.models.fences import SILENT
from activities.probes import Probes

BEAT = 1.0  # seconds
SIGHT = "sight"  # the name, among devices, of what the vantage point itself sees


class Silences:
    """Since when nothing is heard of whom. Those that are `known` to be silent are so from the start."""

    def __init__(self, too_long_s: float, known: list[str]) -> None:
        self._too_long = too_long_s
        self._since = {word.removeprefix(SILENT): float("-inf") for word in known if word.startswith(SILENT)}

    def lasting(self, silent: set[str], now: float) -> list[str]:
        """Those that say nothing for too long; who speaks begins anew."""
        self._since = {name: self._since.get(name, now) for name in silent}
        return sorted(name for name, since in self._since.items() if now - since >= self._too_long)


class FenceWatchActivities:
    """One vantage point, with the devices as this worker reaches them."""

    def __init__(self, fencing: FencingActivities, probes: Probes, vantage: str) -> None:
        self._fencing = fencing
        self._probes = probes
        self._vantage = vantage

    @activity.defn
    async def watch_fence(self, order: LongLook) -> FenceSeen:
        """What was seen last. Raises the benign WatchGoesOn when this worker leaves."""
        silences = Silences(order.silent_after_s, order.known)
        ends = time.monotonic() + order.for_s
        looks = 0
        async with _beating():
            while True:
                looks += 1
                seen = await self._look(order, silences, looks)
                if seen.matters != order.known or time.monotonic() >= ends:
                    return seen
                await _pause(min(order.every_s, max(ends - time.monotonic(), 0.0)))

    async def _look(self, order: LongLook, silences: Silences, looks: int) -> FenceSeen:
        sighting, devices = await asyncio.gather(
            self._sight(order), asyncio.gather(*map(self._ask, order.devices))
        )
        says = {device.name: said for device, said in zip(order.devices, devices, strict=True)}
        silent = {name: said for name, said in says.items() if isinstance(said, str)}
        unheard = {*silent, *([SIGHT] if sighting.blind else [])}
        return FenceSeen(
            sighting=sighting,
            fenced=[name for name, said in says.items() if said is True],
            open=[name for name, said in says.items() if said is False],
            silent=silent,
            lasting=silences.lasting(unheard, time.monotonic()),
            looks=looks,
        )

    async def _sight(self, order: LongLook) -> Sighting:
        sight = order.sight
        return await self._probes.sight(self._vantage, sight.failure_domain, sight.targets, sight.neutral)

    async def _ask(self, device: FenceOrder) -> bool | str:
        """Whether the device says that the center is fenced; why it says nothing."""
        try:
            said = await self._fencing.fence_status(device)
        except ApplicationError as error:
            return error.message
        return said.outcome is Outcome.ALREADY


@asynccontextmanager
async def _beating() -> AsyncIterator[None]:
    """Heartbeats all along: a device that says nothing must not look like a dead worker."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()


async def _pause(seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(activity.wait_for_worker_shutdown(), seconds)
    if activity.is_worker_shutdown():
        raise WatchGoesOn


class FenceWatchControl:
    """Asks the watch itself, which is a run of its own. `client` is connected with the pydantic data converter."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @activity.defn
    async def stop_fence_watch(self, ask: StopWatch) -> StepResult:
        """DONE when the watch has acknowledged that it acts no more; ALREADY when there is none.

        Raises ServerUnreachable while nobody answers for the watch: whoever lifts a fence must not go on then.
        """
        handle = self._client.get_workflow_handle(f"{ask.estate}/fence/{ask.center}")
        try:
            told = await handle.execute_update("stop", ask, result_type=str)
        except RPCError as error:
            # Where one run of it goes on as the next, the server says for a moment that there is none.
            if error.status is RPCStatusCode.NOT_FOUND and not await _is_alive(handle):
                return StepResult(
                    outcome=Outcome.ALREADY, summary=f"nobody watches the fence of {ask.center}"
                )
            raise ServerUnreachable(
                f"the watch over {ask.center} does not answer: {error.message}"
            ) from error
        except WorkflowUpdateFailedError as error:
            raise ServerUnreachable(f"the watch over {ask.center} is just ending: {error.cause}") from error
        return StepResult(outcome=Outcome.DONE, summary=told)


async def _is_alive(handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether a run of that name goes on. Raises ServerUnreachable when nobody says."""
    try:
        return (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise ServerUnreachable(f"Temporal did not answer for {handle.id}: {error.message}") from error
