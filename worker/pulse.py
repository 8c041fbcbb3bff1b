"""The pulse of running activities: as long as its worker lives, an activity that has a heartbeat timeout beats.

A worker that was killed is so noticed within that time, whatever the activity is busy with. How long the work itself
may take is said by its other limits. The details that an activity beats with are kept: the next delivery needs them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

BEATS = 5  # within one timeout: the SDK sends no more than it needs to


class Pulse(Interceptor):
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next)


class _Details(ActivityOutboundInterceptor):
    """Remembers what the activity itself beat with last."""

    def __init__(self, next: ActivityOutboundInterceptor, known: list[Sequence[Any]]) -> None:
        super().__init__(next)
        self._known = known

    def heartbeat(self, *details: Any) -> None:
        self._known[:] = [details]
        super().heartbeat(*details)


class _Inbound(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._known: list[Sequence[Any]] = []
        self._outbound = outbound
        super().init(_Details(outbound, self._known))

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        self._known[:] = [info.heartbeat_details]  # of the delivery before, until this one has its own
        if info.heartbeat_timeout is None:
            return await super().execute_activity(input)
        pulse = asyncio.create_task(self._beat(info.heartbeat_timeout))
        try:
            return await super().execute_activity(input)
        finally:
            pulse.cancel()

    async def _beat(self, timeout: timedelta) -> None:
        while True:
            await asyncio.sleep(timeout.total_seconds() / BEATS)
            self._outbound.heartbeat(*self._known[0])
