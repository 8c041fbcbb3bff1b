"""What other runs do about the watch over a fenced center: begin it, and let it end before the center is opened."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, WorkflowAlreadyStartedError

from workflows.fence.watch_start import start_watch
from workflows.scenario.scenario import Scenario, Step, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.fence_watching import FenceWatchControl
    from activities.models import StepResult, StopWatch
    from workflows import names, policies
    from workflows.plan import Plan
    from workflows.run.fenced import Fenced


async def end_fence_watch(scenario: Scenario, estate: str, center: str) -> None:
    """Held until the watch has said that it acts no more: it would fence again what people decided to lift.

    Whoever opens a center calls this before the first device moves: an abort, a cleanup, a failback.
    """
    title = scenario.say("step_stop_watch", center=center)
    ask = StopWatch(
        estate=estate, center=center, by=scenario.record.workflow_id, reason=scenario.say("watch_lifted")
    )

    async def stop(attempt: int) -> StepResult:
        try:
            result: StepResult = await workflow.execute_activity_method(
                FenceWatchControl.stop_fence_watch,
                ask,
                task_queue=names.queue(estate, names.CONTROL),
                summary=title,
                **policies.stop_watch(),
            )
        except ActivityError as error:
            failed = why_it_failed(error)
            why = f"the watch over {center} did not end and would fence it again: {failed.summary}"
            return failed.model_copy(update={"summary": why})
        return result

    await scenario.perform(Step(f"stop-watch-{center}", title, safety=True), stop)


class Watching:
    """The watch over the center that a run fences. Nothing waits for its start."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._begun: asyncio.Task[None] | None = None
        self._epoch: int | None = None  # under which it was begun
        self._guards: list[str] = []
        self.problems: list[str] = []  # nobody watches, and why

    def begin(self) -> None:
        """Beside the fence, once for each epoch: where the lease was taken anew the watch of the first may be over.

        It outlives this run, however that ends.
        """
        epoch = self._scenario.record.epoch
        if self._begun is None or self._epoch != epoch:
            self._epoch = epoch
            self._begun = asyncio.create_task(self._begin())

    def stands_by(self, guards: list[str]) -> None:
        """By what the fence stands: these guards alone, or a device where there are none. The watch is told."""
        if self._begun is None or guards == self._guards:
            return
        self._guards = guards
        self._begun = asyncio.create_task(self._tell_after(self._begun))

    async def _tell_after(self, begun: asyncio.Task[None]) -> None:
        await begun
        await self._tell(self._fenced())

    async def settle(self) -> None:
        """Until it is known to have begun, or why it has not."""
        if self._begun is not None:
            await self._begun

    async def _begin(self) -> None:
        fenced = self._fenced()
        try:
            await self._start(fenced)
        except WorkflowAlreadyStartedError:
            await self._tell(fenced)
        except FailureError as error:
            self._missing(str(error.cause or error))

    def _fenced(self) -> Fenced:
        record = self._scenario.record
        return Fenced(
            center=self._center,
            services=list(record.services),
            epoch=record.epoch or 0,
            guards=self._guards,
        )

    async def _start(self, fenced: Fenced) -> None:
        record = self._scenario.record
        watch = await start_watch(self._plan, record.plan_hash, fenced, record.workflow_id, record.started_by)
        self._scenario.note("fact", f"{watch} watches the fence of {self._center} from now on")

    async def _tell(self, fenced: Fenced) -> None:
        """It watches already, for a run before this one, or this one."""
        known = names.fence_watch_id(self._plan.estate, self._center)
        try:
            await workflow.get_external_workflow_handle(known).signal("fenced_anew", fenced)
        except ApplicationError as error:
            self._missing(error.message)
            return
        self._scenario.note("fact", f"{known} goes on watching the fence of {self._center}")

    def _missing(self, why: str) -> None:
        line = self._scenario.say("watch_missing", center=self._center, why=why)
        self._scenario.note("warning", line)
        self.problems.append(line)
