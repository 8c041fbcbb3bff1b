"""`muster show`: a whole record on the terminal."""

from __future__ import annotations

from rich.console import RenderableType

from starter.documents.parts import Page
from workflows.run.record import RunRecord

NEWEST_ENTRIES = 20


def page(record: RunRecord, now: float, status: str = "running") -> list[RenderableType]:
    """What is awaited first, then what it rests on, then what was done."""
    shown = Page(record, now)
    parts = [
        shown.head(status),
        *shown.waits(),
        shown.overrides(),
        shown.lines("warnings", record.warnings, "yellow"),
        shown.clocks(),
        None if record.is_undone else shown.losses(),
        shown.evidence(),
        shown.lines("guards", record.guards),
        shown.lines("not_ready", record.readiness),
        shown.steps(),
        shown.journal(NEWEST_ENTRIES),
    ]
    return [part for part in parts if part is not None]


def basis(record: RunRecord, now: float) -> list[RenderableType]:
    """What a voice at a gate is given on: evidence, loss, what will be done and stopped (law 6)."""
    shown = Page(record, now)
    parts = [
        shown.head(),
        shown.overrides(),
        shown.lines("warnings", record.warnings, "yellow"),
        shown.evidence(),
        None if record.is_undone else shown.losses(),
        *(shown.lines(key, lines) for key, lines in _actions(record)),
        shown.lines("guards", record.guards),
        shown.lines("not_ready", record.readiness),
        *shown.waits(commands=False),
    ]
    return [part for part in parts if part is not None]


def _actions(record: RunRecord) -> list[tuple[str, list[str]]]:
    """What a yes lets the run do; a gate about something else says so itself."""
    if any(wait.about for wait in record.waits):
        return []
    return [("will_do", record.will_do), ("will_stop", record.will_stop)]
