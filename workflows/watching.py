"""What other runs do about the watch over a fenced center: begin it, and let it end before the center is opened."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from workflows.fence_watch import FenceWatch
from workflows.scenario import Scenario, Step, why_it_failed

with workflow.unsafe.imports_passed_through():
    from temporalio.common import SearchAttributePair, TypedSearchAttributes

    from activities.fence_watching import FenceWatchControl
    from activities.models import StepResult, StopWatch
    from workflows import names, policies
    from workflows.fenced import Fenced
    from workflows.orders import FenceWatchOrder
    from workflows.plan import Plan, snapshot
    from workflows.texts import text


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


def fence_plan(plan: Plan) -> Plan:
    """What a watch over a fenced center needs of a plan: devices, vantage points, people (law 12)."""
    needless: dict[str, object] = {
        "services": {},
        "gates": {},
        "traffic": [],
        "batches": {},
        "maintenance": {},
        "schedules": [],
    }
    return plan.model_copy(update=needless)


class Watching:
    """The watch over the center that a run fences. Nothing waits for its start."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._begun: asyncio.Task[None] | None = None
        self.problems: list[str] = []  # nobody watches, and why

    def begin(self) -> None:
        """Beside the fence. It outlives this run, however that ends."""
        if self._begun is None:
            self._begun = asyncio.create_task(self._begin())

    async def settle(self) -> None:
        """Until it is known to have begun, or why it has not."""
        if self._begun is not None:
            await self._begun

    async def _begin(self) -> None:
        record = self._scenario.record
        fenced = Fenced(
            center=self._center,
            services=list(record.services),
            epoch=record.epoch or 0,
        )
        try:
            await self._start(fenced)
        except WorkflowAlreadyStartedError:
            await self._tell(fenced)
        except FailureError as error:
            self._missing(str(error.cause or error))

    async def _start(self, fenced: Fenced) -> None:
        record, plan = self._scenario.record, self._plan
        order = FenceWatchOrder(
            plan=snapshot(fence_plan(plan)),
            plan_hash=record.plan_hash,
            fenced=fenced,
            parent_id=record.workflow_id,
            started_by=record.started_by,
        )
        run = await workflow.start_child_workflow(
            FenceWatch.run,
            order,
            id=names.fence_watch_id(plan.estate, self._center),
            # A declaration that is terminated must leave it alive: then nobody else looks.
            parent_close_policy=ParentClosePolicy.ABANDON,
            static_summary=text(plan.language, "watch_title", estate=plan.estate, center=self._center),
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(names.ESTATE, plan.estate),
                    SearchAttributePair(names.SCENARIO, "fence-watch"),
                ]
            ),
        )
        self._scenario.note("fact", f"{run.id} watches the fence of {self._center} from now on")

    async def _tell(self, fenced: Fenced) -> None:
        """It watches already, for a run before this one."""
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
