"""What a run was told after its record was kept: its result has it, and its history has the result (law 18)."""

from __future__ import annotations

from typing import Any

from activities.archive.archive import Archive, Damaged
from activities.archive.history import read_end
from activities.archive.index import Index, digest_of


def final_record(archive: Archive, name: str) -> dict[str, Any] | None:
    """The record as the run gave it back, from a sealed folder. None where it gave none, or nothing is sealed.

    Raises Damaged for a history that is not the sealed one, FileNotFoundError for one that is gone.
    """
    index = archive.index(name)
    path = _own(index) if index is not None else None
    if index is None or path is None:
        return None
    data = archive.file(name, path)
    if index.digest(path) != digest_of(data):
        raise Damaged(f"{name}/{path} is not what its index says: it was changed after the export")
    try:
        told = read_end(data)
    except ValueError as error:
        raise Damaged(f"{name}/{path} cannot be read: {error}") from None
    return told.result if told.ending is not None and told.ending.status == "completed" else None


def _own(index: Index) -> str | None:
    return next((one.path for one in index.runs if one.why == "run"), None)
