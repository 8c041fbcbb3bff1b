"""The export after the close: a run, its children and what it goes on from, whole or not at all (law 15)."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.archive.archive import Archive, json_bytes
from activities.archive.history import Beat, Told, write_history
from activities.archive.index import RECORD, Ending, Index, KeptFile, KeptRun, digest_of, file_digest
from activities.archive.orders import Exported, ExportOrder, folder_of
from activities.errors import ArchiveAway, HistoryGone, RunGoesOn, ServerUnreachable
from activities.models.estate import Obligation

CALL = timedelta(seconds=10)
QUERY = timedelta(seconds=30)  # a long history is replayed on a worker for it
MOST_RUNS = 2000  # children of one run


@dataclass(frozen=True)
class Closed:
    """A run that could not write its own record. `record`: what it last was; None: nobody can tell any more."""

    workflow_id: str
    run_id: str
    started_at: float
    order: dict[str, Any] | None
    ending: Ending
    record: dict[str, Any] | None
    undone: list[Obligation]


Rebuild = Callable[[Closed], dict[str, Any]]
"""The record of a run that others ended: it knows what a record is, this package does not."""


class RunExporter:
    """Exporting twice is exporting once, and gives the same bytes."""

    def __init__(self, client: Client, archive: Archive, rebuild: Rebuild) -> None:
        self._client = client
        self._archive = archive
        self._rebuild = rebuild

    async def export(self, order: ExportOrder, beat: Beat = lambda _: None) -> Exported:
        """Raises RunGoesOn and ArchiveAway (later it will do), HistoryGone (never again)."""
        run_id = await self._closed(order.workflow_id, order.run_id)
        name = folder_of(order.workflow_id, run_id)
        index = await self._reached(self._archive.index, name)
        if index is not None:
            return Exported(name=name, digest=index.digest(RECORD) or "", already=True)
        with tempfile.TemporaryDirectory(prefix="muster-export-") as folder:
            gathered = await self._gather(order.workflow_id, run_id, Path(folder), beat)
            record = await self._record(name, order, gathered)
            for path, local in gathered.files.items():
                await self._reached(self._archive.put, name, path, local)
                beat(path)
            await self._reached(self._archive.seal, name, gathered.index(record))
        return Exported(name=name, digest=record.sha256)

    # --- histories

    async def _closed(self, workflow_id: str, run_id: str) -> str:
        """The run id of a run that is over."""
        handle = self._client.get_workflow_handle(workflow_id, run_id=run_id or None)
        try:
            about = await handle.describe(rpc_timeout=CALL)
        except RPCError as error:
            raise _translated(error, f"{workflow_id} {run_id}") from error
        if about.status is WorkflowExecutionStatus.RUNNING:
            raise RunGoesOn(f"{workflow_id} {about.run_id} goes on: it is exported when it has closed")
        return about.run_id

    async def _gather(self, workflow_id: str, run_id: str, folder: Path, beat: Beat) -> Gathered:
        """All histories that belong to a run, on this machine's disk."""
        gathered = Gathered(workflow_id, run_id)
        left = [(workflow_id, run_id, "run")]
        while left:
            workflow, run, why = left.pop(0)
            if run in gathered.told or len(gathered.told) >= MOST_RUNS:
                continue
            told = await self._history(workflow, run, why, folder / f"{run}.json.gz", beat)
            if told is None:
                gathered.missing.append(f"{workflow} {run}")
                continue
            gathered.take(workflow, run, why, told, folder / f"{run}.json.gz")
            left += [(child, child_run, "child") for child, child_run in told.children]
            left += [(workflow, earlier, "earlier") for earlier in told.earlier]
            left += [(workflow, told.next_run, why)] if told.next_run and why == "child" else []
        return gathered

    async def _history(self, workflow: str, run: str, why: str, path: Path, beat: Beat) -> Told | None:
        """None: the server no longer keeps it. Only the run itself must be there."""
        try:
            told = await write_history(self._client, workflow, run, path, beat)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND and why != "run":
                return None
            raise _translated(error, f"{workflow} {run}") from error
        if told.ending is None:
            raise RunGoesOn(f"{workflow} {run}, {why} of what is exported, goes on: later")
        return told

    # --- the record

    async def _record(self, name: str, order: ExportOrder, gathered: Gathered) -> KeptFile:
        """What the run wrote at its end stays; else its result, else what it last was, asked of a worker."""
        try:
            data: bytes = await self._reached(self._archive.record_bytes, name)
        except FileNotFoundError:
            record = await self._made(order, gathered)
            await self._reached(self._archive.write, name, record)
            data = json_bytes(record)
        return KeptFile(path=RECORD, sha256=digest_of(data), size=len(data))

    async def _made(self, order: ExportOrder, gathered: Gathered) -> dict[str, Any]:
        told = gathered.own
        assert told.ending is not None
        if told.ending.status == "completed" and told.result is not None:
            return told.result
        return self._rebuild(
            Closed(
                workflow_id=gathered.workflow_id,
                run_id=gathered.run_id,
                started_at=told.started_at,
                order=told.order,
                ending=told.ending,
                record=await self._asked(gathered.workflow_id, gathered.run_id),
                undone=order.undone,
            )
        )

    async def _asked(self, workflow_id: str, run_id: str) -> dict[str, Any] | None:
        """A worker replays the history up to its end. None: it cannot."""
        handle = self._client.get_workflow_handle(workflow_id, run_id=run_id)
        try:
            found = await handle.query("record", rpc_timeout=QUERY)
        except WorkflowQueryFailedError:
            return None
        except RPCError as error:
            if error.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED):
                raise _translated(error, f"{workflow_id} {run_id}") from error
            return None
        return found if isinstance(found, dict) else None

    async def _reached(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """A call to the archive, off the loop. Raises ArchiveAway for whatever its library raises."""
        try:
            return await asyncio.to_thread(act, *arguments)
        except FileNotFoundError:
            raise
        except Exception as error:
            raise ArchiveAway(f"the archive {self._archive.url} did not take part: {error}") from error


class Gathered:
    """The histories of one export: what they say and where they lie."""

    def __init__(self, workflow_id: str, run_id: str) -> None:
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.told: dict[str, Told] = {}
        self.files: dict[str, Path] = {}
        self.missing: list[str] = []
        self._runs: list[KeptRun] = []

    @property
    def own(self) -> Told:
        return self.told[self.run_id]

    def take(self, workflow_id: str, run_id: str, why: str, told: Told, local: Path) -> None:
        assert told.ending is not None
        path = f"histories/{run_id}.json.gz"
        self.told[run_id] = told
        self.files[path] = local
        self._runs.append(
            KeptRun(
                workflow_id=workflow_id,
                run_id=run_id,
                kind=told.kind,
                why=why,
                events=told.events,
                started_at=told.started_at,
                ending=told.ending,
                path=path,
            )
        )

    def index(self, record: KeptFile) -> Index:
        """Nothing in it depends on when or where it is made: a second export gives the same bytes."""
        assert self.own.ending is not None
        histories = [
            KeptFile(path=path, sha256=file_digest(local), size=local.stat().st_size)
            for path, local in self.files.items()
        ]
        return Index(
            workflow_id=self.workflow_id,
            run_id=self.run_id,
            ending=self.own.ending,
            files=[record, *histories],
            runs=self._runs,
            missing=self.missing,
        )


def _translated(error: RPCError, about: str) -> Exception:
    if error.status is RPCStatusCode.NOT_FOUND:
        return HistoryGone(f"the server no longer keeps {about}: nothing is left to export")
    return ServerUnreachable(f"Temporal did not answer for {about}: {error.message}")
