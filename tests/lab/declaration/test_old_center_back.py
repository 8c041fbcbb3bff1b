"""The old center comes back after a declaration: found, fenced again, told; lifted by people it is left alone."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.site import CONTROL
from tests.lab.declaration.declaring import NEW, OLD, PATIENCE, Declaring
from tests.lab.seen import served, web
from workflows import names
from workflows.run.record import RunRecord, State

pytestmark = pytest.mark.lab

# Knows the old address, as a client with a name in its cache does: it never asks again.
KNOCK = """
import http.client, sys, time
address, log = sys.argv[1:]
number = 0
while True:
    number += 1
    try:
        line = http.client.HTTPConnection(address, timeout=0.5)
        line.request("POST", f"/transfer?ref=back-{time.time_ns()}-{number}")
        if line.getresponse().status == 200:
            open(log, "a").write(f"{time.time()}\\n")
    except OSError:
        time.sleep(0.05)
"""


@dataclass(frozen=True)
class Comeback:
    """Times in seconds since the power came back; counts of writes that the old side took."""

    closed: float
    local: list[float]
    outside: list[float]

    def __str__(self) -> str:
        last = max(self.local + self.outside, default=0.0)
        counts = f"{len(self.local)} local writes, {len(self.outside)} from outside"
        return f"fenced again {self.closed:.1f} s after the power came back; {counts}, the last after {last:.1f} s"


@contextmanager
def knocking(lab: Lab) -> Iterator[Any]:
    """A client outside that writes to the old address all the time; yields when its writes were acknowledged."""
    log = lab.layout.state / "knocked"
    log.unlink(missing_ok=True)
    process = lab.spawn_in("client", [sys.executable, "-c", KNOCK, lab.layout.web(OLD), str(log)])
    try:
        yield lambda: [float(at) for at in log.read_text().split()] if log.exists() else []
    finally:
        process.kill()
        process.wait()


class Back(Declaring):
    """A declaration that is over, and what comes back after it."""

    @property
    def watch(self) -> WorkflowHandle[Any, RunRecord]:
        watch = names.fence_watch_id(self.site.estate, OLD)
        return self.client.get_workflow_handle(watch, result_type=RunRecord)

    async def watched(self) -> RunRecord:
        found: RunRecord = await self.watch.query("record", result_type=RunRecord)
        return found

    async def closed_again(self, since: float, within: float = PATIENCE) -> float:
        """When the watch had it closed again."""
        deadline = time.monotonic() + within
        while (at := (await self.watched()).facts.get("closed_again", 0.0)) < since:
            assert time.monotonic() < deadline, (await self.watched()).model_dump_json(indent=1)
            await asyncio.sleep(0.2)
        return at

    async def comes_back(self, trouble: Any = None) -> Comeback:
        """Power by hand, databases and services start by themselves, and a program inside writes at once."""
        lab = self.lab
        with knocking(lab) as knocked:
            on_at = time.time()
            power = asyncio.create_task(asyncio.to_thread(self._power_on))
            if trouble is not None:
                await asyncio.to_thread(trouble)
            closed = await self.closed_again(on_at)
            await power
            await asyncio.sleep(1.0)
            assert not any(lab.machines.is_on(host) for host in lab.layout.hosts_of(OLD))
            local = [at - on_at for at, _ in lab.local_writer(OLD).commits() if at > on_at]
            found = Comeback(closed - on_at, local, [at - on_at for at in knocked() if at > on_at])
        print(found)
        assert max(found.local + found.outside, default=0.0) <= found.closed
        return found

    def _power_on(self) -> None:
        with suppress(LabError):  # it is cut again in the middle of the boot
            self.lab.power_on(OLD)

    def told(self) -> list[str]:
        """What operators heard of the fence."""
        bodies = [json.dumps(one["body"]) for one in self.lab.notices() if one["path"].strip("/") == "ops"]
        return [body for body in bodies if f"] fence of {OLD}" in body]


@pytest.fixture
async def back(declaring: Declaring) -> Back:
    return Back(declaring.site, declaring.client)


async def test_power_and_edge_come_back(back: Back) -> None:
    """Laws 1, 18: whatever comes back by itself is fenced again within seconds, also without a control worker.

    Inside, writes of local programs are possible until then; from outside none while the edge holds.
    """
    lab, control = back.lab, back.site.workers[CONTROL]
    await back.load(seconds=0.5)
    lab.autostart(f"{OLD}/db-1", "local-writer", on=True)
    back.lose()
    await back.declared()
    await back.end()
    back.first_write()
    lab.heal(OLD)
    await asyncio.sleep(10.0)  # the watch has looked, and found it as it should be
    assert back.told() == []

    first = await back.comes_back()
    assert first.outside == []

    lab.network.open_edge()
    second = await back.comes_back()
    assert lab.network.is_blocked(OLD)

    def kill() -> None:
        control.kill()
        time.sleep(3.0)
        control.start()
        control.wait()

    third = await back.comes_back(kill)
    # A watch that is quicker than the boot of a database leaves nothing to write: not three times, once without control
    assert first.local or second.local or third.local, (
        "nothing was written at the old side: this shows nothing"
    )
    assert max(first.closed, second.closed, third.closed) < 25.0
    record = await back.watched()
    assert record.state is State.RUNNING and record.steps[-1].outcome == "done"
    told = back.told()
    assert len(told) == 3 and all("fenced again within" in body for body in told), told
    assert back.promotions() and not served(web(lab, OLD))
    back.outside.wait_for_write(at=NEW, since=time.time())


async def test_what_people_lifted_stays_open(back: Back) -> None:
    """Law 8: an approved lift ends the watch first; the center serves, and nothing fences it again."""
    lab = back.lab
    await back.load(seconds=0.5)
    lab.break_("pdu-lies")  # the fence is not confirmed: nothing is promoted, and the run is held
    await back.declare()
    await back.decide()
    await back.approve()
    await back.wait_of(f"fence-{OLD}", within=60)
    assert lab.network.is_blocked(OLD)
    words = ("abort", back.run, "--reason", "false alarm", "--yes")
    await asyncio.to_thread(lambda: back.site.muster(*words, by="ops"))
    await back.approve()
    record: RunRecord = await asyncio.wait_for(back.handle.result(), 90)
    assert record.state is State.ABORTED and "serves again" in record.conclusion, record.conclusion
    assert (await back.watch.describe()).status is WorkflowExecutionStatus.COMPLETED
    lab.mend("pdu-lies")
    await asyncio.sleep(12.0)  # two of the watch's looks
    assert served(web(lab, OLD)) and not lab.network.is_blocked(OLD)
    back.outside.wait_for_write(at=OLD, since=time.time())
    assert back.told() == []
