"""A fence by commands at a device that is reached over SSH: run or lift, and one that tells its state."""

from __future__ import annotations

import asyncio
import time

from temporalio import activity

from activities.errors import BadOrder, HostUnreachable
from activities.models import Command, CommandResult, FenceOrder, Outcome, StepResult, Target
from activities.remote import Remote

CONFIRM_WITHIN = 15.0  # seconds; a power switch may take that long to say so
PAUSE = 0.1


class CommandDevice:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def move(self, order: FenceOrder, *, fenced: bool) -> StepResult:
        """`order.run` is the command that fences, or the one that lifts."""
        began = time.monotonic()
        if await self.is_fenced(order) is fenced:
            return _result(Outcome.ALREADY, f"{order.name} says so already", began)
        acted = await self._run(order, order.at, order.run)
        if acted.exit_code != 0:
            return _result(Outcome.FAILED, f"{order.name}: {_words(acted.output) or acted.exit_code}", began)
        deadline = time.monotonic() + CONFIRM_WITHIN
        while await self.is_fenced(order) is not fenced:
            if time.monotonic() > deadline:
                return _result(
                    Outcome.UNKNOWN, f"{order.name} took the command and does not confirm it", began
                )
            activity.heartbeat()
            await asyncio.sleep(PAUSE)
        return _result(Outcome.DONE, f"{order.name} confirms", began)

    async def is_fenced(self, order: FenceOrder) -> bool:
        seen = await self._run(order, order.confirm_at, order.confirm)
        if seen.exit_code != 0:
            what = _words(seen.output) or f"exit code {seen.exit_code}"
            where = order.confirm_at.label if order.confirm_at else order.where
            raise HostUnreachable(f"{where} does not tell the state of {order.name}: {what}")
        # The whole answer, never a part of it: "not blocked" says the opposite of "blocked".
        return " ".join(seen.output.split()) == " ".join(order.says.split())

    async def _run(self, order: FenceOrder, target: Target | None, command: Command | None) -> CommandResult:
        if target is None or command is None:
            raise BadOrder(f"{order.name}: the order holds no command")
        return await self._remote.look(target, command)


def _words(output: str) -> str:
    return " ".join(output.split())[:200]


def _result(outcome: Outcome, summary: str, began: float) -> StepResult:
    return StepResult(outcome=outcome, summary=summary, seconds=time.monotonic() - began)
