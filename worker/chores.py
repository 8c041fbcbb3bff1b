"""What a worker must never stop doing beside its activities: when it ended all the same, the worker leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

log = structlog.get_logger()


async def until_stopped(stop: asyncio.Event, chores: Mapping[str, asyncio.Task[None]]) -> list[str]:
    """Until `stop` is set. Returns at once, with a line for each, when a chore has ended: nobody does it any more.

    A worker that went on without it would look well; one that leaves is started again by its service manager.
    """
    waiting = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([waiting, *chores.values()], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if stop.is_set():
        return []
    problems = [
        f"{name} ended ({why_ended(one)}): this worker leaves" for name, one in chores.items() if one.done()
    ]
    for problem in problems:
        log.error("chore_ended", problem=problem)
    return problems


def why_ended(ended: asyncio.Task[None]) -> str:
    """Of a task that is over and should not be."""
    if ended.cancelled():
        return "cancelled"
    return repr(ended.exception())[:200] if ended.exception() else "without a reason"
