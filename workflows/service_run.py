"""One service up or down at one center: its components in order, their hosts side by side with a bound."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows.run.tally import Tally
from workflows.scenario.handlers import NO_PAYLOAD
from workflows.scenario.proving import Prover
from workflows.scenario.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.models import Command, ComponentOrder, JobName, Outcome, StepResult
    from activities.services import ServiceActivities
    from workflows import names, policies
    from workflows.orders import (
        ChildReport,
        ComponentPart,
        HostPart,
        Ready,
        Relayed,
        ServiceOrder,
        read_from_run,
    )
    from workflows.run.claims import Pause
    from workflows.run.holds import Hold, Ordered
    from workflows.run.proofs import Proofs
    from workflows.run.record import CHILD_ENTRIES, ChildRecord, RunRecord, State
    from workflows.run.run import Run, Stretch

# What its report says of a child.
FOR_THE_PARENT = ("hold", "order", "override", "changed", "by hand", "warning")
LOOK_WITHIN = 15.0  # seconds
NOT_OF_PARENT = "not of the run that started this one"


@dataclass
class Work:
    """One component on one host: the command that its next attempt runs, and the attempts so far."""

    part: ComponentPart
    host: HostPart
    step: Step
    tally: Tally
    command: Command
    attempt: int


@workflow.defn(name="ServiceRun")
class ServiceRun(Scenario):
    """A child of a scenario, steered at its own id (`RUN/service`)."""

    @workflow.init
    def __init__(self, order: ServiceOrder) -> None:
        self.order = order
        self.ready: set[str] = set()
        self.limit = asyncio.Semaphore(order.at_once)
        self.reports = 0
        record = RunRecord(
            scenario="service",
            estate=order.estate,
            workflow_id=workflow.info().workflow_id,
            run_id=workflow.info().run_id,
            plan_hash=order.plan_hash,
            started_by=order.started_by,
            reason=order.reason,
            started_at=workflow.now().timestamp(),
            language=order.language,
            timezone=order.timezone,
            new=order.center,
            services=[order.service],
            epoch=order.epoch,
        )
        self.state = Run(
            record,
            frozenset(order.people),
            stretch=Stretch.FORWARD,
            proofs=Proofs(order.code_secrets, for_orders=order.orders_proof),
            pause_above=Pause(order.paused_by) if order.paused_by else None,
            no_override=f"overrides are asked for at {order.parent_id}: retry the step",
        )
        self.prover = Prover(self, self._alarm)
        self.alarms: list[asyncio.Task[None]] = []
        self.state.clocks.enter("start" if order.up else "stop", self.now())

    @workflow.run
    async def run(self, order: ServiceOrder) -> ChildReport:
        await asyncio.gather(*(self._component(part) for part in order.components))
        self.record.state = State.DONE
        self.record.ended_at = self.now()
        self.record.conclusion = self._conclusion()
        self.state.clocks.end(self.now())
        self.show()
        await self.prover.finish()
        await asyncio.gather(*self.alarms)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._report()

    def _conclusion(self) -> str:
        service, center = self.order.service, self.order.center
        if self.order.up:
            return self.say("end_service_up", service=service, center=center)
        return self.say("end_service_down", service=service, center=center)

    async def _component(self, part: ComponentPart) -> None:
        await self.until(lambda: set(part.needs) <= self.ready)
        count = len(part.hosts)
        tally = Tally(part.enough, count, count, limit=asyncio.Semaphore(part.max_parallel))
        hosts = [asyncio.create_task(self._host(part, host, tally)) for host in part.hosts]
        await self.until(lambda: tally.is_enough)
        if tally.is_let_go:
            what = f"{part.label}: let go with {tally.good} of {count} hosts, {part.enough} would be enough"
            self.note("warning", what)
        self.ready.add(part.label)
        await self._tell_parent()
        await asyncio.gather(*hosts)

    async def _host(self, part: ComponentPart, host: HostPart, tally: Tally) -> None:
        verb = "start" if self.order.up else "stop"
        title = self.say(
            "step_component",
            verb=self.word(verb),
            component=part.label,
            center=self.order.center,
            host=host.host,
        )
        step = Step(
            f"{verb}-{part.name}@{host.host}",
            title,
            look=lambda _: self._look(part, host, title),
            if_forced=self._if_forced(),
        )
        await self._until_over(Work(part, host, step, tally, host.act, self.order.attempts_before))

    def _if_forced(self) -> str:
        if not self.order.up:
            return ""
        return self.say(
            "forced_proof" if self.order.is_proven else "forced_unproven", service=self.order.service
        )

    async def _until_over(self, work: Work) -> None:
        """A host's step, until it is good, or not needed any more, or ended by an order (law 8)."""
        tally = work.tally
        while True:
            result: StepResult | None = await self._attempts(work)
            tally.working -= 1
            while result is not None and not result.outcome.is_good:
                await self.until(lambda: tally.is_enough or tally.is_out_of_reach)
                if tally.is_enough:
                    self.note("step", f"{work.step.name}: given up, {tally.good} others are enough")
                    return
                result = await self._held(work, result.summary)
            if result is not None:
                tally.count(result.outcome)
                return
            tally.working += 1

    async def _held(self, work: Work, failed: str) -> StepResult | None:
        """None: it is tried again. A host that is no longer needed fails once more, and is given up."""
        tally, step = work.tally, work.step
        order = await self.hold(step, failed, or_until=lambda: tally.is_enough, command=work.command.run)
        if order is None:
            return StepResult(outcome=Outcome.FAILED, summary=failed)
        if order.command:
            work.command = work.command.model_copy(update={"run": order.command})
        work.attempt += order.verb is Ordered.CONFIRM
        return await self.follow(step, order, work.attempt, failed)

    async def _attempts(self, work: Work) -> StepResult:
        """One attempt, and the retries that the plan allows by itself."""
        for _ in range(work.part.retries + 1):
            await self.pass_hold()
            async with work.tally.limit, self.limit:
                work.attempt += 1
                result = await self.attempt(work.step, lambda n: self._act(work, n), work.attempt)
            # Unknown is not failure: only a person may decide that it is done again (law 2).
            if result.outcome.is_good or result.outcome is Outcome.UNKNOWN:
                break
        return result

    def _component_order(
        self, part: ComponentPart, host: HostPart, act: Command, name: JobName
    ) -> ComponentOrder:
        return ComponentOrder(
            service=self.order.service,
            component=part.name,
            target=host.target,
            check=host.check,
            act=act,
            kill=host.kill,
            settle_s=part.settle_s,
            ready_within_s=part.ready_within_s,
            epoch=self.order.epoch,
            name=name,
        )

    async def _act(self, work: Work, attempt: int) -> StepResult:
        part, host, act = work.part, work.host, work.command
        order = self._component_order(part, host, act, self._job_name(work.step.name, attempt))
        verb = ServiceActivities.bring_up if self.order.up else ServiceActivities.take_down
        seconds = act.timeout_s + act.kill_after_s + part.ready_within_s + part.settle_s
        seconds += host.kill.timeout_s + host.kill.kill_after_s if host.kill else 0.0
        result: StepResult = await workflow.execute_activity_method(
            verb,
            order,
            task_queue=names.jobs_queue(self.order.estate, self.order.center),
            summary=work.step.title,
            **policies.change(seconds),
        )
        return result

    async def _look(self, part: ComponentPart, host: HostPart, title: str) -> StepResult:
        """Whether it is as the step wanted it, whoever did it."""
        order = self._component_order(part, host, host.act, self._job_name("look", 0))
        result: StepResult = await workflow.execute_activity_method(
            ServiceActivities.see_up if self.order.up else ServiceActivities.see_down,
            order,
            task_queue=names.jobs_queue(self.order.estate, self.order.center),
            summary=title,
            **policies.look(2 * LOOK_WITHIN + part.settle_s),
        )
        return result

    def _job_name(self, step: str, attempt: int) -> JobName:
        return JobName(
            workflow_id=workflow.info().workflow_id,
            # Of the parent: a child that is started again must find the jobs of the one before it (law 4).
            first_run_id=self.order.first_run_id,
            step=step,
            attempt=attempt,
        )

    # --- parent and siblings

    async def on_held(self, hold: Hold) -> None:
        await self._tell_parent()

    async def on_released(self, step: Step) -> None:
        await self._tell_parent()

    async def _tell_parent(self, alarm: str = "") -> None:
        parent = workflow.get_external_workflow_handle(self.order.parent_id)
        try:
            await parent.signal("child_report", self._report(alarm))
        except ApplicationError as error:
            # A parent that is over needs no report; one that was flooded gets it with this run's result.
            self.note("warning", f"{self.order.parent_id} was not told: {error.message}")

    def _alarm(self, person: str) -> None:
        """A child has no channel of its own to people."""
        self.alarms.append(asyncio.create_task(self._tell_parent(person)))

    def _report(self, alarm: str = "") -> ChildReport:
        record = self.record
        own = {part.label for part in self.order.components}
        child = ChildRecord(
            workflow_id=record.workflow_id,
            title=f"{self.order.service} {'up' if self.order.up else 'down'} at {self.order.center}",
            state=self.state.state_now(),
            steps=list(record.steps),
            waits=list(record.waits),
            journal=[entry for entry in record.journal if entry.kind in FOR_THE_PARENT][-CHILD_ENTRIES:],
            refused=record.refused,
            refusals=list(record.refusals),
        )
        self.reports += 1
        return ChildReport(
            number=self.reports,
            child=child,
            ready=sorted(self.ready & own),
            all_ready=own <= self.ready,
            nonce=self.order.nonce,
            alarm=alarm,
        )

    @workflow.signal(
        name="ready", description="From the parent run: components of other services that are up"
    )
    def ready_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        news = read_from_run(Ready, raw.payload.data if raw is not None else None)
        if news is None or news.nonce != self.order.nonce:
            self.forged("ready", NOT_OF_PARENT, raw)
        else:
            self.ready |= set(news.labels) & {label for part in self.order.components for label in part.needs}

    @workflow.signal(name="relayed", description="From the parent run: it is held, or its hold is over")
    def relayed_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        news = read_from_run(Relayed, raw.payload.data if raw is not None else None)
        if news is None or news.nonce != self.order.nonce:
            self.forged("relayed", NOT_OF_PARENT, raw)
            return
        self.steering.follow_parent(news.by, news.reason, self.now())
        self.show()
