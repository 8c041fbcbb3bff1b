"""The archive: the record of each run, kept for years outside Temporal (law 15)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import fsspec
from pydantic import JsonValue
from temporalio import activity

from activities.models import Value


class ArchiveOrder(Value):
    """`record` is the run's record as JSON. `name`: ESTATE/SCENARIO/RUN_ID."""

    name: str
    record: dict[str, JsonValue]


class Archive:
    """Files below one fsspec path, each written whole under another name and then moved."""

    def __init__(self, url: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)

    def write(self, name: str, record: dict[str, Any]) -> str:
        folder = f"{self._root}/{name}"
        self._fs.makedirs(folder, exist_ok=True)
        path = f"{folder}/record.json"
        data = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode()
        self._fs.pipe_file(f"{path}.tmp", data)
        self._fs.mv(f"{path}.tmp", path)
        return path

    def read(self, name: str) -> dict[str, Any]:
        """Raises FileNotFoundError."""
        content: dict[str, Any] = json.loads(self._fs.cat_file(f"{self._root}/{name}/record.json"))
        return content

    def names(self, estate: str) -> list[str]:
        """ESTATE/SCENARIO/RUN_ID of all that is kept, in no order."""
        found = self._fs.glob(f"{self._root}/{estate}/*/*/record.json")
        return ["/".join(str(path).split("/")[-4:-1]) for path in found]


class ArchiveActivities:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @activity.defn
    async def archive_run(self, order: ArchiveOrder) -> str:
        """Where the record lies now."""
        return await asyncio.to_thread(self._archive.write, order.name, order.record)
