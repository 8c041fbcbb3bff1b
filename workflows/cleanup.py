"""Cleanup 원복: what a closed run left behind is undone by a run of its own, or stays and is said (laws 7, 8).

The Estate starts it when it finds a holder or a guest closed that still owes something. It takes the lease from a
closed holder, so that nothing of the old run is accepted any more, and frees it at its end. A person starts it by
`muster lift` for a fence that stands although no run goes on: the approvers had refused, or a device could not be
lifted.
"""

from __future__ import annotations

from temporalio import workflow

from workflows.asking.approvals import Approvals, StoodDown
from workflows.asking.showing import Showing
from workflows.evidence.recognition import Recognition
from workflows.fence.lifting import Lifting
from workflows.recovery.notices import tell_kept
from workflows.scenario.first_state import first_state
from workflows.scenario.lease import LeaseKeeper, Overtaken
from workflows.scenario.notify import OPERATORS, Notifier
from workflows.scenario.proving import Prover, alarm_by
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.models.estate import EstateView, Obligation, Owed, RunRef
    from workflows.orders import CleanupOrder
    from workflows.run.fenced import obligation_of, why_only_failback
    from workflows.run.half_done import half_done
    from workflows.run.holds import Hold
    from workflows.run.record import RunRecord, State
    from workflows.run.run import Aborted


@workflow.defn(name="Cleanup")
class Cleanup(Scenario):
    @workflow.init
    def __init__(self, order: CleanupOrder) -> None:
        self.order = order
        self.plan = plan = order.plan.plan()
        why = order.reason or f"{order.run.workflow_id} ended without giving back: {order.run.how}"
        self.state = first_state("cleanup", plan, order.plan.hash, started_by=order.started_by, reason=why)
        self.notifier = Notifier(self, plan)
        self.prover = Prover(self, alarm_by(self, self.notifier), self.notifier)
        self.lease = LeaseKeeper(self, plan.estate)
        self.closed = RunRef(workflow_id=order.run.workflow_id, first_run_id=order.run.first_run_id)
        self.is_guest = False
        self.told: list[str] = []

    @workflow.run
    async def run(self, order: CleanupOrder) -> RunRecord:
        await self.unhurried(self.conduct())
        return self.record

    async def conduct(self) -> None:
        try:
            await self.clean()
        except (StoodDown, Overtaken) as why:
            self.conclude(State.STOOD_DOWN, "; ".join([*self.told, str(why)]))
        except Aborted as abort:
            left = [self.say("cleanup_left", run=self.closed.workflow_id)]
            if center := self.record.old:
                left.append(self.say("lift_again", estate=self.record.estate, center=center))
            self.conclude(State.ABORTED, "; ".join([*self.told, str(abort), *left]))
        await self.close()

    async def clean(self) -> None:
        self.enter("detect")
        estate = await self.lease.look()
        owed = self.owed(estate)
        await self.take_over(estate, owed)
        self.tell(self.say("notice_cleanup", run=self.closed.workflow_id, owed=_ids(owed)))
        self.enter("undo")
        for one in owed:
            self.told.append(await self.undo(one, estate))
        self.conclude(State.DONE, "; ".join(self.told) or self.say("cleanup_nothing"))

    def owed(self, estate: EstateView) -> list[Obligation]:
        """What is to be undone. Raises StoodDown when a person asks for a lift that cannot be."""
        center = self.order.center
        if not center:
            return [one for one in estate.obligations if one.first_run_id == self.closed.first_run_id]
        asked = obligation_of(estate, center)
        if asked is None:
            raise StoodDown(self.say("lift_not_owed", center=center))
        if why := why_only_failback(estate, center):
            raise StoodDown(self.say("lift_failback", center=center, why=why))
        return [asked]

    async def take_over(self, estate: EstateView, owed: list[Obligation]) -> None:
        """From here on nothing of the old run is accepted. A guest held no lease that could be taken."""
        if any(guest.first_run_id == self.closed.first_run_id for guest in estate.guests):
            self.is_guest = True
            self.lease.epoch = estate.epoch
            return
        same = [Owed(id=one.id, kind=one.kind, target=one.target, note=one.note) for one in owed]
        if reason := await self.lease.try_take(same):
            raise StoodDown(reason)

    async def undo(self, owed: Obligation, estate: EstateView) -> str:
        """What became of it."""
        if owed.kind != "fence" or owed.target not in self.plan.centers:
            return self.say("cleanup_by_hand", id=owed.id, note=owed.note)
        if half := half_done(estate.actions, owed.target):
            return self.say("cleanup_forward", center=owed.target, earlier=half.words)
        if why := why_only_failback(estate, owed.target):
            return self.say("lift_failback", center=owed.target, why=why)
        return await self.lift(owed.target, estate)

    async def lift(self, center: str, estate: EstateView) -> str:
        """A fence without a promotion: asked of the approvers, as an abort does (law 8)."""
        record, plan = self.record, self.plan
        record.old, record.new, record.services = center, plan.other(center), estate.at(center)
        recognition = Recognition(self, plan, record.old, record.new, record.services)
        showing = Showing(self, plan, recognition, self.lease)
        approvals = Approvals(self, plan, self.notifier, showing)
        approvals.check()
        showing.list_actions(estate)
        lifting = Lifting(self, plan, center, showing, self.lease)
        ours = estate.model_copy(update={"lease": None})  # it is this run's by now
        undone = await lifting.ask_and_lift(approvals, self.what(center), ours)
        record.warnings = undone.problems
        return undone.told

    def what(self, center: str) -> str:
        """What the approvers are asked for."""
        if self.order.center:
            return self.say("lift_asked_what", by=self.order.started_by, reason=self.order.reason, old=center)
        return self.say("cleanup_lift_what", run=self.closed.workflow_id, old=center)

    def tell(self, body: str) -> None:
        title = self.say("notice_cleanup_title", estate=self.record.estate, run=self.closed.workflow_id)
        self.notifier.tell(OPERATORS, title, body)

    async def close(self) -> None:
        """Give the lease back, tell, archive: none of it can fail the run any more."""
        self.tell(self.record.conclusion)
        if self.is_guest:
            await self.lease.let_go(self.closed)
        await self.lease.give_back()
        await self.prover.finish()
        await self.notifier.finish()
        await workflow.wait_condition(workflow.all_handlers_finished)
        tell_kept(self, self.notifier, await self.archive())
        await self.notifier.finish()

    async def on_held(self, hold: Hold) -> None:
        self.notifier.tell_held(hold)


def _ids(owed: list[Obligation]) -> str:
    return ", ".join(one.id for one in owed) or "nothing"
