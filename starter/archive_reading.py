"""What the archive knows of a run: no server is asked, and a record that was changed is not believed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from activities.archive import Archive, Cut, Damaged, why_not_whole
from starter.errors import NoSuchRun, Refused, WrongUsage
from starter.late_words import with_late
from starter.patience import within
from starter.run_ref import RunRef
from starter.seen import Seen
from workflows.run.record import RunRecord

FEWEST = 12  # letters of a digest, as many as a notice has
ARCHIVE_S = 15.0  # an archive that says nothing for longer is counted as gone
RESTORE = "restore it, and hold it against the digest in the last notice of the run"

T = TypeVar("T")


def archived(url: str, ref: RunRef, run_id: str | None) -> Seen | None:
    """None when it is not kept. `run_id` None: the one that started last."""

    def read(archive: Archive) -> Seen | None:
        name = _name(archive, ref, run_id)
        return with_late(archive, name, _seen(archive, name)) if name is not None else None

    return _asked(url, read)


@dataclass(frozen=True)
class Whole:
    """A folder in which every file is as its index says. `record`, `index`: their SHA-256."""

    name: str
    record: str
    index: str

    def __str__(self) -> str:
        return f"{self.name}: every file is as its index says, record SHA-256 {self.record}, index SHA-256 {self.index}"


def whole(url: str, ref: RunRef, run_id: str | None, digest: str | None = None) -> Whole:
    """Look at every file of a run's folder. Refused for what is not whole.

    `digest`: the letters that the last notice of the run names, for its record.
    """

    def look(archive: Archive) -> Whole:
        name = _name(archive, ref, run_id)
        if name is None:
            raise NoSuchRun(f"{url} has no run {ref}: `muster list --archived` shows what it has")
        seen = _seen(archive, name)
        if digest is not None and not seen.digest.startswith(digest):
            raise Refused(
                f"the record of {name} has SHA-256 {seen.digest[: len(digest)]}…, not {digest}: {RESTORE}"
            )
        if reason := why_not_whole(archive, name):
            raise Refused(f"{reason}: {RESTORE}" if seen.is_sealed else reason)
        return Whole(name, seen.digest, archive.index_digest(name))

    return _asked(url, look)


def known_digest(text: str | None) -> str | None:
    """The letters of `--digest`, without the dots of a notice; WrongUsage for no SHA-256 and for too few of it."""
    if text is None:
        return None
    letters = text.strip().rstrip(".…").lower()
    if not re.fullmatch(f"[0-9a-f]{{{FEWEST},64}}", letters):
        raise WrongUsage(f"--digest {text!r} is no SHA-256: write what the last notice of the run names")
    return letters


def all_archived(url: str, estate: str | None) -> tuple[list[Seen], list[str]]:
    """Every record below an estate, or of all, the newest first; and why others cannot be shown, a line each."""

    def read(archive: Archive) -> tuple[list[Seen], list[str]]:
        if archive.is_missing:
            raise WrongUsage(
                f"there is no archive at {url}: no run was kept there yet, or name another with --archive"
            )
        found: list[Seen] = []
        problems: list[str] = []
        for name in sorted(archive.names(estate or "")):
            try:
                found.append(_seen(archive, name))
            except Refused as why:
                problems.append(str(why))
        return sorted(found, key=_moments, reverse=True), problems

    return _asked(url, read)


def _name(archive: Archive, ref: RunRef, run_id: str | None) -> str | None:
    below = len(ref.workflow_id) + 1
    names = [name for name in archive.names(ref.workflow_id) if "/" not in name[below:]]
    if run_id is not None:
        return next((name for name in names if name == f"{ref.workflow_id}/{run_id}"), None)
    try:
        return max(names, key=lambda name: _moments(_seen(archive, name)), default=None)
    except Refused as why:
        raise Refused(f"{why}; or name another run of it: {ref}#RUNID") from None


def _moments(seen: Seen) -> tuple[float, float]:
    """Runs that were continued as new began together and ended one after the other."""
    return seen.record.started_at, seen.record.ended_at or 0.0


def _seen(archive: Archive, name: str) -> Seen:
    """Raises Refused for a record that is not the sealed one, or that this release cannot read."""
    try:
        kept = archive.load(name)
        record = RunRecord.model_validate(kept.content)
    except Cut as cut:
        raise Refused(str(cut)) from None
    except Damaged as damage:
        raise Refused(f"{damage}: {RESTORE}") from None
    except FileNotFoundError:
        raise Refused(f"the record of {name} is gone, its index is there: {RESTORE}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(
            f"the record {name} cannot be read by this release ({where}: {first['msg']}): "
            "read it with the release that wrote it"
        ) from None
    return Seen(record, "archived", digest=kept.digest, is_sealed=kept.is_sealed)


def _asked(url: str, act: Callable[[Archive], T]) -> T:
    """Within a limit, and with errors in one line."""
    try:
        return within(
            ARCHIVE_S,
            lambda: act(Archive(url)),
            f"the archive {url} does not answer: name another with --archive",
        )
    except Refused:
        raise
    except Exception as error:  # fsspec's stores raise whatever their libraries raise
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Refused(f"the archive {url} cannot be read ({why}): name another with --archive") from None
