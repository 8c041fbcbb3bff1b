"""The epoch at the hosts of a center whose fence goes: what is still under way there must be refused (law 5)."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.hosts import HostActivities
    from activities.models import Command, Job, JobName, StepResult
    from workflows import names, policies
    from workflows.plan import Plan, host_target

SIDE_BY_SIDE = 20
TRIES = 10  # after the lift, while hosts come up
PAUSE = 3.0
WRITE_WITHIN = 5.0


class EpochRecords:
    """The records of one center's hosts, raised to the epoch of the run. `write` again asks only the others."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str, epoch: int) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._epoch = epoch
        self._left = dict.fromkeys(sorted(plan.centers[center].hosts), "")  # host -> why not
        self._limit = asyncio.Semaphore(SIDE_BY_SIDE)

    async def write(self) -> None:
        """Where a host can be reached now."""
        answers = await asyncio.gather(*(self._write(host) for host in self._left))
        self._left = {host: reason for host, reason in zip(self._left, answers, strict=True) if reason}
        reached = len(self._plan.centers[self._center].hosts) - len(self._left)
        self._scenario.note("fact", f"epoch {self._epoch} is known to {reached} hosts of {self._center}")

    async def write_rest(self) -> list[str]:
        """As soon as they answer; a line for each that does not."""
        for _ in range(TRIES):
            if not self._left:
                break
            await self.write()
            if self._left:
                await workflow.sleep(PAUSE, summary=self._scenario.summary("sum_epoch_again"))
        return [
            f"{self._center}/{host} was not told epoch {self._epoch} ({reason}): run `muster prepare` when it answers"
            for host, reason in self._left.items()
        ]

    async def _write(self, host: str) -> str:
        """Why not, or nothing. A job that does nothing: hosts remember the highest epoch that a job carried."""
        info = workflow.info()
        step = f"epoch-{self._epoch}"
        name = JobName(
            workflow_id=info.workflow_id, first_run_id=info.first_execution_run_id, step=step, attempt=1
        )
        job = Job(
            name=name,
            target=host_target(self._plan, self._center, host),
            command=Command(run=":", timeout_s=WRITE_WITHIN),
            epoch=self._epoch,
        )
        async with self._limit:
            reason = await self._write_from(self._center, job)
            # That center's worker may be dark with it; control may have a way to its hosts.
            return await self._write_from(names.CONTROL, job) and reason if reason else ""

    async def _write_from(self, place: str, job: Job) -> str:
        try:
            result: StepResult = await workflow.execute_activity_method(
                HostActivities.write_epoch,
                job,
                task_queue=names.queue(self._plan.estate, place),
                summary=self._scenario.summary("sum_epoch", host=job.target.label),
                **policies.sight(WRITE_WITHIN + 3),
            )
        except ActivityError as error:
            result = why_it_failed(error)
        return "" if result.outcome.is_good else result.summary
