"""The guard itself: what it does to its writer when leases stop, restarts, reboots and disks happen (laws 1, 2)."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from activities.guarding.margins import least_margin
from activities.guarding.words import install_text
from tests.activities.guarding.conftest import CLOSE_S, SHELLS, Guard, eventually, order, stays

Guards = Callable[..., Guard]


@pytest.mark.parametrize("shell", SHELLS)
def test_it_closes_when_nobody_renews_and_stays_closed(guards: Guards, shell: str) -> None:
    """Renewed, the writer stays open; not renewed, it is closed, in time, and no later lease opens it again."""
    guard = guards(shell=shell)
    assert guard.may_open() and guard.says("status").state == "idle"
    guard.arm()
    stays(lambda: guard.renew().state == "armed" and guard.writer.exists(), 3.0)
    began = time.monotonic()
    eventually(lambda: not guard.writer.exists())
    assert time.monotonic() - began < guard.terms.after_s + guard.terms.margin_s
    eventually(lambda: guard.state == "closed")
    assert not guard.may_open()
    stays(lambda: guard.renew().state == "closed" and not guard.may_open(), 2.0)


def test_one_of_two_places_is_enough(guards: Guards) -> None:
    """A renewer that is down closes nothing while the other renews: the furthest lease counts."""
    guard = guards()
    guard.arm()
    guard.renew("busan")
    stays(lambda: guard.renew("control").state == "armed" and guard.writer.exists(), 4.0)


def test_a_guard_that_was_never_renewed_closes_nothing(guards: Guards) -> None:
    """Without a first lease nothing changes: it is idle, on the replica's host for years."""
    guard = guards()
    guard.start()
    eventually(lambda: guard.state == "idle")
    stays(lambda: guard.state == "idle" and guard.writer.exists(), 4.0)
    assert guard.may_open()


def test_a_restart_extends_nothing(guards: Guards) -> None:
    """The end of the lease is on the disk: killed and started again and again, it closes at the same time."""
    guard = guards(after_s=4)
    guard.arm()
    began = time.monotonic()
    while guard.writer.exists():
        guard.kill()
        guard.start()
        time.sleep(0.7)
        assert time.monotonic() - began < guard.terms.after_s + guard.terms.margin_s
    assert time.monotonic() - began > 1.0


def test_a_lease_ends_where_its_renewer_said(guards: Guards) -> None:
    """A request that is delivered late gives what was meant when it was begun, and never more than a whole lease."""
    guard = guards(after_s=6)
    guard.arm()
    first = guard.says("status")
    late = guard.renew(until=first.now - 1)
    assert late.until == first.until
    greedy = guard.renew(until=first.now + 10_000)
    time.sleep(1.5)
    assert guard.says("status").until <= greedy.now + 2 + guard.terms.after_s


def test_a_lease_of_another_boot_is_none(guards: Guards) -> None:
    """Uptimes of another boot mean nothing."""
    guard = guards()
    guard.start()
    known = guard.says("status")
    guard.says("renew", "control", "another-boot", str(known.now + 100), "1", "")
    stays(lambda: guard.says("status").state == "idle", 1.5)


def test_after_a_reboot_without_renewal_the_writer_does_not_open(guards: Guards) -> None:
    """The machine was started anew while armed: the gate refuses at once, and the guard closes before anything else."""
    guard = guards(after_s=100)
    guard.arm()
    guard.kill()
    state = guard.folder / "state"
    state.write_text(state.read_text().replace(guard.says("status").boot, "the-boot-before"))
    assert not guard.may_open()
    guard.start()
    eventually(lambda: not guard.writer.exists() and guard.says("status").state == "closed")
    guard.renew()
    stays(lambda: not guard.may_open(), 1.5)


def test_a_closed_guard_closes_again_after_a_reboot(guards: Guards) -> None:
    """Closed stays closed: autostart that somebody switched on again is switched off again."""
    guard = guards()
    guard.arm()
    eventually(lambda: guard.state == "closed")
    guard.kill()
    guard.writer.touch()
    guard.start()
    eventually(lambda: not guard.writer.exists())


