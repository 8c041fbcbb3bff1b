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
    return replace(seen, late=tuple(_of_result(seen.record, final))) if final is not None else seen


def late_words(kept: RunRecord, final: RunRecord) -> list[Entry]:
    """The lines of the journal behind those of the record that was kept; nothing where it is another record."""
    known = len(kept.journal)
    return final.journal[known:] if final.journal[:known] == kept.journal else []


def _of_result(kept: RunRecord, final: dict[str, Any]) -> list[Entry]:
    try:
        return late_words(kept, RunRecord.model_validate(final))
    except ValidationError:
        return []


def _doubted(seen: Seen, why: str) -> Seen:
    return replace(seen, doubt=f"what the run was told after its record was kept is not known: {why}")
