"""Whether a sealed folder is what its export left, and what that proves.

Found without anything from outside: a file that was changed, is gone, or was added; an index that was changed, for it
is made again from the histories that lie there and must come out the same.

Proven by the last notice of the run: the record, for the notice names its digest and went to people before the export.
Not proven by it: the histories and the index. Whoever may write to the archive can change a history and make a fitting
index; only the index's own digest, which the export's log line and `muster report --verify` name, shows that, if it was
kept elsewhere. Nor can a folder tell that all of it was taken away. Where that matters, let the store refuse to
overwrite and delete (object lock, a write-once volume).
"""

from __future__ import annotations

from typing import Any

from activities.archive.archive import Archive, Damaged
from activities.archive.gathered import Gathered
from activities.archive.history import read_history
from activities.archive.index import INDEX, RECORD, Index, KeptFile, digest_of

CHANGED = "was changed after the export"


def why_not_whole(archive: Archive, name: str) -> str | None:
    """Look at every file of a folder. Why it is not what its export left, or None."""
    paths = archive.paths(name)
    if INDEX not in paths:
        return f"{name} has no index: its export after the close is still to come, or somebody took the index away"
    try:
        index = archive.index(name)
    except Damaged as damage:
        return str(damage)
    assert index is not None
    return _of_files(archive, name, index, paths) or _of_index(archive, name, index)


def _of_files(archive: Archive, name: str, index: Index, paths: list[str]) -> str | None:
    known = {file.path: file.sha256 for file in index.files}
    if gone := next((path for path in known if path not in paths), None):
        return f"{name}/{gone} is gone"
    if added := next((path for path in paths if path not in known and path != INDEX), None):
        return f"{name}/{added} was added after the export"
    for path, sha256 in known.items():
        if digest_of(archive.file(name, path)) != sha256:
            return f"{name}/{path} is not what its index says: it {CHANGED}"
    return None


def _of_index(archive: Archive, name: str, index: Index) -> str | None:
    """The files are those that the index names: is it the index that they make?"""
    if name != f"{index.workflow_id}/{index.run_id}":
        return f"{name}/{INDEX} is the index of {index.workflow_id}/{index.run_id}: it {CHANGED}"
    try:
        made = _made_again(archive, name, index)
    except ValueError:
        return f"a history of {name} cannot be read: it {CHANGED}"
    if not _agrees(index.model_dump(mode="json", exclude_unset=True), made.model_dump(mode="json")):
        return f"{name}/{INDEX} is not what the histories beside it say: it {CHANGED}"
    return None


def _made_again(archive: Archive, name: str, index: Index) -> Index:
    """Raises ValueError for a history that is none, or that has no end."""
    kept = {file.path: file for file in index.files}
    gathered = Gathered(index.workflow_id, index.run_id)
    while (one := gathered.next()) is not None:
        if one.path not in kept:
            gathered.miss(one)
            continue
        data = archive.file(name, one.path)
        told = read_history(data)
        if told.ending is None:
            raise ValueError(f"{one.path} has no end")
        gathered.take(one, told, KeptFile(path=one.path, sha256=digest_of(data), size=len(data)))
    if not gathered.has_own:
        raise ValueError("its own history is not there")
    record = archive.record_bytes(name)
    return gathered.index(KeptFile(path=RECORD, sha256=digest_of(record), size=len(record)))


def _agrees(kept: Any, made: Any) -> bool:
    """An index of an older release lacks fields that are made today."""
    if isinstance(kept, dict) and isinstance(made, dict):
        return all(key in made and _agrees(value, made[key]) for key, value in kept.items())
    if isinstance(kept, list) and isinstance(made, list):
        return len(kept) == len(made) and all(map(_agrees, kept, made))
    return bool(kept == made)
