"""What an Estate does when runs that it knows have closed: frees, archives, cleans up, watches anew (laws 8, 10, 15).

`Departures` and `Unwatched` decide; here is what needs Temporal.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityCancellationType

from workflows.estate.cleaning_up import start_cleanup, watch_anew
from workflows.estate.exports import Exports

with workflow.unsafe.imports_passed_through():
    from activities.archive import ExportOrder
    from activities.estate_watch import WatchActivities
    from activities.models.estate import ClosedRun, RunRef, WatchOrder
    from workflows import names, policies
    from workflows.estate.book import EstateBook
    from workflows.estate.departures import Departures
    from workflows.estate.state import Departed
    from workflows.estate.unwatched import Unwatched

ENDED_WELL = ("completed", "gone from the server")  # such a watch is in the archive already, or nowhere
BREATH = timedelta(seconds=5)  # between two tries of what should not have failed


class Closings:
    """The runs whose end one Estate must notice by itself."""

    def __init__(
        self,
        book: EstateBook,
        departures: Departures,
        exports: Exports,
        is_full: Callable[[], bool],
        show: Callable[[], None],
    ) -> None:
        """`is_full`: whether the history of this run of the Estate is long enough."""
        self._book = book
        self._state = book.state
        self._departures = departures
        self._unwatched = Unwatched(book.state)
        self._exports = exports
        self._is_full = is_full
        self._show = show

    async def watch(self) -> None:
        """Until the runs to be watched are others, one of them has closed, or the history is full."""
        for departed in self._departures.due():
            await self._clean_up(departed)
        runs = self._watched()

        def is_changed() -> bool:
            return self._is_full() or self._watched() != runs or bool(self._departures.due())

        if not runs:
            await self._until(is_changed)
            return
        watch = workflow.start_activity_method(
            WatchActivities.watch_runs,
            WatchOrder(estate=self._state.estate, runs=runs),
            task_queue=names.queue(self._state.estate, names.CONTROL),
            summary=f"watch over {', '.join(run.workflow_id for run in runs)}"[:200],
            cancellation_type=ActivityCancellationType.TRY_CANCEL,
            **policies.watch(),
        )
        try:
            await self._until(lambda: watch.done() or is_changed())
        except asyncio.CancelledError:
            watch.cancel()
            raise
        if watch.done():
            await self._take(watch)
        else:
            watch.cancel()
            with contextlib.suppress(ActivityError, asyncio.CancelledError):
                await watch

    def _watched(self) -> list[RunRef]:
        """Those that have something here, and the watches over fenced centers."""
        return [*self._departures.watched(), *self._unwatched.due(self._now())]

    async def _until(self, so: Callable[[], bool]) -> None:
        """Also until another watch must live, or the time of that has become another one."""
        next_at = self._unwatched.next_at(now := self._now())
        with contextlib.suppress(asyncio.TimeoutError):
            await workflow.wait_condition(
                lambda: so() or self._unwatched.next_at(now) != next_at,
                timeout=None if next_at is None else next_at - now,
            )

    async def _take(self, watch: asyncio.Future[list[ClosedRun]]) -> None:
        try:
            closed = watch.result()
        except ActivityError:
            await workflow.sleep(BREATH)
            return
        for run in closed:
            if self._unwatched.is_watch(run.workflow_id):
                await self._watch_anew(run)
                continue
            undone = self._book.owed(run)
            self._departures.close(run, self._now())
            self._exports.hand_over(
                ExportOrder(workflow_id=run.workflow_id, run_id=run.run_id, undone=undone)
            )
        self._show()

    async def _clean_up(self, departed: Departed) -> None:
        """Start the run that undoes what a closed run owes (law 8), if it is closed still."""
        closed = await self._is_closed(departed.run)
        if closed is None:
            await workflow.sleep(BREATH)
            return
        if not closed:
            self._departures.lives_again(departed, self._now())
            self._show()
            return
        departed.tries += 1
        departed.cleanup = await start_cleanup(self._state, departed)
        if departed.cleanup is None:
            await workflow.sleep(BREATH)
            return
        told = f"{departed.cleanup.workflow_id} undoes what {departed.run.workflow_id} left"
        self._book.remark(self._now(), told)
        self._show()

    async def _is_closed(self, run: ClosedRun) -> bool | None:
        """Not when it was reset since: then its cleanup could take nothing from it. None: nobody could say."""
        ref = RunRef(workflow_id=run.workflow_id, first_run_id=run.first_run_id)
        try:
            closed: list[ClosedRun] = await workflow.execute_activity_method(
                WatchActivities.closed_runs,
                WatchOrder(estate=self._state.estate, runs=[ref]),
                task_queue=names.queue(self._state.estate, names.CONTROL),
                summary=f"whether {run.workflow_id} is closed still"[:200],
                **policies.record(),
            )
        except ActivityError:
            return None
        return bool(closed)

    async def _watch_anew(self, closed: ClosedRun) -> None:
        """A fenced center is never left unwatched while its obligation stands (laws 1, 8)."""
        owed = self._unwatched.missing(closed.workflow_id, self._now())
        if owed is None:
            return  # lifted, or cleared, while its end was on the way here
        told = f"{closed.workflow_id} had ended ({closed.how}): {owed.target} is watched anew"
        self._unwatched.begun(owed.target, self._now())
        if reason := await watch_anew(self._state, owed, closed.how):
            self._unwatched.impossible(owed.target, self._now())
            told = f"nobody watches the fence of {owed.target}: {reason}"
        self._book.remark(self._now(), told)
        if closed.how not in ENDED_WELL:
            self._exports.hand_over(
                ExportOrder(workflow_id=closed.workflow_id, run_id=closed.run_id, undone=[])
            )

    def _now(self) -> float:
        return workflow.now().timestamp()
