"""The Estate: what is true of an estate beyond any run: active centers, epoch, lease, guests, what is owed (law 10).

One small long-lived workflow for each estate. Scenarios ask it by updates, through an activity; each update carries
an id of its own, so asking twice is asking once. No handler waits: `acquire` grants or says who holds. Its rules are
in `EstateBook`, and what it does when runs that it knows have closed in `Closings`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

from workflows.estate.burning import Burning
from workflows.estate.closings import Closings
from workflows.estate.exports import Exports

with workflow.unsafe.imports_passed_through():
    from activities.models import EnrolRenewer, RenewerRef
    from activities.models.codes import Burn, Burnt
    from activities.models.estate import (
        Acquire,
        Action,
        Clear,
        Entrance,
        EstateView,
        Granted,
        Oblige,
        Registration,
        Release,
        SampleTarget,
        SetActive,
    )
    from workflows import names
    from workflows.estate.book import EstateBook
    from workflows.estate.departures import Departures
    from workflows.estate.enrolments import enrol
    from workflows.estate.state import EstateState
    from workflows.pages.estate import page

__all__ = ["Estate", "EstateState"]

KEPT_ANSWERS = 100
NOT_HERE = "a message to the Estate was not followed: people speak to a run, as ESTATE/declaration"


@workflow.defn(name="Estate")
class Estate:
    @workflow.init
    def __init__(self, state: EstateState) -> None:
        self.state = state
        if state.is_rebuilt:
            state.begin_anew(self._now())
        if not state.burnt.known_from:  # the first of its kind, as far as anybody knows
            state.burnt.begin_anew(self._now())
        # A reset has another seed from its point on: what was burnt since is forgotten.
        self._is_reset = False
        workflow.register_random_seed_callback(self._was_reset)
        self.book = EstateBook(state)
        self.departures = Departures(self.book)
        self.exports = Exports(self.book)
        self.closings = Closings(self.book, self.departures, self.exports, self._is_full, self._show)
        self.burning = Burning(state, self._remark_once)

    @workflow.run
    async def run(self, state: EstateState) -> None:
        self._show()
        self.burning.go_on()
        self.exports.go_on()
        while not self._is_full():
            # An Estate has no end: what a cancel request of Temporal would stop is the watch over everybody else.
            try:
                await self.closings.watch()
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
        if self._is_reset:
            self._is_reset = False
            self.state.burnt.begin_anew(self._now())
        return self.state.burnt.burn(burns, self._now())

    def _was_reset(self, _: int) -> None:
        self._is_reset = True

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
