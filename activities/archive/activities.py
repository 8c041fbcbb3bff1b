"""The archive as the control worker offers it."""

from __future__ import annotations

import asyncio

from temporalio import activity

from activities.archive.archive import Archive
from activities.archive.export import RunExporter
from activities.archive.orders import ArchiveOrder, Exported, ExportOrder, Kept


class ArchiveActivities:
    def __init__(self, archive: Archive, exporter: RunExporter) -> None:
        self._archive = archive
        self._exporter = exporter

    @activity.defn
    async def archive_run(self, order: ArchiveOrder) -> Kept:
        """The record of a run that ends: written by the run itself, so that an ordinary end needs no one else."""
        return await asyncio.to_thread(self._archive.write, order.name, order.record)

    @activity.defn
    async def export_run(self, order: ExportOrder) -> Exported:
        """Everything of a run that has closed. Give it a heartbeat timeout: a long history takes its time."""
        return await self._exporter.export(order, activity.heartbeat)
