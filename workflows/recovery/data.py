"""Moving data: drain, check and promote, all datasets before the first promotion (laws 1, 17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio import workflow

from workflows.scenario.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.datasets import DatasetActivities
    from activities.models import (
        Command,
        DataCheck,
        DatasetStatus,
        DrainOrder,
        Job,
        JobName,
        LossClass,
        LossEstimate,
        Outcome,
        Promotion,
        StepResult,
    )
    from workflows import names, policies, slices
    from workflows.plan import Plan
    from workflows.run.half_done import HalfDone

DRAIN_WITHIN = 300.0  # seconds; a replica may have received far more than it has replayed
PROMOTE_WITHIN = 60.0


class DataMove:
    """The datasets of a run, at the center that becomes the active one."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        new: str,
        services: list[str],
        earlier: HalfDone | None = None,
    ) -> None:
        self._scenario = scenario
        self._plan = plan
        self._new = new
        self._earlier = earlier
        self.labels = slices.datasets(plan, services)

    async def drain(self) -> None:
        """Every replica replays all that it has received."""
        await self._each("drain", lambda label, _: self._drain(label))

    async def check(self, estimates: list[LossEstimate], accepted: LossClass) -> None:
        """Every dataset passes before the first is promoted. `accepted`: the class that the approvers were shown."""
        by_label = {estimate.dataset: estimate for estimate in estimates}
        await self._each("check", lambda label, _: self._check(label, by_label.get(label), accepted))

    async def promote(self, epoch: int, confirm_fence: Callable[[], Awaitable[None]]) -> None:
        """`confirm_fence` comes before each attempt: one may have been held for hours since the last (law 1)."""

        async def act(label: str, attempt: int) -> StepResult:
            await confirm_fence()
            return await self._promote(label, attempt, epoch)

        await self._each("promote", act)

    async def _each(self, verb: str, act: Callable[[str, int], Awaitable[StepResult]]) -> None:
        await self._scenario.side_by_side(*(self._one(verb, label, act) for label in self.labels))

    async def _one(self, verb: str, label: str, act: Callable[[str, int], Awaitable[StepResult]]) -> None:
        step = Step(f"{verb}-{label}", self._title(verb, label), True, without=self._without(verb, label))
        await self._scenario.perform(step, lambda attempt: act(label, attempt))

    def _without(self, verb: str, label: str) -> str:
        """What is true when the run goes on without the step."""
        say = self._scenario.say
        texts = {
            "drain": say("without_drain", label=label, center=self._new),
            "check": say("without_check", label=label, center=self._new),
            "promote": say("without_promote", label=label, center=self._new),
        }
        return texts[verb]

    def _title(self, verb: str, label: str) -> str:
        scenario = self._scenario
        return scenario.say("step_data", verb=scenario.word(verb), label=label, center=self._new)

    async def _promoted_before(self, label: str) -> StepResult | None:
        """What an earlier run had begun to promote and takes writes now is promoted (law 10)."""
        if self._earlier is None or label not in self._earlier.labels:
            return None
        if not await self._is_writable(label):
            return None
        return StepResult(
            outcome=Outcome.ALREADY, summary=f"{label} takes writes at {self._new}: {self._earlier.words}"
        )

    async def _is_writable(self, label: str) -> bool:
        status: DatasetStatus = await workflow.execute_activity_method(
            DatasetActivities.dataset_status,
            slices.side(self._plan, label, self._new),
            task_queue=names.queue(self._plan.estate, self._new),
            summary=self._scenario.summary("sum_replica", label=label, center=self._new),
            **policies.look(),
        )
        return bool(status.writable)

    async def _drain(self, label: str) -> StepResult:
        if before := await self._promoted_before(label):
            return before
        result: StepResult = await workflow.execute_activity_method(
            DatasetActivities.drain_dataset,
            DrainOrder(
                side=slices.side(self._plan, label, self._new),
                within_s=DRAIN_WITHIN,
                promotion=self._promotion(label, 1),
            ),
            task_queue=names.queue(self._plan.estate, self._new),
            summary=self._title("drain", label),
            **policies.change(DRAIN_WITHIN),
        )
        return result

    async def _check(self, label: str, estimate: LossEstimate | None, accepted: LossClass) -> StepResult:
        if before := await self._promoted_before(label):
            return before
        order = DataCheck(
            side=slices.side(self._plan, label, self._new),
            estimate=estimate,
            accepted=accepted,
            promotion=self._promotion(label, 1),
        )
        result: StepResult = await workflow.execute_activity_method(
            DatasetActivities.check_dataset,
            order,
            task_queue=names.queue(self._plan.estate, self._new),
            summary=self._title("check", label),
            **policies.look(60.0),
        )
        return result

    def _promotion(self, label: str, attempt: int, epoch: int | None = None) -> Job:
        """The job by which this run promotes, the same as before a workflow reset. Its command is the dataset's own."""
        name = JobName(
            workflow_id=workflow.info().workflow_id,
            first_run_id=workflow.info().first_execution_run_id,
            step=f"promote-{label}",
            attempt=attempt,
        )
        target = slices.side(self._plan, label, self._new).target
        return Job(name=name, target=target, command=Command(run="", timeout_s=PROMOTE_WITHIN), epoch=epoch)

    async def _promote(self, label: str, attempt: int, epoch: int) -> StepResult:
        side = slices.side(self._plan, label, self._new)
        result: StepResult = await workflow.execute_activity_method(
            DatasetActivities.promote_dataset,
            Promotion(side=side, job=self._promotion(label, attempt, epoch)),
            task_queue=names.queue(self._plan.estate, self._new),
            summary=self._title("promote", label),
            **policies.change(PROMOTE_WITHIN),
        )
        return result
