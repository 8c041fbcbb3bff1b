"""Declaration 재해 선포: recognise, decide, approve, fence, check the data, promote, start, prove, switch, tell."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.common import RawValue

from workflows.asking.approvals import Approvals, StoodDown
from workflows.asking.showing import Showing
from workflows.evidence.recognition import Recognition
from workflows.fence.fencing import Fencing
from workflows.fence.former_self import left_fenced
from workflows.fence.lifting import Lifting
from workflows.fence.undoing import Undoing
from workflows.fence.watching import Watching
from workflows.recovery.commit import CommitWindow
from workflows.recovery.data import DataMove
from workflows.recovery.notices import RecoveryNotices, tell_kept
from workflows.recovery.service_start import ServiceStart
from workflows.recovery.traffic import TrafficMove
from workflows.scenario.first_state import first_state
from workflows.scenario.handlers import NO_PAYLOAD
from workflows.scenario.lease import LeaseKeeper, Overtaken
from workflows.scenario.notify import OPERATORS, Notifier
from workflows.scenario.overrides import Overrides, fence_told
from workflows.scenario.proving import Prover, alarm_by
from workflows.scenario.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.models import StepResult
    from activities.models.estate import EstateView, Owed
    from workflows.orders import ChildReport, ScenarioOrder, read_from_run
    from workflows.run.direction import find_direction
    from workflows.run.half_done import HalfDone
    from workflows.run.holds import Asked, Hold
    from workflows.run.record import RunRecord, State, Wait
    from workflows.run.run import Aborted, Stretch


@workflow.defn(name="Declaration")
class Declaration(Scenario):
    @workflow.init
    def __init__(self, order: ScenarioOrder) -> None:
        self.order = order
        self.plan = plan = order.plan.plan()
        self.state = first_state(
            "declaration", plan, order.plan.hash, started_by=order.started_by, reason=order.reason
        )
        self.notifier = Notifier(self, plan)
        self.overrides = Overrides(self, plan.gates.get("override"), self.notifier)
        self.lease = LeaseKeeper(self, plan.estate, takes_over=True)
        self.earlier: HalfDone | None = None
        self.alarm = alarm_by(self, self.notifier)
        self.prover = Prover(self, self.alarm, self.notifier)
        self.services: ServiceStart | None = None

    @workflow.run
    async def run(self, order: ScenarioOrder) -> RunRecord:
        await self.unhurried(self.conduct())
        return self.record

    async def conduct(self) -> None:
        try:
            await self.declare_or_undo()
        except Overtaken as why:
            self.conclude(State.FAILED, self.say("end_overtaken", why=why))
        await self.close()

    async def declare_or_undo(self) -> None:
        try:
            await self.declare()
        except StoodDown as why:
            await self.stand_down(str(why))
        except Aborted as abort:
            self.note("order", str(abort))
            await self.undo(str(abort))

    async def declare(self) -> None:
        await self.recognise()
        await self.pass_hold()
        await self.decide_severity()
        await self.await_approval()
        await self.take_lease()
        await self.fence_old()
        await self.verify_data()
        await self.promote()
        await self.start_services()
        await self.prove_services()
        await self.switch_traffic()
        await self.commit()
        await self.tell_everyone()

    # --- detect, decide, approve

    async def recognise(self) -> None:
        self.enter("detect")
        record, plan = self.record, self.plan
        estate = await self.lease.announce()
        self.find_direction(estate)
        self.recognition = Recognition(
            self, plan, record.old, record.new, record.services, earlier=self.earlier
        )
        self.showing = Showing(self, plan, self.recognition, self.lease, self.earlier)
        self.approvals = Approvals(self, plan, self.notifier, self.showing)
        self.fencing = Fencing(self, plan, record.old, self.recognition)
        self.watching = Watching(self, plan, record.old)
        self.data = DataMove(self, plan, record.new, record.services, self.earlier)
        lifting = Lifting(self, plan, record.old, self.showing, self.lease, before=self.settle_fence)
        self.undoing = Undoing(self, self.lease, lifting)
        self.traffic = TrafficMove(self, plan, record.old, record.new, record.services)
        self.notices = RecoveryNotices(self, plan, self.notifier, self.showing)
        self.window = CommitWindow(self, plan, self.notifier, self.notices)
        self.approvals.check()
        self.showing.list_actions(estate)
        await self.showing.look()

    def find_direction(self, estate: EstateView) -> None:
        found = find_direction(self.plan, self.order, estate)
        if isinstance(found, str):
            raise StoodDown(found)
        record, self.earlier = self.record, found.earlier
        record.old, record.new, record.services = found.old, found.new, found.services
        if not record.services:
            raise StoodDown(self.say("end_nothing", old=record.old))
        self.note("fact", f"{', '.join(record.services)}: {record.old} → {record.new}")
        if found.earlier:
            self.note("fact", found.earlier.words)

    async def decide_severity(self) -> None:
        self.enter("decide")
        await self.approvals.decide_severity()

    async def await_approval(self) -> None:
        self.enter("approve")
        what = self.say("declare_what", old=self.record.old, new=self.record.new)
        if reason := await self.approvals.approve(what):
            raise StoodDown(reason)
        self.accepted = self.showing.findings.loss_class
        self.record.facts["approved"] = self.now()

    # --- act

    async def take_lease(self) -> None:
        """After the approval and before the fence (law 10)."""
        self.enter("fence")
        old = self.record.old
        owed = Owed(id=f"fence/{old}", kind="fence", target=old, note=self.record.reason)
        await self.lease.take("fence", old, [owed])

    async def fence_old(self) -> None:
        """From a promotion that was begun there is no way back: its fence is never lifted by an abort (law 8)."""
        self.state.stretch = Stretch.FORWARD if self.earlier else Stretch.FENCED
        self.watching.begin()
        await self.fencing.fence()
        self.watching.stands_by(self.fencing.guarded)
        if not self.fencing.is_overridden:
            self.lease.did("fence", self.record.old, self.fencing.guarded)
            self.mark("fenced")
        self.showing.warn()

    async def fence_anew(self) -> None:
        """Owed and watched anew too, where this run had given its lease back and was reset since (law 8)."""
        self.enter("fence")
        await self.lease.intends("fence", self.record.old)
        await self.fence_old()

    async def verify_data(self) -> None:
        """The replica replays all it has; every dataset passes before the first is promoted (law 17)."""
        self.enter("verify")
        await self.data.drain()
        if await self.showing.estimate_again():
            await self.await_approval()  # what was approved is not what would be lost (law 6)
            self.enter("verify")
        await self.data.check(self.record.estimates, self.accepted)

    async def promote(self) -> None:
        """Not on an old confirmation: whatever was waited for since, the fence is looked at again first (law 1)."""
        await self.pass_hold()
        while not self.fencing.is_fresh:
            await self.fence_anew()
            await self.pass_hold()
        self.enter("promote")
        self.state.stretch = Stretch.FORWARD
        await self.lease.intends("promote", labels := ", ".join(self.data.labels))
        await self.data.promote(self.lease.epoch, self.fencing.refresh)
        self.lease.did("promote", labels)
        self.mark("promoted")

    async def start_services(self) -> None:
        await self.pass_hold()
        self.enter("start")
        # Beside the rest: data is promoted, and traffic must not wait for a record of it.
        self.direction = asyncio.create_task(self.lease.set_active(self.record.services, self.record.new))
        self.services = ServiceStart(self, self.plan, self.record.new, self.record.services)
        await self.services.up(self.lease.epoch)
        self.mark("started")

    async def prove_services(self) -> None:
        await asyncio.gather(self.traffic.prove(), self.lease.intends("traffic", self.record.new))
        self.mark("proven")

    async def switch_traffic(self) -> None:
        self.enter("switch")
        await self.traffic.switch(self.lease.epoch)
        self.lease.did("traffic", self.record.new)
        self.mark("switched")

    async def commit(self) -> None:
        """Where the plan keeps a window, people look and accept before the public is told."""
        if self.window.is_planned:
            self.enter("commit")
            self.notices.tell_staff()
            await self.window.keep()
            self.mark("committed")

    async def tell_everyone(self) -> None:
        self.enter("tell")
        record = self.record
        self.notices.tell_staff()
        self.notices.tell_public()
        await self.direction
        if self.services is not None:
            await self.services.finish()
        await self.fencing.settle()
        self.watching.stands_by(self.fencing.guarded)  # looked at again before each promotion
        await self.watching.settle()
        self.record.warnings += self.fencing.problems + self.watching.problems
        done = self.say("end_done", services=", ".join(record.services), new=record.new)
        if self.fencing.is_overridden:
            done += f"; {fence_told(self)}"
        self.conclude(State.DONE, done)

    # --- ends

    async def stand_down(self, why: str) -> None:
        """People said no. Once the old center is fenced that is an abort, with the fence to be lifted."""
        if self.state.stretch is Stretch.FENCED:
            await self.undo(why)
        else:
            self.conclude(State.STOOD_DOWN, await self.with_former(why))

    async def undo(self, why: str) -> None:
        """Before the fence there is nothing to undo; after it, lift it by an approval and prove health (law 8)."""
        self.state.begin_undo()
        self.overrides.drop_all("the run is aborted")
        if self.state.stretch is Stretch.FREE:
            self.conclude(State.ABORTED, await self.with_former(why))
            return
        undone = await self.undoing.undo(self.approvals)
        self.conclude(State.ABORTED, f"{why}; {undone}")

    async def with_former(self, why: str) -> str:
        """A run that changed nothing since its reset may have fenced before it (laws 1, 8)."""
        left = await left_fenced(self, self.lease)
        return f"{why}; {left}" if left else why

    async def settle_fence(self) -> None:
        """Nothing of the fence is begun any more, its watch neither: what is lifted now stays so."""
        await self.fencing.settle()
        await self.watching.settle()

    async def close(self) -> None:
        """Give back the lease, tell, archive: none of it can fail the run any more."""
        record = self.record
        if record.state is not State.DONE:
            title = self.say("notice_ended_title", estate=record.estate, state=record.state)
            self.notifier.tell(OPERATORS, title, record.conclusion)
        await self.lease.give_back(finished=record.state is State.DONE, untouched=self.is_untouched)
        await self.prover.finish()
        await self.notifier.finish()
        await workflow.wait_condition(workflow.all_handlers_finished)
        tell_kept(self, self.notifier, await self.archive())
        await self.notifier.finish()

    async def on_held(self, hold: Hold) -> None:
        self.notifier.tell_held(hold)

    def on_child_held(self, run: str, wait: Wait) -> None:
        self.notifier.tell_child_held(run, wait)

    def on_override(self, step: Step, hold: Hold, asked: Asked) -> None:
        self.overrides.ask(step, hold, asked)

    def on_held_again(self, step: Step, hold: Hold) -> None:
        self.overrides.held_again(step, hold)

    def on_good(self, step: Step, result: StepResult) -> None:
        self.overrides.drop(step.name, f"the step ended as {result.outcome}")

    @workflow.signal(name="child_report", description="From a child run: what it has done")
    def child_report(self, raw: RawValue = NO_PAYLOAD) -> None:
        report = read_from_run(ChildReport, raw.payload.data if raw is not None else None)
        if report is None or self.services is None or not self.services.report(report):
            self.forged("child_report", "not a report of a child of this run", raw)
        elif report.alarm:
            self.alarm(report.alarm)
