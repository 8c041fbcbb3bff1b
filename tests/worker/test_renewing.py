"""A worker that renews guards, and the Estate's word (law 1). Estate and host are stand-ins, the disk is real."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from temporalio.client import Client

from activities.errors import HostFaulty
from activities.guarding.renewer import Renewer
from activities.models import RenewerRef
from activities.models.estate import Lease, SampleTarget
from activities.remote import Remote
from tests.activities.guarding.conftest import order
from tests.activities.guarding.test_renewer import Host
from worker import renewing
from worker.chores import until_stopped
from worker.renewing import _enrol, _forget_stops, keep_renewing
from workflows.estate.state import EstateState

OTHER = RenewerRef(place="control", renewer="other", generation=3)
RUN = "bank/declaration"


class Estate:
    """Gives `gives`, and knows of `known`; `lease` is held by a run of this first run id."""

    def __init__(self, gives: int = 7, known: list[RenewerRef] | None = None, lease: str = "") -> None:
        self.gives = gives
        self.known = known or []
        self.asked = 0
        self.lease = lease and Lease(
            workflow_id=RUN, first_run_id=lease, scenario="declaration", reason="why", since=1.0, epoch=2
        )

    def get_workflow_handle(self, name: str) -> Estate:
        return self

    async def query(self, name: str, **more: Any) -> Any:
        if name == "state":
            return EstateState(estate="bank", lease=self.lease or None)
        return self.known

    async def execute_update(self, name: str, ask: Any, **more: Any) -> int:
        self.asked += 1
        return self.gives


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(order(tmp_path))


@pytest.fixture
def renewer(tmp_path: Path, host: Host) -> Renewer:
    made = Renewer(cast(Remote, host), tmp_path / "guards", "control")
    made.configure([host.order])
    return made


async def heard(renewer: Renewer) -> None:
    """Its guard answered it."""
    for one in renewer.orders:
        await renewer._ask(one, "sh guard.sh status control")


async def enrol(estate: Estate, renewer: Renewer) -> int:
    await _enrol(cast(Client, estate), renewer, "bank", "control")
    return renewer.enrolment.generation


async def test_a_fresh_one_asks_and_keeps_what_it_is_given(renewer: Renewer, tmp_path: Path) -> None:
    """Once: the next process of its directory has it already, and the estate knows of it."""
    estate = Estate(known=[OTHER])
    assert await enrol(estate, renewer) == 7
    again = Renewer(cast(Remote, None), tmp_path / "guards", "control")
    assert await enrol(estate, again) == 7
    assert estate.asked == 1


async def test_a_refused_one_does_not_begin(renewer: Renewer) -> None:
    """A declaration holds the lease: asked again the next time."""
    estate = Estate(gives=0)
    assert await enrol(estate, renewer) == 0
    assert await enrol(estate, renewer) == 0
    assert estate.asked == 2


async def test_an_estate_that_was_lost_is_told(renewer: Renewer) -> None:
    """It knows of nobody at this place: whoever renews there asks anew."""
    assert await enrol(Estate(gives=7), renewer) == 7
    assert await enrol(Estate(gives=9), renewer) == 9
    assert await enrol(Estate(gives=11, known=[OTHER]), renewer) == 9


@pytest.mark.parametrize("known", ["control-itself", "another"])
async def test_a_renewer_whose_generation_the_estate_does_not_know_asks_for_the_next(
    renewer: Renewer, host: Host, known: str
) -> None:
    """Law 2: an estate was rebuilt and its answer was lost, here or at another worker that is gone since.

    The guard listens to a generation from before all that the estate knows: no run could count it, ever. The next
    generation mends it, asked for once.
    """
    assert await enrol(Estate(gives=7), renewer) == 7
    own = renewer.enrolment.renewer if known == "control-itself" else known
    rebuilt = Estate(gives=0, known=[RenewerRef(place="control", renewer=own, generation=1000)])
    assert await enrol(rebuilt, renewer) == 7
    assert rebuilt.asked == 0, "its guard listens to nobody yet: nothing is lost"
    host.generation = 7
    await heard(renewer)
    assert (await enrol(rebuilt, renewer), rebuilt.asked) == (
        7,
        1,
    )  # a declaration is on: refused, and asked again
    rebuilt.gives = 1001
    assert await enrol(rebuilt, renewer) == 1001
    assert (await enrol(rebuilt, renewer), rebuilt.asked) == (1001, 2)


async def test_an_older_renewer_that_stands_by_does_not_ask(renewer: Renewer, host: Host) -> None:
    """The guard listens to a newer one of its place: that one is known, and two must not outrun each other for ever."""
    assert await enrol(Estate(gives=7), renewer) == 7
    host.generation = 12
    await heard(renewer)
    estate = Estate(known=[RenewerRef(place="control", renewer="newer", generation=12)])
    assert (await enrol(estate, renewer), estate.asked) == (7, 0)


async def test_what_could_not_be_kept_is_not_asked_for(renewer: Renewer, tmp_path: Path) -> None:
    """Law 2: the estate would know of a renewer that never can say that it stopped."""
    shutil.rmtree(tmp_path / "guards")
    (tmp_path / "guards").touch()
    estate = Estate()
    with pytest.raises(HostFaulty, match="cannot be written"):
        await enrol(estate, renewer)
    assert (estate.asked, renewer.enrolment.generation) == (0, 0)


async def test_who_renews_nothing_does_not_ask(renewer: Renewer) -> None:
    """Most estates have no guards."""
    renewer.configure([])
    estate = Estate()
    assert await enrol(estate, renewer) == 0
    assert estate.asked == 0


# --- what a run stopped and did not live to resume


@pytest.mark.parametrize(
    ("lease", "stays"),
    [("", False), ("first", True), ("newer", False)],
    ids=["none", "its own", "a newer run's"],
)
async def test_a_stop_ends_with_the_lease_of_its_very_run(renewer: Renewer, lease: str, stays: bool) -> None:
    """A newer run of the same workflow id is another run: a guard that nobody renews closes a writer that is well."""
    renewer.stop(renewer.orders, f"{RUN}#first")
    await _forget_stops(cast(Client, Estate(lease=lease)), renewer, "bank")
    assert renewer.stopped_by == ({f"{RUN}#first"} if stays else set())


async def test_one_stop_that_cannot_be_lifted_keeps_no_other(renewer: Renewer, tmp_path: Path) -> None:
    """Its record cannot be written: that is said, and the guards of other hosts are renewed again."""
    first = renewer.orders[0]
    second = first.model_copy(update={"dataset": "core.cards"})
    renewer.configure([first, second])
    renewer.stop(renewer.orders, f"{RUN}#first")
    (record,) = (tmp_path / "guards").glob("core.ledger@*.json")
    record.with_suffix(".new").mkdir()
    with pytest.raises(HostFaulty, match="cannot be written"):
        await _forget_stops(cast(Client, Estate()), renewer, "bank")
    assert (renewer.view(first).stopped, renewer.view(second).stopped) == (True, False)


# --- it goes on


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    async def targets(*_: Any) -> list[SampleTarget] | None:
        return None

    monkeypatch.setattr(renewing, "ASK_EVERY", 0.02)
    monkeypatch.setattr(renewing, "writers_elsewhere", targets)


async def comes(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not so():
        assert time.monotonic() < deadline, "never came true"
        await asyncio.sleep(0.02)


@pytest.mark.usefixtures("quick")
async def test_renewing_goes_on_whatever_fails_beside_it(
    renewer: Renewer, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 2: each failure is told once, and its end; none of them ends the renewing, nor keeps it from being asked."""
    renewer.enrol(5)
    failures = iter([HostFaulty("the disk is full"), HostFaulty("the disk is full"), KeyError("surprise")])
    over: list[bool] = []

    async def spoiled(*_: Any) -> None:
        if error := next(failures, None):
            raise error
        over.append(True)

    monkeypatch.setattr(renewing, "_forget_stops", spoiled)
    with capture_logs() as logs:
        task = asyncio.create_task(keep_renewing(cast(Client, Estate()), renewer, "bank", "control"))
        await comes(lambda: len(over) > 1 and len(host.leases) > 0)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    told = [
        (entry["event"], entry.get("error")) for entry in logs if entry.get("what") == "stops that are over"
    ]
    assert told == [
        ("renewing_hindered", "the disk is full"),
        ("renewing_hindered", "KeyError: 'surprise'"),
        ("renewing_hindered_is_over", None),
    ]


