"""What every scenario has in common: people's messages, gates, steps with holds, clocks, and the page people read.

A scenario is one workflow class that derives from `Scenario`; its `run` is the flow chart. Handlers record and never
raise; `run` acts. Signals (Temporal Web UI) and updates (command line) feed the same pure `Run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.steps import Step as Step
from workflows.scenario.steps import Steps
from workflows.scenario.steps import why_it_failed as why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.archive import ArchiveActivities, ArchiveOrder, Kept, folder_of
    from workflows import names, policies
    from workflows.run.record import State
    from workflows.run.run import Stretch


class Scenario(Steps):
    """The part of a scenario that people see and speak to. Sub-classes set `self.state` first of all."""

    # --- the end

    def conclude(self, state: State, conclusion: str) -> None:
        """The end of the run, in words."""
        self.state.clocks.end(self.now())
        self.record.ended_at = self.now()
        self.record.conclusion = conclusion
        self.record.state = state
        self.record.waits = []
        self.note("end", f"{state}: {conclusion}")
        self.paint()

    @property
    def is_untouched(self) -> bool:
        """Whether it changed nothing. A run that was reset does not know: the one before it may have."""
        return self.state.stretch is Stretch.FREE and not self.was_reset

    @property
    def was_reset(self) -> bool:
        """For words and arguments only: it is true in the replay of what was done before the reset, too."""
        info = workflow.info()
        return info.run_id != info.first_execution_run_id

    async def archive(self) -> Kept | None:
        """Keep the record outside Temporal (law 15); an archive that is gone is said, never fatal (law 9)."""
        order = ArchiveOrder(
            name=folder_of(self.record.workflow_id, self.record.run_id),
            record=self.record.model_dump(mode="json"),
        )
        try:
            return await workflow.execute_activity_method(
                ArchiveActivities.archive_run,
                order,
                task_queue=names.queue(self.record.estate, names.CONTROL),
                summary=self.summary("sum_archive"),
                **policies.aside(),
            )
        except ActivityError as error:
            self.note("warning", f"the archive did not take the record: {error.cause}")
            self.show()
            return None

    async def unhurried(self, work: Coroutine[Any, Any, None]) -> None:
        """Do all of the work. A cancel request becomes an abort, which the work meets where it can be met."""
        task = asyncio.create_task(work)
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                self.steering.cancel(self.now())
                self.show()
        await task
