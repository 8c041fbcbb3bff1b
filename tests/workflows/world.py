"""A world of fakes at the wire: every activity of a worker, answering by what a test says of the world.

Only what lies beyond a worker is faked; workflows, the Estate and the Temporal server are real.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity
from temporalio.client import Client

from activities.archive import ArchiveOrder, Exported, ExportOrder, Kept
from activities.codes import CodeActivities
from activities.errors import BadOrder, HostUnreachable, SecretMissing
from activities.estate_client import EstateActivities
from activities.estate_watch import RunWatch, WatchActivities
from activities.fence_watching import FenceWatchActivities, FenceWatchControl
from activities.fencing import FencingActivities
from activities.models import (
    ComponentOrder,
    DataCheck,
    DatasetSide,
    DatasetStatus,
    DnsMove,
    DrainOrder,
    FenceOrder,
    GuardsOrder,
    GuardView,
    Job,
    JobName,
    Notice,
    Outcome,
    Probe,
    ProbeResult,
    Promotion,
    ProofOrder,
    RenewerRef,
    SampleWindow,
    Sighting,
    SightOrder,
    StepResult,
    StopWatch,
    WindowOrder,
)
from activities.models.codes import Burn, Burnt
from activities.models.estate import (
    Acquire,
    Action,
    ClosedRun,
    EstateView,
    Granted,
    RunRef,
    StillOrder,
    StopOrder,
)
from activities.probes import Probes
from activities.services import HostReach, ReachOrder
from workflows.plan import Plan

RENEWER = "r1"  # of every place, where the plan has guards


@dataclass
class World:
    """What is true outside. `does` counts what was done, in order."""

    plan: Plan
    dark: set[str] = field(default_factory=lambda: {"seoul"})  # centers nobody sees
    blind: set[str] = field(default_factory=set)  # vantage points
    devices_gone: bool = False
    estate_gone: bool = False
    lost_grants: int = 0  # answers of the Estate about its lease that never arrive
    watch_stuck: bool = False  # nobody answers for the watch over a fence
    fence_lies: bool = False  # the device says off, the center serves on
    guard_said: dict[str, str] = field(default_factory=dict)  # by place; armed when nothing is said here
    guard_after: dict[str, float] = field(default_factory=dict)  # by place: a lease that it gave just before
    guard_heard: dict[str, int] = field(
        default_factory=dict
    )  # by place: the generation that the guard told of
    guard_stopped: dict[str, float] = field(default_factory=dict)  # by place: when it was told to stop
    guard_keeps: set[str] = field(default_factory=set)  # places that do not say that they stopped renewing
    loss_s: float = 0.5
    sampled: bool = True
    outlives_s: float = 1.0  # after the end of its run something may still be done at a device
    promoted: bool = False  # busan takes writes already
    data_silent: set[str] = field(default_factory=set)  # centers whose databases do not answer
    failing: dict[str, int] = field(default_factory=dict)  # activity or component@host: failures left
    fails_as: Outcome = Outcome.FAILED  # how they end
    lost: set[str] = field(default_factory=set)  # activities that nobody answers for
    unheard: set[str] = field(default_factory=set)  # irreversible steps of which no word reaches the Estate
    epochs: set[int | None] = field(default_factory=set)  # that starts of components carried
    does: list[str] = field(default_factory=list)
    jobs: list[JobName] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)  # what was run to bring components up
    by_hand: set[str] = field(default_factory=set)  # component@host that a person brought up
    notices: list[Notice] = field(default_factory=list)
    archived: list[ArchiveOrder] = field(default_factory=list)
    exported: list[ExportOrder] = field(default_factory=list)
    fenced: set[str] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)  # that the control worker has
    opened: set[str] = field(default_factory=set)  # devices that no longer hold a fenced center
    gates: dict[str, asyncio.Event] = field(
        default_factory=dict
    )  # an act that waits until the test lets it go on

    def fails(self, what: str) -> bool:
        left = self.failing.get(what, 0)
        self.failing[what] = max(left - 1, 0)
        return left > 0

    def failed(self, summary: str) -> StepResult:
        return StepResult(outcome=self.fails_as, summary=summary)

    def answers(self, what: str) -> None:
        """Raises where nobody does."""
        if what in self.lost:
            raise BadOrder("it does not answer")

    async def do(self, what: str) -> None:
        self.does.append(what)
        if what in self.gates:
            await self.gates[what].wait()

    def resolve(self, name: str) -> str:
        if name not in self.secrets:
            raise SecretMissing(f"secret {name!r}: there is none")
        return self.secrets[name]

    def serves(self, url: str) -> bool:
        center = next(name for name, at in self.plan.centers.items() if url in at.seen_by)
        if center == "seoul":
            return center not in self.dark and (center not in self.fenced or self.fence_lies)
        return center not in self.dark

    def index(self, prefix: str) -> int:
        """Where the first act of that beginning stands."""
        return next(i for i, done in enumerate(self.does) if done.startswith(prefix))

    def count(self, prefix: str) -> int:
        return sum(done.startswith(prefix) for done in self.does)


def _done(summary: str = "done") -> StepResult:
    return StepResult(outcome=Outcome.DONE, summary=summary)


class Eyes(Probes):
    """What is seen in a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def sight(
        self, vantage: str, failure_domain: str, targets: list[Probe], neutral: list[Probe]
    ) -> Sighting:
        return Sighting(
            vantage=vantage,
            failure_domain=failure_domain,
            at=0.0,
            blind=vantage in self._world.blind,
            results=[
                ProbeResult(url=probe.url, serves=self._world.serves(probe.url), seconds=0.01)
                for probe in targets
            ],
        )


