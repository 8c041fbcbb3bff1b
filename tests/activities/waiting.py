"""Waiting for what a test needs, by looking often, with an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(is_so: Callable[[], Awaitable[object]], within_s: float = 10.0) -> None:
    ends = time.monotonic() + within_s
    while not await is_so():
        assert time.monotonic() < ends, "it did not come to be in time"
        await asyncio.sleep(0.02)
