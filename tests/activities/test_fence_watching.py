"""The long look at a fenced center: it ends when something matters, and silence matters once it lasts."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.testing import ActivityEnvironment

from activities.errors import HostUnreachable, WatchGoesOn
from activities.fence_watching import FenceWatchActivities, Silences
from activities.fencing import FencingActivities
from activities.models import (
    Command,
    FenceOrder,
    LongLook,
    Outcome,
    Probe,
    ProbeResult,
    Sighting,
    SightOrder,
    StepResult,
    Target,
)
from activities.probes import Probes

AT = Target(estate="bank", center="", host="ctl", address="10.0.0.1", user="u", key="k")


class Center(FencingActivities, Probes):
    """A center with one device, seen from one place. `script`: what is so at each look; the last one stays."""

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        self.looks = 0

    @property
    def now(self) -> str:
        return self.script[min(self.looks, len(self.script)) - 1]

    async def sight(
        self, vantage: str, failure_domain: str, targets: list[Probe], neutral: list[Probe]
    ) -> Sighting:
        self.looks += 1
        results = [ProbeResult(url=one.url, serves="serves" in self.now, seconds=0.0) for one in targets]
        blind = "blind" in self.now
        return Sighting(vantage=vantage, failure_domain=failure_domain, at=1.0, blind=blind, results=results)

    async def fence_status(self, order: FenceOrder) -> StepResult:
        await asyncio.sleep(0)
        if "silent" in self.now:
            raise HostUnreachable("ctl does not answer")
        outcome = Outcome.DONE if "open" in self.now else Outcome.ALREADY
        return StepResult(outcome=outcome, summary="")


def order(for_s: float = 5.0, known: str = "", silent_after_s: float = 0.05) -> LongLook:
    act = Command(run="x")
    power = FenceOrder(
        center="seoul",
        name="power",
        stops="writers",
        lives="third-site",
        at=AT,
        run=act,
        confirm_at=AT,
        confirm=act,
        says="off",
    )
    return LongLook(
        center="seoul",
        devices=[power],
        sight=SightOrder(failure_domain="third-site", targets=[Probe(url="tcp://db:1")]),
        every_s=0.02,
        for_s=for_s,
        silent_after_s=silent_after_s,
        known=[known] if known else [],
    )


async def watch(center: Center, look: LongLook) -> list[str]:
    watcher = FenceWatchActivities(center, center, "control")
    seen = await asyncio.wait_for(ActivityEnvironment().run(watcher.watch_fence, look), 4.0)
    return seen.matters


@pytest.mark.parametrize(
    ("then", "matters"), [("open", ["open power"]), ("serves", ["serves tcp://db:1"]), ("fenced", [])]
)
async def test_it_ends_when_something_matters(then: str, matters: list[str]) -> None:
    """Law 15: many looks are one activity; the first that differs ends it, at the latest its time."""
    center = Center("fenced", "fenced", then)
    assert await watch(center, order(for_s=0.3)) == matters
    assert center.looks == 3 or then == "fenced"


async def test_what_is_known_is_no_news() -> None:
    """What people were told does not end a look again; its end does."""
    assert await watch(Center("open"), order(for_s=0.1, known="open power")) == ["open power"]
    assert await watch(Center("open", "open", "fenced"), order(known="open power")) == []


async def test_silence_matters_once_it_lasts() -> None:
    """Laws 1, 2: it is neither fenced nor open; a moment of it is nothing, and it stays known from look to look."""
    center = Center("fenced", "silent")
    assert await watch(center, order()) == ["silent power"]
    assert center.looks > 2
    assert await watch(Center("blind"), order()) == ["silent sight"]
    assert await watch(Center("silent"), order(for_s=0.1, known="silent power")) == ["silent power"]
    assert await watch(Center("silent", "fenced"), order(known="silent power")) == []


async def test_a_worker_that_leaves_hands_it_on() -> None:
    """A benign error, taken up by the next worker: a graceful stop does not wait for minutes."""
    center = Center("fenced")
    environment = ActivityEnvironment()
    watcher = FenceWatchActivities(center, center, "control")
    looking = asyncio.create_task(environment.run(watcher.watch_fence, order()))
    await asyncio.sleep(0.1)
    environment.worker_shutdown()
    with pytest.raises(WatchGoesOn):
        await asyncio.wait_for(looking, 2.0)


def test_who_speaks_begins_anew() -> None:
    silences = Silences(10.0, [])
    assert silences.lasting({"power"}, 0.0) == []
    assert silences.lasting(set(), 9.0) == []
    assert silences.lasting({"power"}, 11.0) == []
    assert silences.lasting({"power"}, 21.0) == ["power"]
