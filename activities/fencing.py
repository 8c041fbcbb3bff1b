"""Fence devices: commands at a device, at-least-once and made harmless to repeat by look, act, confirm (laws 1, 4).

What the device says is one half of a confirmation; the other is what vantage points see, which the workflow asks for.
"""

from __future__ import annotations

import asyncio
import time

from temporalio import activity

from activities.errors import HostUnreachable
from activities.models import Command, FenceOrder, Outcome, StepResult, Target
from activities.remote import CommandResult, Remote

CONFIRM_WITHIN = 15.0  # seconds; a power switch may take that long to say so
PAUSE = 0.1


class FencingActivities:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @activity.defn
    async def fence(self, order: FenceOrder) -> StepResult:
        """Run the device's command until the device itself says that it is so."""
        return await self._move(order, order.run, says=True)

    @activity.defn
    async def lift_fence(self, order: FenceOrder) -> StepResult:
        """`order.run` is the command that lifts; the device must no longer say what it says when it blocks."""
        return await self._move(order, order.run, says=False)

    @activity.defn
    async def fence_status(self, order: FenceOrder) -> StepResult:
        """ALREADY: the device says the center is fenced. DONE: the device answers and it is not."""
        began = time.monotonic()
        fenced = await self._says(order)
        outcome = Outcome.ALREADY if fenced else Outcome.DONE
        return _result(outcome, "fenced" if fenced else "answers, not fenced", began)

    async def _move(self, order: FenceOrder, command: Command, *, says: bool) -> StepResult:
        began = time.monotonic()
        if await self._says(order) is says:
            return _result(Outcome.ALREADY, f"{order.name} says so already", began)
        acted = await self._run(order.at, command)
        if acted.exit_code != 0:
            return _result(Outcome.FAILED, f"{order.name}: {_words(acted.output) or acted.exit_code}", began)
        deadline = time.monotonic() + CONFIRM_WITHIN
        while await self._says(order) is not says:
            if time.monotonic() > deadline:
                return _result(
                    Outcome.UNKNOWN, f"{order.name} took the command and does not confirm it", began
                )
            activity.heartbeat()
            await asyncio.sleep(PAUSE)
        return _result(Outcome.DONE, f"{order.name} confirms", began)

    async def _says(self, order: FenceOrder) -> bool:
        seen = await self._run(order.confirm_at, order.confirm)
        if seen.exit_code != 0:
            what = _words(seen.output) or f"exit code {seen.exit_code}"
            raise HostUnreachable(f"{order.confirm_at.label} does not tell the state of {order.name}: {what}")
        # The whole answer, never a part of it: "not blocked" says the opposite of "blocked".
        return " ".join(seen.output.split()) == " ".join(order.says.split())

    async def _run(self, target: Target, command: Command) -> CommandResult:
        return await self._remote.look(target, command)


def _words(output: str) -> str:
    return " ".join(output.split())[:200]


def _result(outcome: Outcome, summary: str, began: float) -> StepResult:
    return StepResult(outcome=outcome, summary=summary, seconds=time.monotonic() - began)
