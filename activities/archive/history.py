"""One history, page by page from the server into a file: its size never counts in memory."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from pydantic import ValidationError
from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import ParentClosePolicy
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from activities.archive.blackened import blackened
from activities.archive.index import Ending
from activities.archive.ink import Ink
from activities.archive.orders import ArchiveOrder

PAGE = 25  # events, of up to 2 MiB each: the server counts them, not their bytes
KEEPS = "archive_run"  # the activity by which a run has its record kept
Beat = Callable[[str], None]


@dataclass
class Told:
    """What a history says of its run: who began it, how it ended, and which other runs belong to it."""

    kind: str = ""
    started_at: float = 0.0
    events: int = 0
    ending: Ending | None = None
    result: dict[str, Any] | None = None  # what it gave back, or gave to the run that goes on from it
    order: dict[str, Any] | None = None  # what it was started with
    kept: ArchiveOrder | None = None  # the record that it had kept at its end
    children: list[tuple[str, str]] = field(default_factory=list)  # workflow id, run id
    earlier: list[str] = field(default_factory=list)  # runs of its own id that it goes on from
    next_run: str = ""
    abandoned: set[int] = field(default_factory=set)  # events that ask for a child that outlives this run

    def take(self, event: HistoryEvent) -> None:
        """Note what one event says of other runs, of the beginning and of the end."""
        self.events += 1
        at = event.event_time.ToMicroseconds() / 1e6
        which = event.WhichOneof("attributes")
        match which:
            case "workflow_execution_started_event_attributes":
                started = event.workflow_execution_started_event_attributes
                self.kind, self.started_at = started.workflow_type.name, at
                self.order = _json(started.input)
                self._earlier(started.continued_execution_run_id)
            case "workflow_task_failed_event_attributes":
                self._earlier(event.workflow_task_failed_event_attributes.base_run_id)
            case "start_child_workflow_execution_initiated_event_attributes":
                asked = event.start_child_workflow_execution_initiated_event_attributes
                if asked.parent_close_policy == ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON:
                    self.abandoned.add(event.event_id)
            case "child_workflow_execution_started_event_attributes":
                started_child = event.child_workflow_execution_started_event_attributes
                child = started_child.workflow_execution
                # One that outlives its parent is a run of its own: it is exported when it has closed itself.
                if started_child.initiated_event_id not in self.abandoned:
                    self.children.append((child.workflow_id, child.run_id))
            case _:
                self._end(event, at)

    def see_as_it_was(self, event: HistoryEvent) -> None:
        """Note the record that the run had kept, or what it gave back or on: a number in it may look like a code."""
        begun = event.activity_task_scheduled_event_attributes
        if begun.activity_type.name == KEEPS:
            self.kept = _order(begun.input)
        match event.WhichOneof("attributes"):
            case "workflow_execution_completed_event_attributes":
                self.result = _json(event.workflow_execution_completed_event_attributes.result)
            case "workflow_execution_continued_as_new_event_attributes":
                self.result = _json(event.workflow_execution_continued_as_new_event_attributes.input)

    def _earlier(self, run_id: str) -> None:
        if run_id and run_id not in self.earlier:
            self.earlier.append(run_id)

    def _end(self, event: HistoryEvent, at: float) -> None:
        match event.WhichOneof("attributes"):
            case "workflow_execution_completed_event_attributes":
                done = event.workflow_execution_completed_event_attributes
                self.ending = Ending(status="completed", at=at)
                self.result, self.next_run = _json(done.result), done.new_execution_run_id
            case "workflow_execution_failed_event_attributes":
                failed = event.workflow_execution_failed_event_attributes
                self.ending = Ending(status="failed", at=at, reason=failed.failure.message)
                self.next_run = failed.new_execution_run_id
            case "workflow_execution_timed_out_event_attributes":
                self.ending = Ending(status="timed out", at=at)
                self.next_run = event.workflow_execution_timed_out_event_attributes.new_execution_run_id
            case "workflow_execution_canceled_event_attributes":
                self.ending = Ending(status="canceled", at=at)
            case "workflow_execution_terminated_event_attributes":
                ended = event.workflow_execution_terminated_event_attributes
                self.ending = Ending(status="terminated", at=at, by=ended.identity, reason=ended.reason)
            case "workflow_execution_continued_as_new_event_attributes":
                continued = event.workflow_execution_continued_as_new_event_attributes
                self.next_run, self.result = continued.new_execution_run_id, _json(continued.input)
                self.ending = Ending(status="continued", at=at, next_run=self.next_run)


async def write_history(
    client: Client, workflow_id: str, run_id: str, path: Path, beat: Beat, ink: Ink
) -> Told:
    """A history as gzipped JSON, as `temporal workflow show --output json` and the replayer know it.

    The same history is the same bytes. Raises RPCError.
    """
    told = Told()
    pages = client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history_events(page_size=PAGE)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as out:
        out.write(b'{"events":[')
        while True:
            await pages.fetch_next_page()
            events = pages.current_page or []
            # JSON of large events takes its time: the worker's loop must not wait for it.
            await asyncio.to_thread(_write_page, out, events, told, ink)
            beat(f"{workflow_id} {told.events}")
            if pages.next_page_token is None:
                break
        out.write(b"]}\n")
    return told


def read_history(data: bytes) -> Told:
    """What a history that `write_history` wrote says of its run. Raises ValueError for anything else."""
    return _told(data, slice(None))


def read_end(data: bytes) -> Told:
    """What the last event of such a history says. Raises ValueError."""
    return _told(data, slice(-1, None))


def _told(data: bytes, part: slice) -> Told:
    told = Told()
    try:
        for event in json.loads(gzip.decompress(data))["events"][part]:
            told.take(ParseDict(event, HistoryEvent(), ignore_unknown_fields=True))
    except (OSError, EOFError, zlib.error, KeyError, TypeError, ParseError) as error:
        raise ValueError(str(error)) from None
    return told


def _write_page(out: gzip.GzipFile, events: Sequence[HistoryEvent], told: Told, ink: Ink) -> None:
    for event in events:
        clean = blackened(event, ink)
        out.write(b",\n" if told.events else b"\n")
        out.write(MessageToJson(clean, indent=None, sort_keys=True, ensure_ascii=False).encode())
        told.take(clean)
        told.see_as_it_was(event)  # it was: the notice of the run names its digest


def _json(payloads: Payloads) -> dict[str, Any] | None:
    """The first payload as an object; None when it is anything else."""
    try:
        content = json.loads(payloads.payloads[0].data)
    except (IndexError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _order(payloads: Payloads) -> ArchiveOrder | None:
    """Read as the activity read it: the bytes of its record are the same."""
    try:
        return ArchiveOrder.model_validate_json(payloads.payloads[0].data)
    except (IndexError, ValidationError):
        return None
