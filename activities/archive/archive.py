"""Folders of runs below one fsspec path: their records, and once they are whole their indexes."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from activities.archive.index import INDEX, RECORD, Index, KeptFile, digest_of
from activities.archive.orders import Kept
from activities.archive.shelf import Shelf

MADE_AGAIN = (
    "the control worker makes it again after a restart while the server keeps the histories; "
    "else restore it from a copy"
)


@dataclass(frozen=True)
class Loaded:
    """A record as it lies there. `is_sealed`: its folder is whole, and the index has this digest."""

    content: dict[str, Any]
    digest: str
    is_sealed: bool


class Damaged(Exception):
    """A file of a sealed folder is not what its index says. One line."""


class Cut(Damaged):
    """A file ends before its end: a disk that lost power, not a hand, leaves such a one. One line."""


class Archive:
    """Blocking. Raises what the libraries of fsspec raise; FileNotFoundError for what is not there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._shelf = Shelf(url)

    @property
    def is_missing(self) -> bool:
        """Whether there is no such folder on this machine."""
        return self._shelf.is_missing

    # --- records

    def write(self, name: str, record: dict[str, Any]) -> Kept:
        """Keep a record. A sealed one stays, however late another one comes; the digest is that of what lies there.

        Until the seal anybody may have put something there, or a crash cut it: no notice may name that.
        """
        data = json_bytes(record)
        if not self._shelf.place_once(self._path(name, RECORD), data) and self.record_bytes(name) != data:
            with suppress(Damaged):
                self.put_right(name, data)
        return Kept(path=self._path(name, RECORD), digest=digest_of(self.record_bytes(name)))

    def put_right(self, name: str, data: bytes) -> None:
        """A record in the place of one that its run did not write. Raises Damaged for a sealed folder."""
        self._shelf.place(self._path(name, RECORD), data, lambda: self._keep_open(name))

    def record_bytes(self, name: str) -> bytes:
        return self.file(name, RECORD)

    def read(self, name: str) -> dict[str, Any]:
        """The content of a record, as `load` gives it."""
        return self.load(name).content

    def load(self, name: str) -> Loaded:
        """A record. Raises Damaged when the folder is sealed and the record is not the sealed one.

        One that names another run than its folder is no record of it, sealed or not.
        """
        data = self.record_bytes(name)
        digest, index = digest_of(data), self.index(name)
        if index is not None and index.digest(RECORD) != digest:
            raise Damaged(f"{name}/{RECORD} is not what its index says: it was changed after the export")
        try:
            content: dict[str, Any] = json.loads(data)
        except (ValueError, RecursionError):
            raise _unreadable(f"{name}/{RECORD}", data) from None
        if reason := why_not_of(name, content):
            raise Damaged(reason)
        return Loaded(content, digest, is_sealed=index is not None)

    def names(self, below: str) -> list[str]:
        """The folders with a record or an index below an estate, or below a run's id; in no order."""
        ours = (path.rpartition("/") for path in self._shelf.find(f"{self._shelf.root}/{below}"))
        return list(
            {folder[len(self._shelf.root) + 1 :] for folder, _, file in ours if file in (RECORD, INDEX)}
        )

    # --- sealed folders

    def index(self, name: str) -> Index | None:
        """None: the folder is not there, or not whole. Raises Cut and Damaged for an index that is none."""
        try:
            data = self.file(name, INDEX)
        except FileNotFoundError:
            return None
        try:
            return Index.model_validate_json(data)
        except (ValueError, RecursionError):
            raise _unreadable(f"{name}/{INDEX}", data) from None

    def is_sealed(self, name: str) -> bool:
        """Whether there is an index, a spoiled one too; one that was cut seals nothing."""
        try:
            return self.index(name) is not None
        except Cut:
            return False
        except Damaged:
            return True

    def put(self, name: str, path: str, local: Path) -> None:
        """A file of this machine into a folder. Raises Damaged for a sealed one."""
        self._shelf.place(self._path(name, path), local, lambda: self._keep_open(name))

    def seal(self, name: str, index: Index) -> str:
        """The last file of a folder: from now on it is whole. Returns the digest of the index; the first one stays.

        Raises Damaged for a folder that is not what the index says: two workers may export one run at a time, and one
        that knows other secrets writes other histories.
        """
        if other := next((file.path for file in index.files if not self._holds(name, file)), None):
            raise Damaged(f"{name}/{other} is not what was exported: another export may be writing it")
        data, target = json_bytes(index.model_dump(mode="json")), self._path(name, INDEX)
        if not self._shelf.place_once(target, data) and not self.is_sealed(name):
            self._shelf.place(target, data)
        return self.index_digest(name)

    def index_digest(self, name: str) -> str:
        return digest_of(self.file(name, INDEX))

    def file(self, name: str, path: str) -> bytes:
        """A file of a folder."""
        return self._shelf.read(self._path(name, path))

    def paths(self, name: str) -> list[str]:
        """The files of a folder, without those that were never finished."""
        below = len(self._path(name, ""))
        return sorted(path[below:] for path in self._shelf.find(self._path(name, "").rstrip("/")))

    def _holds(self, name: str, file: KeptFile) -> bool:
        try:
            return digest_of(self.file(name, file.path)) == file.sha256
        except FileNotFoundError:
            return False

    def _keep_open(self, name: str) -> None:
        """Looked at when the file is written and not yet placed: an export that outlived its time adds nothing."""
        if self.is_sealed(name):
            raise Damaged(f"{name} is sealed: nothing more is written into it")

    def _path(self, name: str, path: str) -> str:
        return f"{self._shelf.root}/{name}/{path}"


def why_not_of(name: str, content: Any) -> str | None:
    """Why a record is not that of the run whose folder it lies in, or None."""
    if not isinstance(content, dict):
        return f"{name}/{RECORD} is no record"
    named = f"{content.get('workflow_id')}/{content.get('run_id')}"
    return None if named == name else f"{name}/{RECORD} is the record of {named}: somebody put it there"


def _unreadable(path: str, data: bytes) -> Damaged:
    if _is_cut(data):
        return Cut(f"{path} is cut off after {len(data)} bytes, as by a crash: {MADE_AGAIN}")
    return Damaged(f"{path} cannot be read: it was changed after the export")


def _is_cut(data: bytes) -> bool:
    """Whether a JSON document only lacks its end. A disk that lost power may fill it up with zeros."""
    text = data.rstrip(b"\0").decode(errors="ignore").rstrip()
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        rest = text[error.pos :]
        return error.msg.startswith("Unterminated") or any(
            word.startswith(rest) for word in ("true", "false", "null")
        )
    except RecursionError:
        return False
    return False


def json_bytes(content: dict[str, Any]) -> bytes:
    """The one spelling of a document: the same content is the same bytes."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode(errors="replace")
