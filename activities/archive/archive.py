"""Files below one fsspec path, each written whole under another name and then moved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec

from activities.archive.index import INDEX, RECORD, Index, digest_of
from activities.archive.orders import Kept

UNFINISHED = ".tmp"


@dataclass(frozen=True)
class Loaded:
    """A record as it lies there. `is_sealed`: its folder is whole, and the index has this digest."""

    content: dict[str, Any]
    digest: str
    is_sealed: bool


class Damaged(Exception):
    """A file of a sealed folder is not what its index says. One line."""


class Archive:
    """Blocking. Raises what the libraries of fsspec raise; FileNotFoundError for what is not there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, root = fsspec.core.url_to_fs(url)
        self._root = str(root).rstrip("/")

    # --- records

    def write(self, name: str, record: dict[str, Any]) -> Kept:
        """Keep a record. A folder that is sealed stays as it is."""
        if self.index(name) is not None:
            return Kept(path=self._path(name, RECORD), digest=digest_of(self.record_bytes(name)))
        data = json_bytes(record)
        self._write(name, RECORD, data)
        return Kept(path=self._path(name, RECORD), digest=digest_of(data))

    def record_bytes(self, name: str) -> bytes:
        return self.file(name, RECORD)

    def read(self, name: str) -> dict[str, Any]:
        """The content of a record, as `load` gives it."""
        return self.load(name).content

    def load(self, name: str) -> Loaded:
        """A record. Raises Damaged when the folder is sealed and the record is not the sealed one."""
        data = self.record_bytes(name)
        digest, index = digest_of(data), self.index(name)
        if index is not None and index.digest(RECORD) != digest:
            raise Damaged(f"{name}/{RECORD} is not what its index says: it was changed after the export")
        try:
            content: dict[str, Any] = json.loads(data)
        except ValueError:
            raise Damaged(f"{name}/{RECORD} is no JSON") from None
        return Loaded(content, digest, is_sealed=index is not None)

    def names(self, below: str) -> list[str]:
        """The folders with a record or an index below an estate, or below a run's id; in no order."""
        self._fs.invalidate_cache()
        found = (str(path) for path in self._fs.find(f"{self._root}/{below}"))
        ours = (path.rpartition("/") for path in found)
        return list({folder[len(self._root) + 1 :] for folder, _, file in ours if file in (RECORD, INDEX)})

    # --- sealed folders

    def index(self, name: str) -> Index | None:
        """None: the folder is not there, or not whole."""
        try:
            data = self._fs.cat_file(self._path(name, INDEX))
        except FileNotFoundError:
            return None
        try:
            return Index.model_validate_json(data)
        except ValueError:
            raise Damaged(f"{name}/{INDEX} cannot be read: it was changed after the export") from None

    def put(self, name: str, path: str, local: Path) -> None:
        """A file of this machine into a folder."""
        target = self._path(name, path)
        self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        self._fs.put_file(str(local), tmp := _aside(target))
        self._fs.mv(tmp, target)

    def seal(self, name: str, index: Index) -> str:
        """The last file of a folder: from now on it is whole. Returns the digest of the index."""
        data = json_bytes(index.model_dump(mode="json"))
        self._write(name, INDEX, data)
        return digest_of(data)

    def index_digest(self, name: str) -> str:
        return digest_of(self.file(name, INDEX))

    def file(self, name: str, path: str) -> bytes:
        """A file of a folder."""
        data: bytes = self._fs.cat_file(self._path(name, path))
        return data

    def paths(self, name: str) -> list[str]:
        """The files of a folder, without those that were never finished."""
        self._fs.invalidate_cache()
        below = len(self._path(name, ""))
        found = (str(path)[below:] for path in self._fs.find(self._path(name, "").rstrip("/")))
        return sorted(path for path in found if not path.endswith(UNFINISHED))

    def _write(self, name: str, path: str, data: bytes) -> None:
        target = self._path(name, path)
        self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        self._fs.pipe_file(tmp := _aside(target), data)
        self._fs.mv(tmp, target)

    def _path(self, name: str, path: str) -> str:
        return f"{self._root}/{name}/{path}"


def json_bytes(content: dict[str, Any]) -> bytes:
    """The one spelling of a document: the same content is the same bytes."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _aside(target: str) -> str:
    """Two deliveries of one activity may write side by side: each has a file of its own until it is whole."""
    return f"{target}.{uuid4().hex}{UNFINISHED}"