@pytest.mark.parametrize("torn", ["", "muster-guard 1 arm", "muster-guard 1 armed boot x y z -"])
def test_a_state_that_cannot_be_read_closes(guards: Guards, torn: str) -> None:
    """Law 2: unknown is not success: a file that a power cut left torn may have said that it was armed."""
    guard = guards()
    (guard.folder / "state").write_text(torn)
    assert not guard.may_open()
    guard.start()
    eventually(lambda: not guard.writer.exists())


def test_only_an_operator_arms_again(guards: Guards) -> None:
    """After a closing: rearm, and the next lease arms it. Disarmed before maintenance, no lease does."""
    guard = guards()
    guard.arm()
    eventually(lambda: guard.state == "closed")
    guard.order("rearm")
    eventually(lambda: guard.grant().state == "armed")
    assert guard.may_open()
    guard.writer.touch()
    guard.order("disarm")
    eventually(lambda: guard.grant().state == "disarmed")
    stays(lambda: guard.renew().state == "disarmed" and guard.writer.exists(), 3.0)


def test_a_closed_guard_at_a_cut_off_center_is_not_opened_by_hand(guards: Guards) -> None:
    """Law 1: nobody outside hears of it, so nothing there opens the writer: no order, restart, reboot, or old lease."""
    guard = guards()
    guard.arm()
    eventually(lambda: guard.state == "closed")
    for verb in ("rearm", "disarm"):
        guard.order(verb)
        guard.writer.touch()
        stays(lambda: guard.says("status").state == "closed" and not guard.may_open(), 2.0)
    guard.kill()
    state = guard.folder / "state"
    state.write_text(state.read_text().replace(guard.says("status").boot, "the-boot-before"))
    assert not guard.may_open()
    guard.start()
    eventually(lambda: not guard.writer.exists())
    stays(lambda: guard.renew(heard="of-something-else").state in ("closing", "closed"), 2.0)
    assert not guard.may_open()


def test_an_armed_guard_is_not_disarmed_unheard(guards: Guards) -> None:
    """Law 1: others count on it, so it goes on until one of them knows; and it says who is asked, before it does so."""
    guard = guards(after_s=4)
    guard.arm()
    guard.order("disarm")
    eventually(lambda: guard.state == "an operator asks to disarm it")
    eventually(lambda: not guard.writer.exists())
    eventually(lambda: guard.says("status").state == "closed")


def test_an_order_says_what_it_waits_for(guards: Guards) -> None:
    """One clear line that names the way out."""
    guard = guards()
    guard.arm()
    eventually(lambda: guard.state == "closed")
    argv = ["sh", str(guard.folder / "guard.sh"), "rearm"]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert "when a worker outside that renews this guard has heard of it" in told
    assert "cut off" in told


def test_the_newest_renewer_of_a_place_is_the_only_one(guards: Guards) -> None:
    """Laws 1, 5: once a newer generation of a place was heard, what the one before it sends gives nothing, ever."""
    guard = guards(after_s=3)
    guard.start()
    eventually(lambda: guard.renew(generation=5).state == "armed")
    assert guard.renew("busan", generation=2).generation == 2
    assert guard.renew(generation=7).generation == 7
    began = time.monotonic()
    while guard.writer.exists():
        told = guard.renew(generation=5)
        assert told.generation == 7
        assert time.monotonic() - began < guard.terms.after_s + guard.terms.margin_s
    assert time.monotonic() - began > 1.0


@pytest.mark.parametrize("generation", ["", "x", "-1", "9" * 40])
def test_a_lease_without_a_generation_is_none(guards: Guards, generation: str) -> None:
    """What cannot be told apart is not taken."""
    guard = guards()
    guard.start()
    known = guard.says("status")
    guard.says("renew", "control", known.boot, str(known.now + 100), generation, "")
    stays(lambda: guard.says("status").state == "idle", 1.5)


def test_a_closing_that_fails_is_done_again(guards: Guards, tmp_path: Path) -> None:
    """It says closing, never closed, until its command says so; `kill` is for one that hangs."""
    close = f"test -e {tmp_path}/killed && rm -f {tmp_path}/writer"
    guard = guards(close=close, kill=f"sleep 1; touch {tmp_path}/killed")
    guard.arm()
    eventually(lambda: guard.says("status").state == "closing")
    assert not guard.may_open() and guard.state != "closed"
    eventually(lambda: guard.state == "closed" and not guard.writer.exists())


