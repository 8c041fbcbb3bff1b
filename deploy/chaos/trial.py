"""One seed on one site: load, disaster, declaration, faults, people, and the facts of it at the end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from deploy.chaos import histories
from deploy.chaos.facts import Facts, Written
from deploy.chaos.histories import Told
from deploy.chaos.invariants import violations
from deploy.chaos.people import People
from deploy.chaos.schedule import LINKS, NEW, OLD, Schedule
from deploy.chaos.timeline import Timeline
from deploy.chaos.trouble import Happened, Trouble
from deploy.chaos.witness import Witness
from deploy.demo.web_ui import WebUi
from deploy.lab import oracle
from deploy.lab.database import psql
from deploy.lab.errors import LabError
from deploy.site import Site, begin_anew
from workflows import names
from workflows.estate.estate import EstateState
from workflows.run.record import RunRecord

T = TypeVar("T")
ENDS_WITHIN = 90.0  # seconds from the start of the declaration, people included: later is a hang
START_WITHIN = 30.0
AFTERGLOW = 0.5  # seconds of load at the new side before the count
DOUBLED = "select string_agg(ref, ' ') from (select ref from entries group by ref having count(*) <> 2) x"


@dataclass
class Outcome:
    """How a trial went. `broken`: promises that were not kept; empty is well."""

    schedule: Schedule
    broken: list[str] = field(default_factory=list)
    record: RunRecord | None = None
    truth: oracle.Truth | None = None
    happened: list[Happened] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    histories: list[Told] = field(default_factory=list)
    seconds: float = 0.0


class Trial:
    def __init__(self, site: Site, client: Client, schedule: Schedule) -> None:
        self.site, self.lab, self.client, self.schedule = site, site.lab, client, schedule
        self.run = names.scenario_id(site.estate, "declaration")
        self.handle: WorkflowHandle[Any, RunRecord] = client.get_workflow_handle(
            self.run, result_type=RunRecord
        )
        self.ui = WebUi(site.server.ui_address or "", site.server.namespace)
        self.trouble = Trouble(site)
        self.people = People(self.handle, self.ui, self._repair, schedule.people_s)
        self.outcome = Outcome(schedule, happened=self.trouble.happened)
        self.disaster_at = 0.0

    async def play(self) -> Outcome:
        """From fresh disks to the verdict. Never raises for what the trial itself broke: that is in the outcome."""
        began = time.monotonic()
        await begin_anew(self.site, self.client)
        timeline = Timeline(self.trouble, self.people.speak_again)
        try:
            await self._play(timeline)
        except (LabError, OSError, RPCError) as error:
            self.outcome.broken.append(f"the trial could not go on: {type(error).__name__}: {error}")
        finally:
            await timeline.over()
            self.lab.outside_client().stop()
            await asyncio.to_thread(self._mend_all)
        idle = [one.fault for one in self.trouble.happened if not one.struck]
        self.outcome.missed = [str(fault) for fault in (*timeline.missed, *idle)]
        self.outcome.broken += [f"the fault did not come about: {line}" for line in timeline.errors]
        self.outcome.said = self.people.said
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    async def _play(self, timeline: Timeline) -> None:
        before = await self._estate()
        await asyncio.to_thread(self.trouble.make_room, self.schedule.faults)
        await self._load(timeline)
        follow = asyncio.create_task(timeline.follow(self.handle, since=self.disaster_at))
        try:
            await self._declare()
            await asyncio.wait_for(self.people.attend(), ENDS_WITHIN)
            record: RunRecord = await asyncio.wait_for(self.handle.result(), START_WITHIN)
        except TimeoutError:
            self.outcome.broken.append(await self._diagnosis())
            await asyncio.to_thread(self._mend_all)
            self.outcome.histories = await histories.read(self.client, self._runs(self.people.record))
            return
        finally:
            follow.cancel()
            await timeline.over()
        self.outcome.record = record
        await asyncio.to_thread(self._mend_all)
        await self._judge(record, before)

    # --- the world

    async def _load(self, timeline: Timeline) -> None:
        schedule = self.schedule
        client = self.lab.outside_client()
        await asyncio.to_thread(client.start, rate=schedule.rate)
        await asyncio.to_thread(client.wait_for_write, OLD)
        throttled = any(fault.kind == "throttle" for fault in schedule.faults)
        local = self.lab.local_writer(OLD)
        await asyncio.to_thread(local.start, 2000.0 if throttled else 50.0)
        await asyncio.sleep(schedule.load_s)
        timeline.play(schedule.faults)
        await asyncio.sleep(1.0)
        self.disaster_at = time.time()
        lose = self.lab.cut if schedule.disaster == LINKS else self.lab.power_off
        await asyncio.to_thread(lose, OLD)

    async def _declare(self) -> None:
        """Somebody starts it, and tries again while Temporal or the control worker is away."""
        deadline = time.monotonic() + START_WITHIN
        words = ["start", "declaration", str(self.site.plan), "--reason", f"{OLD} is dark"]
        while True:
            done = await asyncio.to_thread(self.site.muster, *words, check=False)
            if done.returncode == 0 or await self._is_there():
                return
            if time.monotonic() > deadline:
                raise LabError(f"muster start: {(done.stderr or done.stdout).strip()}")

    async def _is_there(self) -> bool:
        with suppress(RPCError):
            return (await self.handle.describe()).start_time.timestamp() > self.disaster_at
        return False

    async def _repair(self) -> list[str]:
        return await asyncio.to_thread(self.trouble.repair)

    def _mend_all(self) -> None:
        for happened in self.trouble.happened:
            if happened.ended is None and happened.fault.target != OLD:
                with suppress(LabError):
                    self.trouble.end(happened)

    async def _estate(self) -> EstateState:
        handle = self.client.get_workflow_handle(names.estate_id(self.site.estate))
        found: EstateState = await _patiently(lambda: handle.query("state", result_type=EstateState))
        return found

    # --- the verdict

    async def _judge(self, record: RunRecord, before: EstateState) -> None:
        witness = Witness(self.site, self.client, record, self.disaster_at)
        first = await asyncio.to_thread(witness.first_write)
        await witness.closed_again()
        await asyncio.sleep(AFTERGLOW)
        await asyncio.to_thread(self.lab.outside_client().stop)
        told = self.outcome.histories = await histories.read(self.client, self._runs(record))
        truth = self.outcome.truth = await asyncio.to_thread(
            oracle.judge, self.lab, OLD, NEW, self.disaster_at
        )
        after = await self._estate()
        unreadable = await witness.why_not_kept()
        report, reporting = await asyncio.to_thread(witness.report)
        self.outcome.broken += violations(
            Facts(
                schedule=self.schedule,
                record=record,
                truth=truth,
                happened=self.trouble.happened,
                side_effects=oracle.side_effects(self.lab),
                written=Written(
                    report=report,
                    estate=after,
                    is_watched=await witness.is_watched(),
                    retries=self.people.retries,
                    rubbish=self.people.rubbish,
                    customers=witness.customers_told(),
                ),
                started_by_hand=self.trouble.started_by_hand,
                doubled=psql(self.lab.machines, self.lab.layout.host(f"{NEW}/db-1"), DOUBLED),
                open_at_old=witness.open_at_old(),
                name_at=witness.name_at(),
                name_epoch=witness.name_epoch(),
                first_write_at=first,
                epochs=(before.epoch, after.epoch),
                host_epochs=witness.host_epochs(),
                events=witness.proof_and_move(told),
                of_histories=[line for one in told for line in one.problems],
                unreadable=[*unreadable, *reporting],
                left=[*await witness.open_runs(), *witness.jobs_alive()],
            )
        )

    def _runs(self, record: RunRecord | None) -> list[str]:
        """The run, its children, the watch over what it fenced, its Estate."""
        children = [child.workflow_id for child in record.children] if record else []
        watch = names.fence_watch_id(self.site.estate, OLD)
        return [self.run, *children, watch, names.estate_id(self.site.estate)]

    async def _diagnosis(self) -> str:
        """Why the run does not end, as far as it can be seen."""
        record = self.people.record
        waits = [f"{wait.name} ({wait.title})" for wait in record.waits] if record else []
        broken = [str(one.fault) for one in self.trouble.happened if one.ended is None]
        pending = []
        with suppress(RPCError):
            for one in (await self.handle.describe()).raw_description.pending_activities:
                failure = one.last_failure.message.splitlines()[:1]
                pending.append(f"{one.activity_type.name} attempt {one.attempt} {' '.join(failure)}")
        phase = record.phases[-1].name if record and record.phases else "no phase"
        return (
            f"hangs: no end within {ENDS_WITHIN:.0f} s, in {phase}; waits for {', '.join(waits) or 'nothing'}; "
            f"activities {', '.join(pending) or 'none'}; still broken {', '.join(broken) or 'nothing'}"
        )


async def _patiently(ask: Callable[[], Awaitable[T]], within: float = 20.0) -> T:
    """The answer of a worker that was perhaps started a moment ago."""
    deadline = time.monotonic() + within
    while True:
        try:
            return await ask()
        except RPCError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


def kept_logs(site: Site) -> list[Path]:
    """The logs of workers and server."""
    return [
        *site.lab.layout.logs.glob("worker-*.log"),
        *([site.server.log] if os.path.exists(site.server.log) else []),
    ]
