"""A renewing place: what it gives, knows of it, and keeps (laws 1, 2). The wire to the host is faked."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from activities.errors import HostFaulty, HostUnreachable
from activities.guarding import records
from activities.guarding import renewer as module
from activities.guarding.renewer import Renewer
from activities.guarding.words import digest_of
from activities.models import Command, CommandResult, GuardOrder, Target
from activities.remote import Remote
from activities.ticks import tick
from tests.activities.guarding.conftest import order as guard_order

OWN = 5  # the generation of the renewer


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
        self.generation = 0  # the newest that it heard
        self.lapsed = False  # whether the lease of that one is over
        self.asks = ""
        self.heard = ""  # by the last lease
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
            self.leases.append(int(words[-3]))
            self.generation = max(self.generation, int(words[-2]))
            self.heard = words[-1]
        if self.hangs is not None:
            await self.hangs.wait()
        digest = digest_of(self.order)
        line = (
            f"muster-guard {self.state} boot=b now={self.now} at={self.now - self.age} until={self.now + 9}"
        )
        lease = 0 if self.lapsed else self.now + 9
        line += f" digest={digest} generation={self.generation} lease={lease} asks={self.asks}"
        return CommandResult(exit_code=0, output=f"Welcome!\n{line}\n", seconds=0.0)


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

    def made() -> Renewer:
        renewer = Renewer(cast(Remote, host), tmp_path / "guards", "busan")
        renewer.enrol(OWN)
        return renewer

    return made


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
    again.resume([order], "another run")
    assert again.view(order).stopped
    again.resume_all("run")
    await running(again, order, lambda: len(host.leases) == 2)


async def test_a_stop_that_cannot_be_kept_is_not_said(
    make: Make, host: Host, order: GuardOrder, tmp_path: Path
) -> None:
    """Law 2: a place that would forget it at its next start does not say that it stopped; nor does it renew."""
    renewer = make()
    shutil.rmtree(tmp_path / "guards")
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
    monkeypatch.setattr(records, "boot", lambda: "the next")
    for part in (module, records):
        monkeypatch.setattr(part, "tick", lambda: 12.0)
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


# --- several renewers


async def test_a_stop_holds_for_all_processes_of_a_directory(
    make: Make, host: Host, order: GuardOrder
) -> None:
    """Law 1: whichever of them is told, none begins a renewal from there on; and what any began is known to all."""
    first, second = make(), make()
    await running(first, order, lambda: len(host.leases) == 1)
    (view,) = second.stop([order], "run")
    assert order.after_s < view.due_in_s <= order.after_s + order.margin_s
    asked = host.asked
    task = asyncio.create_task(first.run())
    await first._turn(order)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (host.asked, first.enrolment) == (asked, second.enrolment)


async def test_nobody_renews_without_a_generation(host: Host, order: GuardOrder, tmp_path: Path) -> None:
    """Law 1: the estate did not let it begin, so a run would not know whom to stop; it listens only."""
    renewer = Renewer(cast(Remote, host), tmp_path / "fresh", "busan")
    assert renewer.is_wanted
    await running(renewer, order, lambda: renewer.view(order).answered == "armed")
    assert host.leases == []
    renewer.enrol(1)
    assert not renewer.is_wanted
    await running(renewer, order, lambda: len(host.leases) == 1)


async def test_an_older_renewer_stands_by_until_the_newer_one_lapsed(
    make: Make, host: Host, order: GuardOrder
) -> None:
    """Law 5: the guard told of a newer generation of this place; and what is known of it counts from then on."""
    renewer = make()
    host.generation = OWN + 2
    await running(renewer, order, lambda: host.asked >= 2)
    view = renewer.view(order)
    assert (host.leases, view.acknowledged, renewer.is_wanted) == ([], OWN + 2, False)
    assert order.after_s + order.margin_s - 7 < view.due_in_s  # since the first answer, two turns ago
    host.lapsed = True
    await running(renewer, order, lambda: renewer.is_wanted)
    renewer.enrol(OWN + 3)
    await running(renewer, order, lambda: len(host.leases) == 1)
    assert host.generation == OWN + 3


async def test_what_was_begun_before_a_newer_one_counts_from_its_first_answer(
    make: Make, host: Host, order: GuardOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 1: until the guard knows of this renewer another may have given a lease: a whole one, from the answer on."""
    renewer = make()
    host.generation = OWN - 1
    await renewer._ask(order, "sh guard.sh status busan")
    assert renewer.view(order).acknowledged == OWN - 1
    later = tick() + order.after_s
    monkeypatch.setattr(module, "tick", lambda: later)
    host.generation = OWN
    await renewer._ask(order, "sh guard.sh status busan")
    assert renewer.view(order).acknowledged == OWN
    assert renewer.view(order).due_in_s == pytest.approx(order.after_s + order.margin_s)


async def test_a_request_of_an_operator_is_told_before_it_is_granted(
    make: Make, host: Host, order: GuardOrder
) -> None:
    """Law 1: by the time a lease says that it was heard, this place's disk says that the guard may be disarmed."""
    renewer = make()
    host.asks = "disarm:abc"
    await running(renewer, order, lambda: host.heard == "abc")
    assert make().view(order).answered == "an operator asks to disarm it"


async def test_a_guard_that_lost_its_folder_listens_to_anybody(
    make: Make, host: Host, order: GuardOrder
) -> None:
    """Law 2: what it told before is not true any more; whatever was let in between counts a whole lease from now."""
    renewer = make()
    host.generation = OWN
    await renewer._ask(order, "sh guard.sh status busan")
    assert renewer.view(order).acknowledged == OWN
    host.generation = 0
    await renewer._ask(order, "sh guard.sh status busan")
    assert renewer.view(order).acknowledged == 0
    assert renewer.view(order).due_in_s == pytest.approx(order.after_s + order.margin_s, abs=1.0)