@pytest.mark.parametrize("shell", SHELLS)
def test_the_least_margin_has_room_for_a_close_and_a_kill_that_hang(
    guards: Guards, shell: str, tmp_path: Path
) -> None:
    """Law 1: whoever counts an expired guard counts it when its writer is closed, whatever its commands did."""
    deaf = "trap '' TERM INT; sleep 60"
    margin_s = least_margin(2, CLOSE_S, has_kill=True)
    close = f"test ! -e {tmp_path}/writer || {{ {deaf}; }}"
    kill = f"sleep {CLOSE_S - 0.5}; rm {tmp_path}/writer; {deaf}"
    guard = guards(shell=shell, close=close, kill=kill, margin_s=margin_s)
    guard.arm()
    counts_at = guard.says("status").until + margin_s
    eventually(lambda: not guard.writer.exists(), within=2 + margin_s)
    assert guard.says("status").now < counts_at
    eventually(lambda: guard.state == "closed")


def test_no_guard_is_installed_where_nothing_can_be_ended_in_time(tmp_path: Path) -> None:
    """Law 1: a command that hangs for ever would make every margin too short."""
    argv = ["/bin/sh", "-c", install_text(order(tmp_path))]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env={"PATH": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "there is no command timeout -s\n")


def test_a_guard_that_is_stopped_gets_no_credit(guards: Guards) -> None:
    """Law 2: a process that is there and does not run shows it by its age, while leases still arrive."""
    guard = guards(after_s=30)
    guard.arm()
    assert guard.process is not None
    os.kill(guard.process.pid, signal.SIGSTOP)
    eventually(lambda: (guard.renew(), guard.state == "its process does not run")[1], within=12.0)


def test_other_terms_get_no_credit_and_are_taken_over(guards: Guards, tmp_path: Path) -> None:
    """A guard counts by the plan's own terms only; installed anew it takes them over and keeps its lease."""
    guard = guards(after_s=30)
    guard.arm()
    until = guard.says("status").until
    assert guard.process is not None
    guard.terms = order(tmp_path, after_s=20)
    assert guard.state == "it goes by another program or other terms: muster prepare"
    guard.install(guard.terms)
    eventually(lambda: guard.state == "armed")
    assert guard.says("status").until == until
    assert guard.closings == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tiny", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_not_renewed(guards: Guards, tiny_disk: Path) -> None:
    """What cannot be kept does not count: the writer is closed in time, and the gate refuses by what is on the disk."""
    guard = guards(tiny_disk / "guard", after_s=3, close=f"rm -f {tiny_disk}/writer")
    guard.arm()
    with (tiny_disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 512)
        except OSError:
            pass
    deadline = time.monotonic() + guard.terms.after_s + guard.terms.margin_s
    while guard.writer.exists():
        guard.renew()
        assert time.monotonic() < deadline, "a lease that could not be kept was counted"
        time.sleep(0.2)
    assert not guard.may_open()
    assert guard.state != "armed"


def test_a_lease_that_the_guard_cannot_keep_is_none(guards: Guards, tiny_disk: Path) -> None:
    """Leases arrive, and the guard's own disk is full: a restart would not know of them, so it closes."""
    guard = guards(tiny_disk / "guard", after_s=4, close=f"rm -f {tiny_disk}/writer")
    guard.arm()
    far = guard.folder / "lease.busan.1"
    far.write_text("-".ljust(60) + "\n")
    with (tiny_disk / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 512)
        except OSError:
            pass
    deadline = time.monotonic() + guard.terms.after_s + guard.terms.margin_s
    while guard.writer.exists():
        known = guard.says("status")
        with far.open("r+") as lease:  # in place: it needs no room
            lease.write(f"{known.boot} {known.now + guard.terms.after_s}\n")
        assert time.monotonic() < deadline, "a lease that could not be kept was counted"
        time.sleep(0.2)