@pytest.mark.usefixtures("quick")
async def test_renewing_that_ended_is_begun_again_and_told(
    renewer: Renewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would hear that a worker renews no more until a guard closed its writer."""
    runs: list[int] = []

    async def run() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("surprise")
        await asyncio.Event().wait()

    monkeypatch.setattr(renewer, "run", run)
    with capture_logs() as logs:
        task = asyncio.create_task(keep_renewing(cast(Client, Estate()), renewer, "bank", "control"))
        await comes(lambda: len(runs) == 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    (told,) = [entry for entry in logs if entry["event"] == "renewing_ended"]
    assert told["log_level"] == "error" and "surprise" in told["error"]


async def test_a_worker_whose_renewing_ended_leaves() -> None:
    """It would look well and let every guard run out: it says so and leaves; its service manager starts it again."""

    async def breaks() -> None:
        raise RuntimeError("surprise")

    async def lives() -> None:
        await asyncio.Event().wait()

    stop = asyncio.Event()
    tasks = {name: asyncio.create_task(work()) for name, work in (("renewing", breaks), ("sampling", lives))}
    assert await until_stopped(stop, tasks) == [
        "renewing ended (RuntimeError('surprise')): this worker leaves"
    ]
    stop.set()
    assert await until_stopped(stop, {"sampling": tasks["sampling"]}) == []
    tasks["sampling"].cancel()
