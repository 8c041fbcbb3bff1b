"""One service up or down at one center: its components in order, their hosts side by side with a bound."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows.handlers import NO_PAYLOAD
from workflows.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.models import ComponentOrder, JobName, Outcome, StepResult
    from activities.services import ServiceActivities
    from workflows import names, policies
    from workflows.messages import read_ready
    from workflows.orders import ChildReport, ComponentPart, HostPart, ServiceOrder
    from workflows.record import ChildRecord, RunRecord, State
    from workflows.run import Hold, Run, Stretch


@dataclass
class Tally:
    """How the hosts of a component stand. A host that failed may be given up once enough others are good."""

    enough: int
    working: int
    good: int = 0
    limit: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @property
    def is_enough(self) -> bool:
        return self.good >= self.enough

    @property
    def is_out_of_reach(self) -> bool:
        return self.good + self.working < self.enough


@workflow.defn(name="ServiceRun")
class ServiceRun(Scenario):
    """A child of a scenario, steered at its own id (`RUN/service`)."""

    @workflow.init
    def __init__(self, order: ServiceOrder) -> None:
        self.order = order
        self.ready: set[str] = set()
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
        self.state = Run(record, frozenset(order.people), stretch=Stretch.FORWARD, paused_by=order.paused_by)
        self.state.clocks.enter("start" if order.up else "stop", self.now())

    @workflow.run
    async def run(self, order: ServiceOrder) -> ChildReport:
        await asyncio.gather(*(self._component(part) for part in order.components))
        self.record.state = State.DONE
        self.record.ended_at = self.now()
        self.state.clocks.end(self.now())
        self.show()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._report()

    async def _component(self, part: ComponentPart) -> None:
        await self.until(lambda: set(part.needs) <= self.ready)
        tally = Tally(part.enough, len(part.hosts), limit=asyncio.Semaphore(part.max_parallel))
        hosts = [asyncio.create_task(self._host(part, host, tally)) for host in part.hosts]
        await self.until(lambda: tally.is_enough)
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
        step = Step(f"{verb}-{part.name}@{host.host}", title)
        attempt = self.order.attempts_before
        while True:
            result, attempt = await self._attempts(part, host, tally, step, attempt)
            tally.working -= 1
            if result.outcome.is_good:
                tally.good += 1
                return
            await self.until(lambda: tally.is_enough or tally.is_out_of_reach)
            if tally.is_enough:
                self.note("step", f"{step.name}: given up, {tally.good} others are enough")
                return
            if not await self.hold(step, result.summary, or_until=lambda: tally.is_enough):
                return
            tally.working += 1

    async def _attempts(
        self, part: ComponentPart, host: HostPart, tally: Tally, step: Step, attempt: int
    ) -> tuple[StepResult, int]:
        """One attempt, and the retries that the plan allows by itself."""
        for _ in range(part.retries + 1):
            await self.pass_hold()
            async with tally.limit:
                attempt += 1
                number = attempt
                result = await self.attempt(step, lambda n: self._act(part, host, step, n), number)
            # Unknown is not failure: only a person may decide that it is done again (law 2).
            if result.outcome.is_good or result.outcome is Outcome.UNKNOWN:
                break
        return result, attempt

    async def _act(self, part: ComponentPart, host: HostPart, step: Step, attempt: int) -> StepResult:
        order = ComponentOrder(
            service=self.order.service,
            component=part.name,
            target=host.target,
            check=host.check,
            act=host.act,
            kill=host.kill,
            settle_s=part.settle_s,
            ready_within_s=part.ready_within_s,
            epoch=self.order.epoch,
            name=JobName(
                workflow_id=workflow.info().workflow_id,
                # Of the parent: a child that is started again must find the jobs of the one before it (law 4).
                first_run_id=self.order.first_run_id,
                step=step.name,
                attempt=attempt,
            ),
        )
        verb = ServiceActivities.bring_up if self.order.up else ServiceActivities.take_down
        work = host.act.timeout_s + host.act.kill_after_s + part.ready_within_s + part.settle_s
        work += host.kill.timeout_s + host.kill.kill_after_s if host.kill else 0.0
        result: StepResult = await workflow.execute_activity_method(
            verb,
            order,
            task_queue=names.jobs_queue(self.order.estate, self.order.center),
            summary=step.title,
            **policies.change(work),
        )
        return result

    # --- parent and siblings

    async def on_held(self, hold: Hold) -> None:
        await self._tell_parent()

    async def on_released(self, step: Step) -> None:
        await self._tell_parent()

    async def _tell_parent(self) -> None:
        parent = workflow.get_external_workflow_handle(self.order.parent_id)
        # A parent that is over needs no report; what was done stands in this run's own record.
        with contextlib.suppress(ApplicationError):
            await parent.signal("child_report", self._report())

    def _report(self) -> ChildReport:
        record = self.record
        own = {part.label for part in self.order.components}
        child = ChildRecord(
            workflow_id=record.workflow_id,
            title=f"{self.order.service} {'up' if self.order.up else 'down'} at {self.order.center}",
            state=self.state.state_now(),
            steps=list(record.steps),
            waits=list(record.waits),
        )
        self.reports += 1
        return ChildReport(
            number=self.reports, child=child, ready=sorted(self.ready & own), all_ready=own <= self.ready
        )

    @workflow.signal(
        name="ready", description="From the parent run: components of other services that are up"
    )
    def ready_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        labels = read_ready(raw.payload.data if raw is not None else None)
        if labels is None:
            self.state.refuse(self.now(), "signal ready: not a list of component labels")
        else:
            self.ready |= set(labels)
