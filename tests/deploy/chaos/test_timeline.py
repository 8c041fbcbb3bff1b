"""The moments of faults: none is counted that did not come about."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from deploy.chaos.schedule import Fault
from deploy.chaos.timeline import Timeline
from deploy.chaos.trouble import Happened, Trouble
from deploy.lab.errors import LabError
from workflows import names

SOON = Fault("dns-refuses", "dns", "load", 0.0, 0.0)
LATER = Fault("dns-refuses", "dns", "switch", 0.0, 1.0)
COMES_WITHIN = 20.0  # seconds; a loaded machine starts a thread late
MESSAGES = Fault("messages", "late", "load", 0.0, 0.0)


class Site:
    """Where faults are put in and taken out."""

    def __init__(self, why: str = "") -> None:
        self.why = why
        self.seen: list[str] = []

    def begin(self, fault: Fault) -> Happened:
        if self.why:
            raise LabError(self.why)
        self.seen.append(f"begin {fault.kind}")
        return Happened(fault, 0.0, struck=True)

    def end(self, happened: Happened) -> None:
        self.seen.append(f"end {happened.fault.kind}")


async def played(site: Site, *faults: Fault, taken: bool = True) -> Timeline:
    async def send(which: str) -> bool:
        return taken

    timeline = Timeline(cast(Trouble, site), send)
    timeline.play(faults)
    await asyncio.wait(timeline._going, timeout=0.1 if LATER in faults else COMES_WITHIN)
    await timeline.over()
    return timeline


async def test_a_fault_comes_and_goes() -> None:
    site = Site()
    timeline = await played(site, SOON)
    assert site.seen == ["begin dns-refuses", "end dns-refuses"]
    assert timeline.missed == []


async def test_a_fault_that_never_began_is_missed() -> None:
    """The run was over before its phase was seen: what was not tried proves nothing."""
    site = Site()
    timeline = await played(site, LATER)
    assert (site.seen, timeline.missed) == ([], [LATER])


@pytest.mark.parametrize(("taken", "missed"), [(True, []), (False, [MESSAGES])])
async def test_a_message_that_the_server_did_not_take_is_missed(taken: bool, missed: list[Fault]) -> None:
    assert (await played(Site(), MESSAGES, taken=taken)).missed == missed


async def test_a_fault_that_could_not_be_put_in_is_told() -> None:
    assert (await played(Site("no such host"), SOON)).errors == [f"{SOON}: no such host"]


@dataclass
class Seen:
    """A run as the server describes it."""

    start_time: datetime
    typed_search_attributes: dict[Any, str] = field(default_factory=lambda: {names.PHASE: "switch"})

    async def describe(self, **_: object) -> Seen:
        return self


@pytest.mark.parametrize(
    ("started", "fault", "comes"),
    [
        (1, LATER, True),
        (-1, LATER, False),  # a run of before: its phase is not this one's
        (1, Fault("devices-gone", "pdu", "fence", 0.0, 1.0), False),  # there it would be another fault
    ],
)
async def test_a_phase_is_seen_at_the_server(started: float, fault: Fault, comes: bool) -> None:
    site, now = Site(), datetime.now(UTC)

    async def send(which: str) -> bool:
        return True

    timeline = Timeline(cast(Trouble, site), send)
    timeline.play((fault,))
    run = Seen(now + timedelta(seconds=started))
    follow = asyncio.create_task(timeline.follow(cast(Any, run), since=now.timestamp()))
    for _ in range(int(COMES_WITHIN / 0.05) if comes else 4):
        await asyncio.sleep(0.05)
        if site.seen:
            break
    follow.cancel()
    await timeline.over()
    assert (site.seen[:1] == [f"begin {fault.kind}"], timeline.missed == []) == (comes, comes)
