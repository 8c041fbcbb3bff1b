"""One declaration on a site: as its people see it and speak to it, and the truth of it from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from deploy.demo.verdict import SLACK
from deploy.demo.web_ui import WebUi
from deploy.lab import oracle
from deploy.lab.database import psql
from deploy.lab.oracle import Truth
from deploy.site import CONTROL, Site
from workflows import names
from workflows.run.record import RunRecord, State, Wait

T = TypeVar("T")
OLD, NEW = "seoul", "busan"
SERVICES = {"was-1:was", "was-2:was", "web-1:web", "web-1:mq"}
PATIENCE = 30.0  # seconds until something must have come true
PAUSE = 0.05


class Declaring:
    """`load`, `lose`, `declare`, `decide`, `approve`, `end`, `figures`: in this order, or with trouble between."""

    def __init__(self, site: Site, client: Client) -> None:
        self.site = site
        self.lab = site.lab
        self.client = client
        self.outside = site.lab.outside_client()
        self.run = names.scenario_id(site.estate, "declaration")
        self.handle: WorkflowHandle[Any, RunRecord] = client.get_workflow_handle(
            self.run, result_type=RunRecord
        )
        self.disaster_at = 0.0
        self.approved_at = 0.0
        self._ui = WebUi(site.server.ui_address or "", site.server.namespace)

    # --- the world

    async def load(self, rate: float = 200.0, seconds: float = 2.0) -> None:
        """Writes from outside, for a while after both samplers have seen the writer."""
        self.outside.start(rate=rate)
        self.outside.wait_for_write(at=OLD)
        await self.sampled()
        await asyncio.sleep(seconds)

    async def sampled(self) -> None:
        """Both samplers know the writer: they ask the Estate for it every 5 s."""
        await self._until(lambda: all(map(self._has_samples, (CONTROL, NEW))), "no samples of the writer")

    def _has_samples(self, place: str) -> bool:
        return any('"sample"' in path.read_text() for path in self.samples(place))

    def samples(self, place: str) -> list[Path]:
        """The files of a sampler, on its own disk."""
        return list((self.lab.layout.state / "worker" / place).rglob("*.jsonl"))

    def lose(self, by: str = "links") -> None:
        """The disaster: the old center's links are dark and its hosts live on, or its power is gone."""
        self.disaster_at = time.time()
        self.lab.cut(OLD) if by == "links" else self.lab.power_off(OLD)

    # --- the run's people

    async def declare(self) -> None:
        await asyncio.to_thread(
            self.site.muster, "start", "declaration", str(self.site.plan), "--reason", f"{OLD} is dark"
        )

    async def decide(self) -> RunRecord:
        """Critical, as the Web UI sends it. Returns what was shown at the gate."""
        wait = await self.wait_of("severity")
        shown = await self.record()
        self._speak("decide", wait, by="ops", severity="critical", reason="no vantage point sees it")
        return shown

    async def approve(self) -> RunRecord:
        """Two of three, as the Web UI sends it. Returns what was shown at the gate."""
        wait = await self.wait_of("declaration")
        shown = await self.record()
        self._speak("approve", wait, by="kim", reason="declare")
        self.approved_at = time.time()
        self._speak("approve", wait, by="lee", reason="declare")
        return shown

    async def approve_with(self, between: Callable[[], Awaitable[None]]) -> None:
        """As `approve`, with something that happens between the two voices."""
        wait = await self.wait_of("declaration")
        self._speak("approve", wait, by="kim", reason="declare")
        await between()
        self.approved_at = time.time()
        self._speak("approve", wait, by="lee", reason="declare")

    def is_archived(self, record: RunRecord) -> bool:
        return any(record.run_id in str(path) for path in self.site.archive.rglob("record.json"))

    def _speak(self, signal: str, wait: Wait, **message: str) -> None:
        self._ui.signal(self.run, signal, {"token": wait.token, **message})

    async def retry(self, step: str) -> None:
        await asyncio.to_thread(self.site.muster, "retry", self.run, step, by="ops")

    async def declared(self) -> RunRecord:
        """Start, severity, approval without trouble; what the approvers were shown."""
        await self.declare()
        await self.decide()
        return await self.approve()

    # --- the run

    async def record(self) -> RunRecord:
        found: RunRecord = await self.handle.query(
            "record", result_type=RunRecord, rpc_timeout=timedelta(seconds=PATIENCE)
        )
        return found

    async def seen(
        self,
        so: Callable[[RunRecord], T | None],
        what: str,
        within: float = PATIENCE,
        *,
        also_over: bool = False,
    ) -> T:
        """What `so` finds in the record, as soon as it is there; `also_over`: in that of a run which has concluded."""
        deadline = time.monotonic() + within
        while True:
            record = await self.record()
            if found := so(record):
                return found
            assert also_over or not record.state.is_end, f"{what}: the run has ended: {told(record)}"
            assert time.monotonic() < deadline, f"{what}: not within {within:.0f} s: {told(record)}"
            await asyncio.sleep(PAUSE)

    async def wait_of(self, name: str, within: float = PATIENCE) -> Wait:
        """What the run waits for under this name: a gate, or a held step."""
        return await self.seen(
            lambda run: next((wait for wait in run.waits if wait.name == name), None),
            f"no wait {name}",
            within,
        )

    async def going(self, step: str) -> None:
        """Until a step has begun; it has not ended by then."""

        def begun(run: RunRecord) -> bool:
            found = next((one for one in run.steps if one.name == step), None)
            assert found is None or found.ended_at is None, f"{step} has ended already: {told(run)}"
            return found is not None

        await self.seen(begun, f"{step} has not begun")

    async def end(self, within: float = 60.0) -> RunRecord:
        """The record of a run that ended well."""
        try:
            record: RunRecord = await asyncio.wait_for(self.handle.result(), within)
        except TimeoutError:
            raise AssertionError(f"no end within {within:.0f} s: {await self._last_words()}") from None
        assert record.state is State.DONE, told(record)
        return record

    async def _last_words(self) -> str:
        try:
            return told(await self.record())
        except RPCError as error:
            return f"the run does not answer: {error}"

    async def reset_before(self, activity: str) -> None:
        """A workflow reset: the newest run begins anew from where it first scheduled this activity."""
        run_id = (await self.handle.describe()).run_id
        newest = self.client.get_workflow_handle(self.run, run_id=run_id)
        events = [event async for event in newest.fetch_history_events()]
        scheduled = [event.activity_task_scheduled_event_attributes for event in events]
        point = next(one for one in scheduled if one.activity_type.name == activity)
        await self.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=self.run, run_id=run_id),
                reason="a test",
                request_id=uuid4().hex,
                workflow_task_finish_event_id=point.workflow_task_completed_event_id,
            )
        )

    async def delivered(self, activity: str, attempt: int) -> None:
        """Until Temporal has given this activity to a worker for the nth time."""
        deadline = time.monotonic() + PATIENCE
        while True:
            pending = (await self.handle.describe()).raw_description.pending_activities
            if any(
                one.activity_type.name == activity and one.attempt >= attempt and one.last_worker_identity
                for one in pending
            ):
                return
            assert time.monotonic() < deadline, (
                f"no delivery {attempt} of {activity}: {told(await self.record())}"
            )
            await asyncio.sleep(PAUSE)

    # --- the truth

    def first_write(self, within: float = PATIENCE) -> float:
        """When the first outside write at the new side was acknowledged."""
        return self.outside.wait_for_write(at=NEW, since=self.disaster_at, timeout=within).acked

    def truth(self) -> Truth:
        """What the disks and the acknowledgements say. Ends the load."""
        self.outside.stop()
        return oracle.judge(self.lab, OLD, NEW, self.disaster_at)

    def promotions(self) -> list[float]:
        """When the new side's server was asked to open, by its own disk."""
        return oracle.side_effects(self.lab)[f"{NEW}/db-1:promote"]

    def starts(self) -> dict[str, list[float]]:
        """Starts of the new center's application, by HOST:SERVICE, by the hosts' own disks."""
        return {
            name.removeprefix(f"{NEW}/"): times
            for name, times in oracle.side_effects(self.lab).items()
            if name.startswith(f"{NEW}/") and name.partition(":")[2] not in ("postgres", "promote")
        }

    def power_cut_at(self) -> float | None:
        """When the power switch was told to take the old center's power; None: not since the disaster."""
        order = self.lab.layout.switch / f"said-{OLD}"
        at = order.stat().st_mtime if order.exists() else 0.0
        return at if at > self.disaster_at else None

    def doubled(self) -> str:
        """References of writes that the new side has more than once."""
        asked = (
            "select string_agg(ref, ' ') from (select ref from entries group by ref having count(*) <> 2) x"
        )
        return psql(self.lab.machines, self.lab.layout.host(f"{NEW}/db-1"), asked)

    def assert_once(self, *missing: str) -> None:
        """Laws 4, 6: one promotion, one start of each service but `missing`, none of it before the approval."""
        starts, promotions = self.starts(), self.promotions()
        assert {name: len(times) for name, times in starts.items()} == dict.fromkeys(
            sorted(SERVICES - set(missing)), 1
        )
        assert len(promotions) == 1
        assert min(promotions + [times[0] for times in starts.values()]) > self.approved_at
        assert self.doubled() == ""

    def assert_loss(self, record: RunRecord, truth: Truth) -> None:
        """The interval contains the true loss; its upper end is at most 3 times that and one sampling period more."""
        (estimate,) = record.estimates
        assert estimate.lower_s is not None and estimate.upper_s is not None, estimate
        self.tell(record, truth)
        true = truth.true_loss_seconds
        assert estimate.lower_s - SLACK <= true <= estimate.upper_s + SLACK, (estimate, truth)
        assert estimate.upper_s <= 3 * true + estimate.rpo_s / 5, (estimate, truth)

    def tell(self, record: RunRecord, truth: Truth) -> None:
        """The numbers of this run, for those who read the test's output (`pytest -rP`)."""
        (estimate,) = record.estimates
        phases = ", ".join(f"{one.name} {one.seconds(time.time()):.1f}" for one in record.phases)
        after = truth.promoted_at and self.outside.acknowledged() and self.first_write() - self.approved_at
        print(f"loss {estimate.lower_s} to {estimate.upper_s} s, true {truth.true_loss_seconds:.2f} s")
        print(
            f"{truth.lost_rows} rows lost, outage {truth.outage_seconds} s, approval to first write {after} s"
        )
        print(f"phases: {phases}")

    async def _until(self, check: Callable[[], bool], complaint: str) -> None:
        await until(check, complaint)


async def until(check: Callable[[], bool], complaint: str, within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not check():
        assert time.monotonic() < deadline, f"{complaint} within {within:.0f} s"
        await asyncio.sleep(PAUSE)


async def for_a_while(seconds: float, check: Callable[[], Awaitable[None]]) -> None:
    """It stays so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await check()
        await asyncio.sleep(PAUSE)


def told(record: RunRecord) -> str:
    lines = [
        f"{entry.at - record.started_at:7.2f} {entry.kind} {entry.by} {entry.text}"
        for entry in record.journal
    ]
    waits = ", ".join(wait.name for wait in record.waits) or "nothing"
    known = [f"{one.dataset}: loss {one.loss_class}, {one.model_dump_json()}" for one in record.estimates]
    return "\n".join([f"{record.state}, waits for {waits}: {record.conclusion}", *known, *lines])