class Devices(FencingActivities):
    """What devices of a world say."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def fence_status(self, order: FenceOrder) -> StepResult:
        if self._world.devices_gone:
            raise HostUnreachable(f"{order.name} does not answer")
        if order.center in self._world.fenced and order.name not in self._world.opened:
            return StepResult(outcome=Outcome.ALREADY, summary="fenced")
        return _done("answers")


class Place:
    """The activities of one worker in a world."""

    def __init__(self, world: World, place: str, client: Client) -> None:
        self.client = client
        self.world = world
        self.place = place
        self.estate = EstateActivities(client, RunWatch(client))
        self.watch = WatchActivities(RunWatch(client))
        self.codes = CodeActivities(world, self)
        self.watches = FenceWatchControl(client)
        self.eyes, self.devices = Eyes(world), Devices(world)
        self.watcher = FenceWatchActivities(self.devices, self.eyes, place)

    def activities(self) -> list[Callable[..., Any]]:
        own = [
            getattr(self, name)
            for name in dir(type(self))
            if hasattr(getattr(self, name), "__temporal_activity_definition")
        ]
        of_estate = [
            self.estate.announce_run,
            self.estate.join_estate,
            self.estate.release_lease,
            self.estate.oblige_estate,
            self.estate.clear_obligation,
            self.estate.set_active,
            self.watch.watch_runs,
            self.watch.closed_runs,
            self.watcher.watch_fence,
        ]
        return [*own, *of_estate, self.codes.check_codes]

    async def burn(self, estate: str, burns: list[Burn]) -> list[Burnt]:
        if "burn" in self.world.gates:
            await self.world.gates["burn"].wait()
        return await self.estate.burn(estate, burns)

    @activity.defn
    async def stop_runs(self, order: StopOrder) -> list[ClosedRun]:
        """The real one, with a tester's patience."""
        await self.world.do(f"stop {', '.join(run.workflow_id for run in order.runs)}")
        return await self.watch.stop_runs(order.model_copy(update={"within_s": 1.0}))

    @activity.defn
    async def await_still(self, order: StillOrder) -> list[RunRef]:
        """The real one, with a tester's patience for devices of runs that are over."""
        order = order.model_copy(update={"outlives_s": self.world.outlives_s})
        return await self.watch.await_still(order)

    @activity.defn
    async def sight(self, order: SightOrder) -> Sighting:
        return await self.eyes.sight(self.place, order.failure_domain, order.targets, order.neutral)

    @activity.defn
    async def dataset_status(self, side: DatasetSide) -> DatasetStatus:
        if side.center in self.world.data_silent:
            return DatasetStatus(reachable=False, at=100.0, error="connection refused")
        return DatasetStatus(
            reachable=True,
            at=100.0,
            writable=self.world.promoted and side.center == "busan",
            received=1000,
            replayed=1000,
            last_commit_at=100.0,
            system="s",
        )

    @activity.defn
    async def sample_window(self, order: WindowOrder) -> SampleWindow:
        self.world.answers("sample_window")
        window = SampleWindow(vantage=self.place, samples=0, period_s=0.4)
        if not self.world.sampled:
            return window
        return window.model_copy(
            update={
                "samples": 100,
                "safe_at": 100.0,
                "last_at": 100.0,
                "last_local": 100.0,
                "last_position": 1000,
                "dark_by": 100.0 + self.world.loss_s,
                "system": "s",
            }
        )

    @activity.defn
    async def reach(self, order: ReachOrder) -> list[HostReach]:
        return [HostReach(host=target.label) for target in order.targets]

    @activity.defn
    async def fence(self, order: FenceOrder) -> StepResult:
        if self.world.devices_gone:
            raise HostUnreachable(f"{order.name} does not answer")
        if self.world.fails(f"fence {order.name}"):
            return self.world.failed("the device said no")
        await self.world.do(f"fence {order.name}")
        self.world.fenced.add(order.center)
        self.world.opened.discard(order.name)
        return _done(f"{order.name} confirms")

    @activity.defn
    async def lift_fence(self, order: FenceOrder) -> StepResult:
        if self.world.fails(f"lift {order.name}"):
            return self.world.failed("the device said no")
        await self.world.do(f"lift {order.name}")
        self.world.fenced.discard(order.center)
        return _done()

    @activity.defn
    async def fence_status(self, order: FenceOrder) -> StepResult:
        return await self.devices.fence_status(order)

    @activity.defn
    async def read_estate(self, estate: str) -> EstateView:
        if self.world.estate_gone:
            raise BadOrder("nobody answers for the Estate")
        return await self.estate.read_estate(estate)

    @activity.defn
    async def acquire_lease(self, ask: Acquire) -> Granted:
        granted = await self.estate.acquire_lease(ask)
        if self.world.lost_grants:
            self.world.lost_grants -= 1
            raise BadOrder("the answer was lost")
        return granted

    @activity.defn
    async def record_action(self, action: Action) -> str | None:
        if action.what in self.world.unheard:
            raise BadOrder("nobody answers for the Estate")
        return await self.estate.record_action(action)

    @activity.defn
    async def stop_fence_watch(self, ask: StopWatch) -> StepResult:
        if self.world.watch_stuck:
            raise BadOrder("the watch does not answer")
        return await self.watches.stop_fence_watch(ask)

    @activity.defn
    async def write_epoch(self, job: Job) -> StepResult:
        await self.world.do(f"epoch {job.epoch} at {job.target.label}")
        return _done()

    @activity.defn
    async def stop_renewing(self, order: GuardsOrder) -> list[GuardView]:
        if self.place in self.world.guard_keeps:
            raise HostUnreachable("the disk is full")
        await self.world.do(f"stop renewing from {self.place}")
        stopped = self.world.guard_stopped.setdefault(self.place, time.monotonic())
        return await self._views(order, stopped + self.world.guard_after.get(self.place, 0.0))

    @activity.defn
    async def view_guards(self, order: GuardsOrder) -> list[GuardView]:
        if self.place in self.world.guard_keeps:
            raise HostUnreachable("the disk is full")
        return await self._views(order, time.monotonic() + self.world.guard_after.get(self.place, 0.0))

    async def _views(self, order: GuardsOrder, due: float) -> list[GuardView]:
        """As the one renewer of this place that the estate let begin, heard by its guards."""
        estate = self.client.get_workflow_handle(f"{self.world.plan.estate}/estate")
        known = await estate.query("renewers", result_type=list[RenewerRef])
        (own,) = [one for one in known if (one.place, one.renewer) == (self.place, RENEWER)]
        return [
            GuardView(
                place=self.place,
                dataset=guard.dataset,
                stopped=True,
                due_in_s=due - time.monotonic(),
                answered=self.world.guard_said.get(self.place, "armed"),
                renewer=own.renewer,
                generation=own.generation,
                acknowledged=self.world.guard_heard.get(self.place, own.generation),
            )
            for guard in order.guards
        ]

    @activity.defn
    async def resume_renewing(self, order: GuardsOrder) -> None:
        await self.world.do(f"resume renewing from {self.place}")

    @activity.defn
    async def drain_dataset(self, order: DrainOrder) -> StepResult:
        one = f"drain {order.side.dataset}"
        await self.world.do("drain")
        if one in self.world.gates:
            await self.world.gates[one].wait()
        return self.world.failed("it replays nothing") if self.world.fails(one) else _done()

    @activity.defn
    async def check_dataset(self, order: DataCheck) -> StepResult:
        await self.world.do(f"check accepted={order.accepted}")
        one = f"check {order.side.dataset}"
        return self.world.failed("its query is not true") if self.world.fails(one) else _done()

    @activity.defn
    async def promote_dataset(self, order: Promotion) -> StepResult:
        await self.world.do(f"promote epoch={order.job.epoch} attempt={order.job.name.attempt}")
        if self.world.fails("promote") or self.world.fails(f"promote {order.side.dataset}"):
            return self.world.failed("pg_promote said no")
        return _done()

    @activity.defn
    async def bring_up(self, order: ComponentOrder) -> StepResult:
        where = f"{order.component}@{order.target.host}"
        self.world.jobs.append(order.name)
        self.world.epochs.add(order.epoch)
        self.world.commands.append(order.act.run)
        await self.world.do(f"start {where} attempt={order.name.attempt}")
        return self.world.failed("exit code 1") if self.world.fails(where) else _done()

    @activity.defn
    async def take_down(self, order: ComponentOrder) -> StepResult:
        await self.world.do(f"stop {order.component}@{order.target.host}")
        return _done()

    @activity.defn
    async def see_up(self, order: ComponentOrder) -> StepResult:
        where = f"{order.component}@{order.target.host}"
        return _done("up and well") if where in self.world.by_hand else self.world.failed("it is refused")

    @activity.defn
    async def see_down(self, order: ComponentOrder) -> StepResult:
        return _done("down")

    @activity.defn
    async def prove_service(self, order: ProofOrder) -> StepResult:
        await self.world.do(f"prove {order.service}")
        return self.world.failed("it writes somewhere else") if self.world.fails("prove") else _done()

    @activity.defn
    async def move_dns(self, move: DnsMove) -> StepResult:
        await self.world.do(f"dns {move.name} {','.join(move.old)}>{','.join(move.new)} epoch={move.epoch}")
        return self.world.failed("REFUSED") if self.world.fails("dns") else _done()

    @activity.defn
    async def send_notice(self, notice: Notice) -> StepResult:
        self.world.answers("send_notice")
        self.world.notices.append(notice)
        return _done()

    @activity.defn
    async def archive_run(self, order: ArchiveOrder) -> Kept:
        self.world.answers("archive_run")
        self.world.archived.append(order)
        return Kept(path=f"archive/{order.name}/record.json", digest="5ea1" * 16)

    @activity.defn
    async def export_run(self, order: ExportOrder) -> Exported:
        self.world.exported.append(order)
        return Exported(name=f"{order.workflow_id}/{order.run_id}", digest="5ea1" * 16)
