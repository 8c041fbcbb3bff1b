"""The faults of a schedule, at their times: each some seconds after the run was seen to enter its phase."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from deploy.chaos.schedule import LOAD, PHASES, Fault
from deploy.chaos.trouble import Trouble
from deploy.dev.errors import DevServerError
from deploy.lab.errors import LabError
from workflows import names

LOOK_S = 0.05
ANSWER_WITHIN = timedelta(seconds=1)


class Timeline:
    """`phase` is the newest that was seen. Nobody but the server is asked: it tells while workers are dead."""

    def __init__(self, trouble: Trouble, send: Callable[[str], Awaitable[bool]]) -> None:
        self._trouble = trouble
        self._send = send
        self._entered = {LOAD: time.monotonic()}
        self._going: list[asyncio.Task[None]] = []
        self._waiting: list[Fault] = []
        self.missed: list[Fault] = []
        self.errors: list[str] = []  # of the harness itself

    def play(self, faults: tuple[Fault, ...]) -> None:
        """Begin to wait for the moments of all faults."""
        self._waiting += faults
        self._going += [asyncio.create_task(self._play(fault)) for fault in faults]

    async def follow(self, handle: WorkflowHandle[Any, Any], since: float) -> None:
        """See the phases of the run that was started after `since` (wall time), for ever."""
        while True:
            with suppress(RPCError):
                seen = await handle.describe(rpc_timeout=ANSWER_WITHIN)
                phase = seen.typed_search_attributes.get(names.PHASE)
                if phase in PHASES and seen.start_time.timestamp() > since:
                    self._entered.setdefault(str(phase), time.monotonic())
            await asyncio.sleep(LOOK_S)

    async def over(self) -> None:
        """The run has ended: what did not begin will not, and what is broken is mended."""
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)
        self.missed += self._waiting
        self._waiting = []

    @property
    def _phase(self) -> int:
        return max(PHASES.index(name) for name in self._entered)

    async def _play(self, fault: Fault) -> None:
        while self._phase < PHASES.index(fault.phase):
            await asyncio.sleep(LOOK_S / 5)
        # A phase that was over before it was seen: its fault comes with the next one, if it may.
        entered = min(
            at for name, at in self._entered.items() if PHASES.index(name) >= PHASES.index(fault.phase)
        )
        await asyncio.sleep(max(0.0, entered + fault.after - time.monotonic()))
        self._waiting.remove(fault)
        if self._phase > PHASES.index(fault.last_phase):
            self.missed.append(fault)
            return
        try:
            await self._happen(fault)
        except (LabError, DevServerError, OSError) as error:
            self.errors.append(f"{fault}: {error}")

    async def _happen(self, fault: Fault) -> None:
        if fault.kind == "messages":
            if not await self._send(fault.target):
                self.missed.append(fault)
            return
        happened = await asyncio.to_thread(self._trouble.begin, fault)
        await asyncio.sleep(fault.lasts)
        await asyncio.to_thread(self._trouble.end, happened)
