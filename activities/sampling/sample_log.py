"""The records of one writer on the sampler's own disk: small files, appended to, the newest kept (law 9).

What is kept is counted from the newest sample, not from now: a writer that went dark yesterday keeps its
last hours. Failures are kept when they differ from the one before, so that a long silence costs nothing.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from activities.sampling.samples import Failure, Record, Sample

KEEP_S = 7200.0
FILES = 12  # KEEP_S is split over so many, and one is dropped at a time

log = structlog.get_logger()
_ADAPTER: TypeAdapter[Record] = TypeAdapter(Record)


class SampleLog:
    """Records in order of time. A disk that is full or gone is told once and costs the memory of a restart only."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._disk_fails = False
        self._files: list[tuple[Path, list[Record]]] = []
        for path in sorted(directory.glob("*.jsonl")):
            if records := _read(path):
                self._files.append((path, records))

    def records(self) -> list[Record]:
        return [record for _, records in self._files for record in records]

    def newest_sample(self) -> Sample | None:
        for _, records in reversed(self._files):
            for record in reversed(records):
                if isinstance(record, Sample):
                    return record
        return None

    def add(self, record: Record) -> None:
        if isinstance(record, Failure) and self._is_like_before(record):
            return
        if not self._files or abs(record.local - self._files[-1][1][0].local) > KEEP_S / FILES:
            self._files.append((self._directory / f"{self._next():010d}.jsonl", []))
            self._forget()
        path, records = self._files[-1]
        records.append(record)
        self._write(path, record)

    def _is_like_before(self, failure: Failure) -> bool:
        before = self._files[-1][1][-1] if self._files else None
        return isinstance(before, Failure) and (before.answered, before.blind) == (
            failure.answered,
            failure.blind,
        )

    def _next(self) -> int:
        return int(self._files[-1][0].stem) + 1 if self._files else 1

    def _forget(self) -> None:
        """Files older than the newest sample allows; the newest sample's own is never among them."""
        newest = self.newest_sample()
        if newest is None:
            del self._files[:-FILES]
            return
        while len(self._files) > 1 and self._files[0][1][-1].local < newest.local - KEEP_S:
            path, _ = self._files.pop(0)
            with contextlib.suppress(OSError):
                path.unlink()

    def _write(self, path: Path, record: Record) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write("\n" + record.model_dump_json())  # ends a line that a crash has cut
            self._disk_fails = False
        except OSError as error:
            if not self._disk_fails:
                log.warning("samples_not_on_disk", path=str(path), error=error.strerror)
            self._disk_fails = True


def _read(path: Path) -> list[Record]:
    """A line that was cut by a crash, or is of another version, is left out."""
    records: list[Record] = []
    for line in path.read_bytes().splitlines():
        with contextlib.suppress(ValidationError):
            records.append(_ADAPTER.validate_json(line))
    return records


def write_whole(path: Path, text: str) -> None:
    """All of it or none, also when the process dies in the middle."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)
