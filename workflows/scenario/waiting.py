"""Where a run waits: for people, for an operator who holds it, for a condition; an abort ends each wait."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from temporalio import workflow

from workflows.scenario.handlers import PeopleHandlers

with workflow.unsafe.imports_passed_through():
    from workflows import names
    from workflows.run.record import Wait
    from workflows.run.run import Aborted
    from workflows.run.ways import send_resume


class Waiting(PeopleHandlers):
    """The part of a scenario that waits."""

    def gate_waits(self, wait: Wait) -> None:
        """Show that the run waits for people; who spoke is shown as they do."""
        self.state.wait(wait)
        self.show_waits()
        self.show()

    def gate_over(self, name: str) -> None:
        self.state.wait_over(name)
        self.show_waits()
        self.show()

    def show_waits(self) -> None:
        """What is awaited, as a search attribute."""
        waits = ", ".join(wait.name for wait in self.record.waits)[:200]
        attribute = names.WAITS_FOR
        workflow.upsert_search_attributes([attribute.value_set(waits) if waits else attribute.value_unset()])

    async def pass_hold(self) -> None:
        """Between two steps: stop here while an operator holds the run, end here when one aborted it.

        Also of orders to hold or to abort whose codes are being verified: nothing begins before it is known what
        they are, and where nobody can verify, they are followed soon.
        """
        while True:
            await self._stand_still()
            await self._stops_known()
            if not self.state.paused_by:
                return

    async def _stand_still(self) -> None:
        if self.state.paused_by:
            self.state.wait(
                Wait(
                    kind="pause",
                    name="pause",
                    title=self.say("paused", by=self.state.paused_by),
                    since=self.now(),
                    send=send_resume(self.state.standing),
                    proof=self.record.orders_proof,
                    pairs=self.record.orders_pairs,
                )
            )
            self.show()
        await self.until(lambda: not self.state.paused_by)
        self.state.wait_over("pause")

    async def _stops_known(self) -> None:
        """For those that are here by now: whoever goes on sending some must not stop the run by it."""
        by_now = self.now()
        await self.until(lambda: not self.orders.stops_since(by_now))

    async def side_by_side(self, *work: Coroutine[Any, Any, None]) -> None:
        """All of it. An abort is met by each before it goes on: a step that came later would be held in the undo."""
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.gather(*tasks)
        except Aborted:
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    async def until(self, ready: Callable[[], bool], timeout: float | None = None, summary: str = "") -> bool:
        """Wait, at most `timeout` seconds; an abort ends the wait. Returns whether `ready`."""
        limit = timedelta(seconds=timeout) if timeout is not None else None
        try:
            await workflow.wait_condition(
                lambda: ready() or self.state.aborted is not None,
                timeout=limit,
                timeout_summary=summary or None,
            )
        except builtins.TimeoutError:
            return False
        if self.state.aborted is not None:
            raise self.state.aborted
        return True
