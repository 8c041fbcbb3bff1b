"""The Estate: what is true of an estate beyond any run: active centers, epoch, lease, guests, what is owed (law 10).

One small long-lived workflow for each estate. Scenarios ask it by updates, through an activity; each update carries
an id of its own, so asking twice is asking once. No handler waits: `acquire` grants or says who holds. Its rules are
in `EstateBook`; here is what needs Temporal: the watch over the runs that it knows, and their cleanup.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError
from temporalio.workflow import ActivityCancellationType

from workflows.burning import Burning
from workflows.cleaning_up import start_cleanup, watch_anew

with workflow.unsafe.imports_passed_through():
    from activities.archive import ArchiveActivities, ExportOrder
    from activities.estate_watch import WatchActivities
    from activities.models import EnrolRenewer, RenewerRef
    from activities.models.codes import Burn, Burnt
    from activities.models.estate import (
        Acquire,
        Action,
        Clear,
        ClosedRun,
        Entrance,
        EstateView,
        Granted,
        Oblige,
        Registration,
        Release,
        RunRef,
        SampleTarget,
        SetActive,
        WatchOrder,
    )
    from workflows import names, policies
    from workflows.departures import Departures
    from workflows.enrolments import enrol
    from workflows.estate_book import EstateBook
    from workflows.estate_state import Departed, EstateState
    from workflows.pages.estate import page
    from workflows.unwatched import Unwatched

__all__ = ["Estate", "EstateState"]

KEPT_ANSWERS = 100
ENDED_WELL = ("completed", "gone from the server")  # such a watch is in the archive already, or nowhere
NOT_HERE = "a message to the Estate was not followed: people speak to a run, as ESTATE/declaration"
MOST_CLEANUPS = 5  # for one closed run; then it stands in `muster estate` for people to see
BREATH = timedelta(seconds=5)  # between two tries of what should not have failed


@workflow.defn(name="Estate")
class Estate:
    @workflow.init
    def __init__(self, state: EstateState) -> None:
        self.state = state
        if state.is_rebuilt:
            state.is_rebuilt = False
            state.burnt.begin_anew(workflow.now().timestamp())
        self.book = EstateBook(state)
        self._exporting: list[asyncio.Task[None]] = []
        self.departures = Departures(self.book)
        self.unwatched = Unwatched(state)
        self.burning = Burning(state, self._remark_once)

    @workflow.run
    async def run(self, state: EstateState) -> None:
        self._show()
        self.burning.go_on()
        for order in state.exports:
            self._begin_export(order)
        while not self._is_full():
            # An Estate has no end: what a cancel request of Temporal would stop is the watch over everybody else.
            try:
                await self._keep_watch()
            except asyncio.CancelledError:
                self.book.remark(self._now(), "a cancel request of Temporal was not followed")
        # Handlers never wait, so this is over at once; without it an update that was taken would be lost.
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(self.state)

    def _is_full(self) -> bool:
        info = workflow.info()
        return (
            info.is_continue_as_new_suggested() or info.get_current_history_length() > self.state.turn_over_at
        )

    # --- the watch over the runs that it knows

    async def _keep_watch(self) -> None:
        """Until the runs to be watched are others, one of them has closed, or the history is full."""
        for departed in self.departures.due():
            await self._clean_up(departed)
        runs = self._watched()

        def is_changed() -> bool:
            return self._is_full() or self._watched() != runs or self._has_due()

        if not runs:
            await self._until(is_changed)
            return
        watch = workflow.start_activity_method(
            WatchActivities.watch_runs,
            WatchOrder(estate=self.state.estate, runs=runs),
            task_queue=names.queue(self.state.estate, names.CONTROL),
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
        """The runs whose end must be noticed here: those that have something, and the watches over fenced centers."""
        return [*self.departures.watched(), *self.unwatched.due(self._now())]

    async def _until(self, so: Callable[[], bool]) -> None:
        """Also until another watch must live, or the time of that has become another one."""
        next_at = self.unwatched.next_at(now := self._now())
        with contextlib.suppress(asyncio.TimeoutError):
            await workflow.wait_condition(
                lambda: so() or self.unwatched.next_at(now) != next_at,
                timeout=None if next_at is None else next_at - now,
            )

    def _has_due(self) -> bool:
        return any(one.tries < MOST_CLEANUPS for one in self.departures.due())

    async def _take(self, watch: asyncio.Future[list[ClosedRun]]) -> None:
        try:
            closed = watch.result()
        except ActivityError:
            await workflow.sleep(BREATH)
            return
        for run in closed:
            if self.unwatched.is_watch(run.workflow_id):
                await self._watch_anew(run)
                continue
            undone = self.book.owed(run)
            self.departures.close(run, self._now())
            self._hand_over(ExportOrder(workflow_id=run.workflow_id, run_id=run.run_id, undone=undone))
        self._show()

    # --- what the archive gets of a run that could not archive itself (law 15)

    def _hand_over(self, order: ExportOrder) -> None:
        self.state.exports = [*self.state.exports, order]
        self._begin_export(order)

    def _begin_export(self, order: ExportOrder) -> None:
        """Beside everything else; the next run of the Estate begins anew what this one does not see the end of."""
        self._exporting.append(asyncio.create_task(self._export(order)))

    async def _export(self, order: ExportOrder) -> None:
        try:
            await workflow.execute_activity_method(
                ArchiveActivities.export_run,
                order,
                task_queue=names.queue(self.state.estate, names.CONTROL),
                summary=f"archive {order.workflow_id}"[:200],
                **policies.export(),
            )
        except ActivityError as error:
            self.book.remark(self._now(), f"{order.workflow_id} is not in the archive: {error.cause}")
        self.state.exports = [one for one in self.state.exports if one != order]

    async def _clean_up(self, departed: Departed) -> None:
        """Start the run that undoes what a closed run owes (law 8)."""
        if departed.tries >= MOST_CLEANUPS:
            return
        departed.tries += 1
        departed.cleanup = await start_cleanup(self.state, departed)
        if departed.cleanup is None:
            await workflow.sleep(BREATH)
            return
        told = f"{departed.cleanup.workflow_id} undoes what {departed.run.workflow_id} left"
        self.book.remark(self._now(), told)
        self._show()

    async def _watch_anew(self, closed: ClosedRun) -> None:
        """A fenced center is never left unwatched while its obligation stands (laws 1, 8)."""
        owed = self.unwatched.missing(closed.workflow_id, self._now())
        if owed is None:
            return  # lifted, or cleared, while its end was on the way here
        told = f"{closed.workflow_id} had ended ({closed.how}): {owed.target} is watched anew"
        self.unwatched.begun(owed.target, self._now())
        if reason := await watch_anew(self.state, owed, closed.how):
            self.unwatched.impossible(owed.target, self._now())
            told = f"nobody watches the fence of {owed.target}: {reason}"
        self.book.remark(self._now(), told)
        if closed.how not in ENDED_WELL:
            self._hand_over(ExportOrder(workflow_id=closed.workflow_id, run_id=closed.run_id, undone=[]))

    # --- what it is asked

    @workflow.update(name="register")
    async def register(self, registration: Registration) -> EstateState:
        self.book.register(registration, self._now())
        self._show()
        return self.state

    @workflow.update(name="acquire")
    async def acquire(self, ask: Acquire) -> Granted:
        granted = self.book.acquire(ask, self._now())
        self._show()
        return granted

    @workflow.update(name="release")
    async def release(self, ask: Release) -> bool:
        """Give back all that a run has here: lease, announcement, a guest's place. Whether it held the lease."""
        key = update_id()
        if key not in self.state.answered:
            self._remember(key, self.book.release(ask, self._now()))
        self._show()
        return self.state.answered[key]

    @workflow.update(name="record")
    async def record(self, action: Action) -> str | None:
        return self._answer(self.book.record(action, self._now()))

    @workflow.update(name="set_active")
    async def set_active(self, change: SetActive) -> dict[str, str]:
        self._answer(self.book.set_active(change, self._now()))
        return self.state.active

    @workflow.update(name="announce")
    async def announce(self, ask: Entrance) -> EstateView:
        """A run says at its start that it will want the lease; it is answered with what it needs to know."""
        self.book.announce(ask, self._now())
        self._show()
        return EstateView.model_validate(self.state.model_dump())

    @workflow.update(name="join")
    async def join(self, ask: Entrance) -> str | None:
        return self._answer(self.book.join(ask, self._now()))

    @workflow.update(name="oblige")
    async def oblige(self, ask: Oblige) -> str | None:
        return self._answer(self.book.oblige(ask, self._now()))

    @workflow.update(name="clear")
    async def clear(self, ask: Clear) -> str | None:
        refusal = self.book.clear(ask, self._now())
        self.departures.settle()
        return self._answer(refusal)

    @workflow.update(name="burn")
    async def burn(self, burns: list[Burn]) -> list[Burnt]:
        """One-time codes that were seen; what was known of each (law 13)."""
        return self.state.burnt.burn(burns)

    @workflow.update(name="enrol_renewer")
    async def enrol_renewer(self, ask: EnrolRenewer) -> int:
        """The generation under which a renewer of guards may begin, 0 while a declaration holds the lease."""
        return enrol(self.state, ask, self._now())

    @workflow.query(name="renewers")
    def renewers_query(self) -> list[RenewerRef]:
        return self.state.renewers

    @workflow.signal(dynamic=True, description="Nothing is said to an Estate: people speak to a run")
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:
        self._not_followed(name, args)

    @workflow.update(dynamic=True)
    def unknown_update(self, name: str, args: Sequence[RawValue]) -> str:
        self._not_followed(name, args)
        return NOT_HERE

    def _not_followed(self, name: str, args: Sequence[RawValue]) -> None:
        self.burning.see([name.encode(), *(raw.payload.data for raw in args)], self._now())
        self._remark_once(NOT_HERE)
        self._show()

    def _remark_once(self, line: str) -> None:
        if not self.state.remarks or self.state.remarks[-1].text != line:
            self.book.remark(self._now(), line)

    @workflow.query(name="state")
    def state_query(self) -> EstateState:
        return self.state

    @workflow.query(name="sampling")
    def sampling_query(self) -> list[SampleTarget]:
        """The writers of now, to be sampled from outside their center."""
        return [
            target
            for targets in self.state.sampling.values()
            for target in targets
            if self.state.active.get(target.side.service) == target.side.center
        ]

    def _answer(self, refusal: str | None) -> str | None:
        self._show()
        return refusal

    def _remember(self, key: str, answer: bool) -> None:
        """For a caller that asks again under the same id after this run has continued as new."""
        kept = list(self.state.answered.items())[-KEPT_ANSWERS:]
        self.state.answered = {**dict(kept), key: answer}

    def _now(self) -> float:
        return workflow.now().timestamp()

    def _show(self) -> None:
        workflow.set_current_details(page(self.state))
        workflow.upsert_search_attributes([names.ESTATE.value_set(self.state.estate)])


def update_id() -> str:
    """The id under which an update was asked."""
    info = workflow.current_update_info()
    return info.id if info else ""
