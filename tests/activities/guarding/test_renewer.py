"""A renewing place: what it gives, knows of it, and keeps (laws 1, 2). The wire to the host is faked."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from activities.errors import HostFaulty, HostUnreachable
from activities.guarding import renewer as module
from activities.guarding.renewer import Renewer
from activities.guarding.words import digest_of
from activities.models import Command, CommandResult, GuardOrder, Target
from activities.remote import Remote
from activities.ticks import tick
from tests.activities.guarding.conftest import order as guard_order


class Host:
    """Its uptime is this machine's plus `ahead`; it notes every lease. `hangs`: it takes requests, and says nothing."""

    def __init__(self, order: GuardOrder, ahead: float = 1000.0) -> None:
        self.order = order
        self.ahead = ahead
        self.state = "armed"
        self.age = 0
        self.leases: list[int] = []
        self.asked = 0
        self.dark = False
        self.hangs: asyncio.Event | None = None

    @property
    def now(self) -> int:
        return int(tick() + self.ahead)

    async def look(self, target: Target, command: Command) -> CommandResult:
        self.asked += 1
        if self.dark:
            raise HostUnreachable("no route")
        words = shlex.split(command.run)
        if "renew" in words:
            self.leases.append(int(words[-1]))
        if self.hangs is not None:
            await self.hangs.wait()
        digest = digest_of(self.order)
        line = (
            f"muster-guard {self.state} boot=b now={self.now} at={self.now - self.age} until={self.now + 9}"
        )
        return CommandResult(exit_code=0, output=f"Welcome!\n{line} digest={digest}\n", seconds=0.0)


Make = Callable[[], Renewer]


@pytest.fixture
def order(tmp_path: Path) -> GuardOrder:
    return guard_order(tmp_path, after_s=30)


@pytest.fixture
def host(order: GuardOrder) -> Host:
    return Host(order)


@pytest.fixture
def make(tmp_path: Path, host: Host) -> Make:
    """A process of the place: the next one has the same disk."""
    return lambda: Renewer(cast(Remote, host), tmp_path / "guards", "busan")


async def running(renewer: Renewer, order: GuardOrder, until: Callable[[], bool]) -> None:
    renewer.configure([order])
    task = asyncio.create_task(renewer.run())
    try:
        ends = time.monotonic() + 10.0
        while not until():
            assert time.monotonic() < ends, "it did not come to be in time"
            await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_lease_is_an_uptime_of_its_host(make: Make, host: Host, order: GuardOrder) -> None:
    """Asked for its clock first, then given a lease by it, never longer than the plan's; and heard armed."""
    renewer = make()
    await running(renewer, order, lambda: len(host.leases) == 1 and renewer.view(order).answered == "armed")
    assert host.leases[0] <= host.now + order.after_s
    assert host.leases[0] >= host.now + order.after_s - 3
    due = renewer.view(order).due_in_s
    assert order.after_s + order.margin_s - 3 < due <= order.after_s + order.margin_s


async def test_what_was_begun_counts_though_no_answer_came(
    make: Make, host: Host, order: GuardOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 2: a request that hangs may have been heard: its lease is known, and on the disk, before it is sent."""
    renewer = make()
    await running(renewer, order, lambda: bool(renewer.view(order).answered))
    later = tick() + 20.0
    monkeypatch.setattr(module, "tick", lambda: later)
    host.hangs = asyncio.Event()
    sent = len(host.leases)
    turn = asyncio.create_task(renewer._turn(order))
    await asyncio.sleep(0.1)
    assert len(host.leases) == sent + 1 and not turn.done()
    for known in (renewer, make()):
        assert known.view(order).due_in_s == pytest.approx(order.after_s + order.margin_s)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)


async def test_a_host_that_never_answered_was_never_given_a_lease(
    make: Make, host: Host, order: GuardOrder
) -> None:
    """Without its clock nothing is sent; what this place may have done before it was begun still counts."""
    host.dark = True
    renewer = make()
    await running(renewer, order, lambda: host.asked >= 1)
    assert (host.leases, renewer.view(order).answered) == ([], "")
    assert renewer.view(order).due_in_s <= order.after_s + order.margin_s


async def test_stopped_is_stopped_over_a_restart(make: Make, host: Host, order: GuardOrder) -> None:
    """From the word on no renewal is begun, by the next process neither, until it is told to go on."""
    renewer = make()
    await running(renewer, order, lambda: len(host.leases) == 1)
    (view,) = renewer.stop([order], "run")
    asked, again = host.asked, make()
    assert view.stopped and again.view(order).stopped
    task = asyncio.create_task(again.run())
    await asyncio.sleep(1.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert host.asked == asked
    assert again.stopped_by == {"run"}
    again.resume_all("another run")
    assert again.view(order).stopped
    again.resume_all("run")
    await running(again, order, lambda: len(host.leases) == 2)


async def test_a_stop_that_cannot_be_kept_is_not_said(
    make: Make, host: Host, order: GuardOrder, tmp_path: Path
) -> None:
    """Law 2: a place that would forget it at its next start does not say that it stopped; nor does it renew."""
    renewer = make()
    (tmp_path / "guards").touch()
    with pytest.raises(HostFaulty, match="cannot be written"):
        renewer.stop([order], "run")
    await running(renewer, order, lambda: host.asked >= 1)
    assert host.leases == []


async def test_without_a_record_a_lease_may_have_been_given_until_now(make: Make, order: GuardOrder) -> None:
    """The place lost its disk: whatever the process before it did counts from its end, which is this one's start."""
    (view,) = make().stop([order], "run")
    assert order.after_s + order.margin_s - 2 < view.due_in_s <= order.after_s + order.margin_s


async def test_a_record_of_another_boot_counts_from_the_start_of_the_machine(
    make: Make, host: Host, order: GuardOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticks of another boot mean nothing; what was given then was given before this boot."""
    await running(make(), order, lambda: len(host.leases) == 1)
    monkeypatch.setattr(module, "boot", lambda: "the next")
    monkeypatch.setattr(module, "tick", lambda: 12.0)
    assert make().view(order).due_in_s == order.after_s + order.margin_s - 12.0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "idle"}, "idle"),
        ({"age": 60}, "its process does not run"),
        ({"order": None}, "it goes by another program or other terms: muster prepare"),
    ],
)
async def test_what_is_heard_is_not_taken_for_armed(
    make: Make, host: Host, order: GuardOrder, tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    """Law 1: only a guard that runs, by the plan's own terms, and says armed."""
    for name, value in changes.items():
        setattr(host, name, value or guard_order(tmp_path, after_s=31))
    renewer = make()
    await running(renewer, order, lambda: bool(renewer.view(order).answered))
    assert renewer.view(order).answered == says
