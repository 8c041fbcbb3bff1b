"""What the archive gets of closed runs that could not archive themselves, seen to by their Estate (law 15)."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.archive import ArchiveActivities, ExportOrder
    from workflows import names, policies
    from workflows.estate.book import EstateBook


class Exports:
    """Beside everything else; the next run of the Estate begins anew what this one does not see the end of."""

    def __init__(self, book: EstateBook) -> None:
        self._book = book
        self._state = book.state
        self._exporting: list[asyncio.Task[None]] = []

    def go_on(self) -> None:
        """With those of the Estate's run before this one."""
        for order in self._state.exports:
            self._begin(order)

    def hand_over(self, order: ExportOrder) -> None:
        self._state.exports = [*self._state.exports, order]
        self._begin(order)

    def _begin(self, order: ExportOrder) -> None:
        self._exporting.append(asyncio.create_task(self._export(order)))

    async def _export(self, order: ExportOrder) -> None:
        try:
            await workflow.execute_activity_method(
                ArchiveActivities.export_run,
                order,
                task_queue=names.queue(self._state.estate, names.CONTROL),
                summary=f"archive {order.workflow_id}"[:200],
                **policies.export(),
            )
        except ActivityError as error:
            told = f"{order.workflow_id} is not in the archive: {error.cause}"
            self._book.remark(workflow.now().timestamp(), told)
        self._state.exports = [one for one in self._state.exports if one != order]
