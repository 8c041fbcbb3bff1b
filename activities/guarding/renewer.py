"""Renewing the guards of writers from outside their center, and knowing when the last lease is over (law 1).

A lease ends at an uptime of the guard's host that is computed here: its last answered uptime, and the time since
then. So a request that is delivered late, or twice, gives no more than was meant; and when the request is *begun* the
end of its lease is known here, whether it arrives or not. That end is on this disk before the request is sent.

A renewer is one state directory: its processes share what was begun and what was stopped. Others of the same place
are told apart by the generation that the Estate gives: a guard takes no lease of an older one than it has heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from activities.errors import HostFaulty
from activities.guarding import words
from activities.guarding.margins import TRUSTED_S
from activities.guarding.records import Enrolment, Records, Renewal, place_of
from activities.guarding.troubles import Troubles
from activities.models import Command, GuardOrder, GuardView
from activities.remote import Remote
from activities.ticks import tick

TURNS = 6  # renewals in the time of a lease: several may be lost
LEAST_PERIOD = 1.0
ASK_S = 4.0
log = structlog.get_logger()


class Renewer:
    """Renews the guards that it was told of, each at its own pace, until it is told to stop."""

    def __init__(self, remote: Remote, directory: Path, place: str) -> None:
        self._remote = remote
        self._place = place
        self._records = Records(directory)
        self._clocks: dict[str, tuple[words.Answer, float]] = {}
        self._orders = self._records.orders()
        self._changed = asyncio.Event()
        self._troubles = Troubles("not_renewed")

    def configure(self, orders: Sequence[GuardOrder]) -> None:
        """Renew these from now on, and no others. Kept on disk for the next start."""
        if list(orders) == self._orders:
            return
        self._orders = list(orders)
        try:
            self._records.keep_orders(self._orders)
        except HostFaulty as error:
            log.warning("renewer_not_on_disk", error=error.message)
        self._changed.set()

    @property
    def orders(self) -> list[GuardOrder]:
        return self._orders

    async def run(self) -> None:
        """For ever. Ends only when it is cancelled."""
        while True:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._renew(order)) for order in self._orders]
                await self._changed.wait()
                for task in tasks:
                    task.cancel()

    def stop(self, guards: Sequence[GuardOrder], by: str) -> list[GuardView]:
        """No renewal is begun from here on. What was begun is in the view. Raises HostFaulty: it cannot be kept."""
        for order in guards:
            self._records.change(order, lambda known: known.model_copy(update={"stopped_by": by}))
        return [self.view(order) for order in guards]

    def resume(self, guards: Sequence[GuardOrder], by: str) -> None:
        """What `by` stopped goes on. Raises HostFaulty after all were tried: what could not be kept stays stopped."""
        failed = [reason for order in guards if (reason := self._why_not_resumed(order, by))]
        if failed:
            raise HostFaulty("; ".join(failed))

    def _why_not_resumed(self, order: GuardOrder, by: str) -> str:
        def resumed(known: Renewal) -> Renewal:
            # Looked at under the lock: another run may have stopped it meanwhile.
            return known.model_copy(update={"stopped_by": ""}) if known.stopped_by == by else known

        try:
            self._records.change(order, resumed)
        except HostFaulty as error:
            return error.message
        return ""

    @property
    def stopped_by(self) -> set[str]:
        """The runs that stopped what is renewed here."""
        return {self._records.of(order).stopped_by for order in self._orders} - {""}

    def resume_all(self, by: str) -> None:
        """As `resume`, of all that is renewed here."""
        self.resume([order for order in self._orders if self._records.of(order).stopped_by == by], by)

    def view(self, order: GuardOrder) -> GuardView:
        known, own = self._records.of(order), self.enrolment
        return GuardView(
            place=self._place,
            dataset=order.dataset,
            stopped=bool(known.stopped_by),
            due_in_s=known.ends - tick(),
            answered=known.answered,
            answered_ago_s=tick() - known.answered_at if known.answered else 0.0,
            renewer=own.renewer,
            generation=own.generation,
            acknowledged=known.acknowledged,
        )

    # --- one renewer of several

    @property
    def enrolment(self) -> Enrolment:
        return self._records.enrolment

    def keep_enrolment(self) -> None:
        """Raises HostFaulty: what the Estate would give could not be kept, so it must not be asked."""
        self._records.enrol(0)

    def enrol(self, generation: int) -> None:
        """The Estate let this renewer begin. Raises HostFaulty: it cannot be kept, so it does not."""
        self._records.enrol(generation)
        log.info("renewer_enrolled", renewer=self.enrolment.renewer, generation=generation)

    @property
    def is_wanted(self) -> bool:
        """Whether to ask the Estate to begin: it never was enrolled, or a newer one of its place let a lease lapse."""
        return not self.enrolment.generation or any(self._is_lapsed(order) for order in self._orders)

    def is_unknown(self, oldest: int) -> bool:
        """Whether a guard listens to this renewer, and the estate knows none of its place from before `oldest`.

        No run could count such a guard: an answer of the estate that was lost, or an estate that was.
        """
        own = self.enrolment.generation
        return own < oldest and any(self._records.of(order).acknowledged == own for order in self._orders)

    def _is_lapsed(self, order: GuardOrder) -> bool:
        known = self._clocks.get(place_of(order))
        return known is not None and self._is_outrun(known[0]) and known[0].lease <= known[0].now

    def _is_outrun(self, answer: words.Answer) -> bool:
        return answer.generation > self.enrolment.generation

    # --- one guard

    async def _renew(self, order: GuardOrder) -> None:
        period = max(LEAST_PERIOD, order.after_s / TURNS)
        while True:
            began = tick()
            try:
                await self._turn(order)
            except Exception as error:
                # Whatever it was: one guard's surprise must not end the renewing of the others.
                self._troubles.has(place_of(order), error)
            else:
                self._troubles.is_over(place_of(order))
            await asyncio.sleep(max(0.0, began + period - tick()))

    async def _turn(self, order: GuardOrder) -> None:
        """Ask for the host's clock if it is not known, then give a lease by it."""
        if self._records.of(order).stopped_by:
            return
        if (known := self._clock(order)) is None or not self._may_lease(known[0]):
            await self._ask(order, words.status_line(order, self._place))
            known = self._clock(order)
        if known is None or not self._may_lease(known[0]):
            return
        if (lease := self._begin(order, *known)) is not None:
            await self._ask(order, words.renew_line(order, lease))

    def _may_lease(self, answer: words.Answer) -> bool:
        return bool(self.enrolment.generation) and not self._is_outrun(answer)

    def _begin(self, order: GuardOrder, answer: words.Answer, heard: float) -> words.Lease | None:
        """The next lease, whose end is on the disk; None: it was stopped, maybe by another process here."""
        now = tick()
        ends = now + order.after_s + order.margin_s

        def begun(known: Renewal) -> Renewal:
            return known if known.stopped_by else known.model_copy(update={"ends": max(known.ends, ends)})

        if self._records.change(order, begun).stopped_by:
            return None
        until = answer.now + int(now - heard) + order.after_s
        return words.Lease(self._place, answer.boot, until, self.enrolment.generation, answer.nonce)

    def _clock(self, order: GuardOrder) -> tuple[words.Answer, float] | None:
        known = self._clocks.get(place_of(order))
        return known if known and tick() - known[1] < TRUSTED_S else None

    async def _ask(self, order: GuardOrder, line: str) -> None:
        asked = tick()
        command = Command(run=line, run_as=order.run_as, timeout_s=ASK_S, kill_after_s=1.0)
        seen = await self._remote.look(order.target, command)
        heard, answer = tick(), words.parse(seen.output)
        said = words.judged(answer, order)
        if self._records.of(order).answered != said:
            log.info(
                "guard_says", dataset=order.dataset, host=order.target.label, said=said, seconds=heard - asked
            )
        self._records.change(order, lambda known: _told(known, order, answer, said, heard))
        if answer is not None:
            # Only now: a lease tells the guard what was heard, and that must be on the disk by then. The host had this
            # uptime before the answer came; `heard` is the later end, so a lease is never longer.
            self._clocks[place_of(order)] = (answer, heard)


def _told(known: Renewal, order: GuardOrder, answer: words.Answer | None, said: str, heard: float) -> Renewal:
    """What is known after an answer. Until a guard knows of a generation the ones before it may have given leases.

    A guard that lost its folder knows of none: it is believed.
    """
    if heard < known.answered_at:
        return known
    told = known.model_copy(update={"answered": said, "answered_at": heard})
    if answer is None or answer.generation == known.acknowledged:
        return told
    ends = max(known.ends, heard + order.after_s + order.margin_s)
    return told.model_copy(update={"acknowledged": answer.generation, "ends": ends})
