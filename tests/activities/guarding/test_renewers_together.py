"""Several processes that renew one real guard: a stop holds for all of them, alive, frozen or behind (laws 1, 5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from activities.guarding.renewer import Renewer
from activities.models import GuardView
from activities.remote import Remote
from tests.activities.guarding.conftest import Guard, eventually, stays

Guards = Callable[..., Guard]
Spawn = Callable[..., "subprocess.Popen[bytes]"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    made: list[subprocess.Popen[bytes]] = []

    def start(guard: Guard, directory: Path, generation: int) -> subprocess.Popen[bytes]:
        words = [str(directory), "control", str(generation), str(guard.folder), guard.terms.model_dump_json()]
        argv = [sys.executable, "-m", "tests.activities.guarding.renewing", *words]
        made.append(subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL))
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.wait()


def told(directory: Path, guard: Guard) -> Renewer:
    """The renewer of a directory, as one more of its processes."""
    return Renewer(cast(Remote, None), directory, "control")


def stop(directory: Path, guard: Guard) -> GuardView:
    (view,) = told(directory, guard).stop([guard.terms], "run")
    return view


def is_acknowledged(directory: Path, guard: Guard, generation: int) -> bool:
    return told(directory, guard).view(guard.terms).acknowledged == generation


def closes_by(guard: Guard, view: GuardView) -> None:
    """Before the time that the view tells, and for good."""
    deadline = time.monotonic() + view.due_in_s
    eventually(lambda: guard.says("status").state == "closed", within=view.due_in_s + 5.0)
    assert time.monotonic() < deadline
    stays(lambda: not guard.writer.exists(), 2.0)


def test_one_process_is_told_and_all_of_its_directory_stop(
    guards: Guards, spawn: Spawn, tmp_path: Path
) -> None:
    """Two workers share a disk, and a third process of it takes the order: neither renews on."""
    guard = guards(after_s=3)
    guard.start()
    place = tmp_path / "control"
    renewing = [spawn(guard, place, 5), spawn(guard, place, 5)]
    eventually(lambda: guard.says("status").state == "armed" and is_acknowledged(place, guard, 5))
    stays(guard.writer.exists, 4.0)
    closes_by(guard, stop(place, guard))
    assert all(process.poll() is None for process in renewing)


def test_an_older_renewer_that_nobody_told_renews_nothing(
    guards: Guards, spawn: Spawn, tmp_path: Path
) -> None:
    """It was frozen when the newer one began, and thaws after that one stopped: what it sends gives nothing."""
    guard = guards(after_s=8, margin_s=2.0)
    guard.start()
    older = spawn(guard, tmp_path / "older", 5)
    eventually(lambda: is_acknowledged(tmp_path / "older", guard, 5))
    os.kill(older.pid, signal.SIGSTOP)
    spawn(guard, tmp_path / "newer", 7)
    eventually(lambda: is_acknowledged(tmp_path / "newer", guard, 7))
    view = stop(tmp_path / "newer", guard)
    time.sleep(4.5)  # a lease that was taken from now on would end after the time that the view tells
    view = view.model_copy(update={"due_in_s": view.due_in_s - 4.5})
    os.kill(older.pid, signal.SIGCONT)
    closes_by(guard, view)
    assert older.poll() is None
    assert told(tmp_path / "older", guard).view(guard.terms).acknowledged == 7


def test_two_renewers_that_live_do_not_disturb_each_other(
    guards: Guards, spawn: Spawn, tmp_path: Path
) -> None:
    """The older one stands by; the writer stays open."""
    guard = guards(after_s=4)
    guard.start()
    spawn(guard, tmp_path / "older", 5)
    eventually(lambda: is_acknowledged(tmp_path / "older", guard, 5))
    spawn(guard, tmp_path / "newer", 7)
    eventually(lambda: is_acknowledged(tmp_path / "older", guard, 7))
    stays(lambda: guard.writer.exists() and guard.says("status", "control").generation == 7, 6.0)
