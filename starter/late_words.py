"""What a run was told after its record was kept: the record lacks it, a report does not (law 18)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from activities.archive import Archive, Damaged, final_record
from starter.seen import Seen
from workflows.run.record import Entry, RunRecord


def with_late(archive: Archive, name: str, seen: Seen) -> Seen:
    """An archived record with the words that came after it, where its folder has the history."""
    try:
        final = final_record(archive, name)
    except FileNotFoundError:
        return _doubted(seen, "its history is gone")
    except Damaged as damage:
        return _doubted(seen, str(damage))
    if final is None:
        return seen
    late = _of_result(seen.record, final)
    return (
        replace(seen, late=tuple(late)) if late is not None else _doubted(seen, "its history says otherwise")
    )


def late_words(kept: RunRecord, final: RunRecord) -> list[Entry] | None:
    """The lines of the journal behind those of the record that was kept; None where it is another record.

    Lines are told by their time and kind: a history is blackened, and a number in it may look like a code.
    """
    known = len(kept.journal)
    return final.journal[known:] if _lines(final)[:known] == _lines(kept) else None


def _lines(record: RunRecord) -> list[tuple[float, str]]:
    return [(entry.at, entry.kind) for entry in record.journal]


def _of_result(kept: RunRecord, final: dict[str, Any]) -> list[Entry] | None:
    """Of what a run gave back no more than its journal is read: whatever else in it was blackened may be no record."""
    try:
        journal = [Entry.model_validate(entry) for entry in final["journal"]]
    except (KeyError, TypeError, ValidationError):
        return None
    return late_words(kept, kept.model_copy(update={"journal": journal}))


def _doubted(seen: Seen, why: str) -> Seen:
    return replace(seen, doubt=f"what the run was told after its record was kept is not known: {why}")
