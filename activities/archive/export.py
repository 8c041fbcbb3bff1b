"""The export after the close: a run, its children and what it goes on from, whole or not at all (law 15)."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import structlog
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.archive.archive import Archive, Cut, json_bytes
from activities.archive.gathered import Gathered, Wanted
from activities.archive.history import Beat, Told, write_history
from activities.archive.index import RECORD, Ending, Index, KeptFile, digest_of, file_digest
from activities.archive.ink import Ink
from activities.archive.orders import Exported, ExportOrder, folder_of
from activities.errors import ArchiveAway, HistoryGone, RunGoesOn, ServerUnreachable
from activities.models.estate import Obligation

CALL = timedelta(seconds=10)
CANNOT_SAY = (  # answers to a query that will not become others by asking again
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.NOT_FOUND,
)
log = structlog.get_logger()
QUERY = timedelta(seconds=30)  # a long history is replayed on a worker for it


@dataclass(frozen=True)
class Closed:
    """A run that could not write its own record. `record`: what it last was; None: nobody can tell any more.

    `kind`: the workflow's type. `handed_on`: what a run that was continued gave to the next one.
    """

    workflow_id: str
    run_id: str
    started_at: float
    order: dict[str, Any] | None
    ending: Ending
    record: dict[str, Any] | None
    undone: list[Obligation]
    kind: str = ""
    handed_on: dict[str, Any] | None = None


Rebuild = Callable[[Closed], dict[str, Any]]
"""The record of a run that others ended: it knows what a record is, this package does not."""


class RunExporter:
    """Exporting twice is exporting once, and gives the same bytes. `secrets`: what no history may keep (law 13)."""

    def __init__(
        self,
        client: Client,
        archive: Archive,
        rebuild: Rebuild,
        secrets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._client = client
        self._secrets = secrets
        self._archive = archive
        self._rebuild = rebuild

    async def export(self, order: ExportOrder, beat: Beat = lambda _: None) -> Exported:
        """Raises RunGoesOn and ArchiveAway (later it will do), HistoryGone (never again)."""
        run_id = await self._closed(order.workflow_id, order.run_id)
        name = folder_of(order.workflow_id, run_id)
        if (index := await self._sealed(name)) is not None:
            return Exported(name=name, digest=index.digest(RECORD) or "", already=True)
        with tempfile.TemporaryDirectory(prefix="muster-export-") as folder:
            gathered, files = await self._gather(order.workflow_id, run_id, Path(folder), beat)
            record = await self._record(name, order, gathered)
            for path, local in files.items():
                await self._reached(self._archive.put, name, path, local)
                beat(path)
            seal = await self._reached(self._archive.seal, name, gathered.index(record))
        return Exported(name=name, digest=record.sha256, seal=seal)

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

    async def _gather(
        self, workflow_id: str, run_id: str, folder: Path, beat: Beat
    ) -> tuple[Gathered, dict[str, Path]]:
        """All histories that belong to a run, on this machine's disk, by their path below the run's folder.

        A code that was sent to a child may stand in its parent too, which is written first: then all are written anew.
        """
        ink, known = Ink(self._secrets()), -1
        while known != ink.codes:
            known = ink.codes
            gathered, files = await self._written(workflow_id, run_id, folder, beat, ink)
        return gathered, files

    async def _written(
        self, workflow_id: str, run_id: str, folder: Path, beat: Beat, ink: Ink
    ) -> tuple[Gathered, dict[str, Path]]:
        gathered, files = Gathered(workflow_id, run_id), dict[str, Path]()
        while (one := gathered.next()) is not None:
            local = folder / f"{one.run_id}.json.gz"
            told = await self._history(one, local, beat, ink)
            if told is None:
                gathered.miss(one)
                continue
            kept = KeptFile(path=one.path, sha256=file_digest(local), size=local.stat().st_size)
            gathered.take(one, told, kept)
            files[one.path] = local
        return gathered, files

    async def _history(self, one: Wanted, path: Path, beat: Beat, ink: Ink) -> Told | None:
        """None: the server no longer keeps it. Only the run itself must be there."""
        about = f"{one.workflow_id} {one.run_id}"
        try:
            told = await write_history(self._client, one.workflow_id, one.run_id, path, beat, ink)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND and one.why != "run":
                return None
            raise _translated(error, about) from error
        if told.ending is None:
            raise RunGoesOn(f"{about}, {one.why} of what is exported, goes on: later")
        return told

    # --- the record

    async def _sealed(self, name: str) -> Index | None:
        """None for a folder that is not whole: its index may have been cut by a crash, and is made again."""
        try:
            return cast("Index | None", await self._reached(self._archive.index, name))
        except Cut:
            return None

    async def _record(self, name: str, order: ExportOrder, gathered: Gathered) -> KeptFile:
        """What the run wrote at its end; else its result, else what it last was, asked of a worker.

        Until the seal anybody may have written what lies there: it is held against the history. Of a run that others
        ended it is made anew for that: an export that was cut off wrote the same, but it may have known more of what is
        left undone.
        """
        found, meant = await self._found(name), meant_record(name, gathered.own)
        right = meant or json_bytes(await self._made(order, gathered))
        if found != right and (meant or found is None or not warns_more(found, right)):
            if found is not None:
                log.warning("archived_record_replaced", run=name, found=digest_of(found), by=digest_of(right))
            await self._reached(self._archive.put_right, name, right)
        # What lies there: between two looks another export of this run may have written it.
        data: bytes = await self._reached(self._archive.record_bytes, name)
        return KeptFile(path=RECORD, sha256=digest_of(data), size=len(data))

    async def _found(self, name: str) -> bytes | None:
        try:
            return cast(bytes, await self._reached(self._archive.record_bytes, name))
        except FileNotFoundError:
            return None

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
                kind=told.kind,
                handed_on=told.result if told.ending.status == "continued" else None,
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
            # Whatever else went wrong says nothing of the record: a client's own time limit comes as CANCELLED.
            if error.status not in CANNOT_SAY:
                raise _translated(error, f"{workflow_id} {run_id}") from error
            return None
        return found if isinstance(found, dict) else None

    async def _reached(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """A call to the archive, off the loop. Raises ArchiveAway for whatever its library raises."""
        try:
            return await asyncio.to_thread(act, *arguments)
        except (FileNotFoundError, Cut):
            raise
        except Exception as error:
            raise ArchiveAway(f"the archive {self._archive.url} did not take part: {error}") from error


def meant_record(name: str, told: Told) -> bytes | None:
    """The record that the history says was written, by the run or by an export; None where it does not say."""
    if told.kept is not None and told.kept.name == name:
        return json_bytes(told.kept.record)
    if told.ending is not None and told.ending.status == "completed" and told.result is not None:
        return json_bytes(told.result)
    return None  # ended by others: what it last was, a worker knows


def warns_more(found: bytes, right: bytes) -> bool:
    """Whether a record is another one with more warnings behind those of that one."""
    try:
        ours, theirs = json.loads(found), json.loads(right)
        more, told = ours.pop("warnings"), theirs.pop("warnings")
        return bool(ours == theirs and more[: len(told)] == told)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return False


def _translated(error: RPCError, about: str) -> Exception:
    if error.status is RPCStatusCode.NOT_FOUND:
        return HistoryGone(f"the server no longer keeps {about}: nothing is left to export")
    return ServerUnreachable(f"Temporal did not answer for {about}: {error.message}")
