"""Renewing the guards of writers from outside their center, and knowing when the last lease is over (law 1).

A lease ends at an uptime of the guard's host that is computed here: its last answered uptime, and the time since
then. So a request that is delivered late, or twice, gives no more than was meant; and when the request is *begun* the
end of its lease is known here, whether it arrives or not. That end is on this disk before the request is sent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio.exceptions import ApplicationError

from activities.errors import HostFaulty
from activities.guarding import words
from activities.models import Command, GuardOrder, GuardView
from activities.remote import Remote
from activities.sampling.sample_log import write_whole
from activities.ticks import boot, tick

TURNS = 6  # renewals in the time of a lease: several may be lost
LEAST_PERIOD = 1.0
ASK_S = 4.0
TRUSTED_S = 300.0  # after so long without an answer two clocks may have drifted apart: it is asked anew
log = structlog.get_logger()
_ORDERS = TypeAdapter(list[GuardOrder])


class Renewal(BaseModel):
    """What this place must not forget of one guard. `ends`: the tick of `boot` at which its last lease is over."""

    boot: str
    ends: float
    stopped_by: str = ""
    answered: str = ""
    answered_at: float = 0.0


class Renewer:
    """Renews the guards that it was told of, each at its own pace, until it is told to stop."""

    def __init__(self, remote: Remote, directory: Path, place: str) -> None:
        self._remote = remote
        self._directory = directory
        self._place = place
        self._began = tick()
        self._renewals: dict[str, Renewal] = {}
        self._clocks: dict[str, tuple[words.Answer, float]] = {}
        self._orders = self._remembered()
        self._changed = asyncio.Event()

    def configure(self, orders: Sequence[GuardOrder]) -> None:
        """Renew these from now on, and no others. Kept on disk for the next start."""
        if list(orders) == self._orders:
            return
        self._orders = list(orders)
        try:
            write_whole(self._directory / "orders.json", _ORDERS.dump_json(self._orders).decode())
        except OSError as error:
            log.warning("renewer_not_on_disk", error=error.strerror)
        self._changed.set()

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
            self._keep(order, self._renewal(order).model_copy(update={"stopped_by": by}))
        return [self.view(order) for order in guards]

    def resume(self, guards: Sequence[GuardOrder]) -> None:
        for order in guards:
            self._keep(order, self._renewal(order).model_copy(update={"stopped_by": ""}))

    @property
    def stopped_by(self) -> set[str]:
        """The runs that stopped what is renewed here."""
        return {self._renewal(order).stopped_by for order in self._orders} - {""}

    def resume_all(self, by: str) -> None:
        self.resume([order for order in self._orders if self._renewal(order).stopped_by == by])

    def view(self, order: GuardOrder) -> GuardView:
        known = self._renewal(order)
        return GuardView(
            place=self._place,
            dataset=order.dataset,
            stopped=bool(known.stopped_by),
            due_in_s=known.ends - tick(),
            answered=known.answered,
            answered_ago_s=tick() - known.answered_at if known.answered else 0.0,
        )

    # --- one guard

    async def _renew(self, order: GuardOrder) -> None:
        period = max(LEAST_PERIOD, order.after_s / TURNS)
        while True:
            began = tick()
            try:
                await self._turn(order)
            except Exception as error:
                # Whatever it was: one guard's surprise must not end the renewing of the others.
                told = error.message if isinstance(error, ApplicationError) else repr(error)
                log.warning("not_renewed", dataset=order.dataset, error=told[:200])
            await asyncio.sleep(max(0.0, began + period - tick()))

    async def _turn(self, order: GuardOrder) -> None:
        """Ask for the host's clock if it is not known, then give a lease by it."""
        if self._renewal(order).stopped_by:
            return
        if self._clock(order) is None:
            await self._ask(order, words.status_line(order))
        known = self._clock(order)
        if known is None or self._renewal(order).stopped_by:
            return
        answer, heard = known
        now = tick()
        until = answer.now + int(now - heard) + order.after_s
        kept = self._renewal(order)
        ends = max(kept.ends, now + order.after_s + order.margin_s)
        self._keep(order, kept.model_copy(update={"ends": ends}))
        await self._ask(order, words.renew_line(order, self._place, answer.boot, until))

    def _clock(self, order: GuardOrder) -> tuple[words.Answer, float] | None:
        known = self._clocks.get(_place_of(order))
        return known if known and tick() - known[1] < TRUSTED_S else None

    async def _ask(self, order: GuardOrder, line: str) -> None:
        asked = tick()
        command = Command(run=line, run_as=order.run_as, timeout_s=ASK_S, kill_after_s=1.0)
        seen = await self._remote.look(order.target, command)
        heard, answer = tick(), words.parse(seen.output)
        if answer is not None:
            # The host had this uptime before the answer came; `heard` is the later end, so a lease is never longer.
            self._clocks[_place_of(order)] = (answer, heard)
        said = words.judged(answer, order)
        before = self._renewal(order)
        if before.answered != said:
            log.info(
                "guard_says", dataset=order.dataset, host=order.target.label, said=said, seconds=heard - asked
            )
        self._keep(order, before.model_copy(update={"answered": said, "answered_at": heard}))

    # --- on this disk

    def _renewal(self, order: GuardOrder) -> Renewal:
        key = _place_of(order)
        if key not in self._renewals:
            self._renewals[key] = self._read(order)
        return self._renewals[key]

    def _read(self, order: GuardOrder) -> Renewal:
        """Without a record of this boot, a lease may have been given until the machine, or this process, was begun."""
        lease = order.after_s + order.margin_s
        try:
            kept = Renewal.model_validate_json(self._file(order).read_bytes())
        except (OSError, ValidationError):
            return Renewal(boot=boot(), ends=self._began + lease)
        if kept.boot == boot():
            return kept
        return kept.model_copy(update={"boot": boot(), "ends": lease, "answered_at": 0.0})

    def _keep(self, order: GuardOrder, renewal: Renewal) -> None:
        """On disk first: what is not there was never begun."""
        try:
            write_whole(self._file(order), renewal.model_dump_json())
        except OSError as error:
            raise HostFaulty(f"{self._file(order)} cannot be written: {error.strerror}") from error
        self._renewals[_place_of(order)] = renewal

    def _file(self, order: GuardOrder) -> Path:
        return self._directory / f"{re.sub(r'[^A-Za-z0-9_.@-]', '_', _place_of(order))}.json"

    def _remembered(self) -> list[GuardOrder]:
        try:
            return _ORDERS.validate_json((self._directory / "orders.json").read_bytes())
        except (OSError, ValidationError):
            return []


def _place_of(order: GuardOrder) -> str:
    return f"{order.dataset}@{order.target.center}"
