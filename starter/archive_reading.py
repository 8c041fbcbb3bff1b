"""What the archive knows of a run: no server is asked, and a record that was changed is not believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from activities.archive import Archive, Damaged
from starter.errors import NoSuchRun, Refused
from starter.patience import within
from starter.run_ref import RunRef
from starter.seen import Seen
from workflows.record import RunRecord

ARCHIVE_S = 15.0  # an archive that says nothing for longer is counted as gone
RESTORE = "restore it, and hold it against the digest in the last notice of the run"

T = TypeVar("T")


def archived(url: str, ref: RunRef, run_id: str | None) -> Seen | None:
    """None when it is not kept. `run_id` None: the one that started last."""

    def read(archive: Archive) -> Seen | None:
        name = _name(archive, ref, run_id)
        return _seen(archive, name) if name is not None else None

    return _asked(url, read)


def whole(url: str, ref: RunRef, run_id: str | None) -> str:
    """Look at every file of a run's folder. One line that says it is whole; Refused for what is not."""

    def look(archive: Archive) -> str:
        name = _name(archive, ref, run_id)
        if name is None:
            raise NoSuchRun(f"{url} has no run {ref}: `muster list --archived` shows what it has")
        seen = _seen(archive, name)
        if reason := archive.why_not_whole(name):
            raise Refused(f"{reason}: {RESTORE}" if seen.is_sealed else reason)
        return f"{name}: every file is as its index says, record SHA-256 {seen.digest}"

    return _asked(url, look)


def all_archived(url: str, estate: str | None) -> list[Seen]:
    """Every record below an estate, or of all; the newest first."""

    def read(archive: Archive) -> list[Seen]:
        found = [_seen(archive, name) for name in archive.names(estate or "")]
        return sorted(found, key=lambda seen: seen.record.started_at, reverse=True)

    return _asked(url, read)


def _name(archive: Archive, ref: RunRef, run_id: str | None) -> str | None:
    below = len(ref.workflow_id) + 1
    names = [name for name in archive.names(ref.workflow_id) if "/" not in name[below:]]
    if run_id is not None:
        return next((name for name in names if name == f"{ref.workflow_id}/{run_id}"), None)
    try:
        return max(names, key=lambda name: _seen(archive, name).record.started_at, default=None)
    except Refused as why:
        raise Refused(f"{why}; or name another run of it: {ref}#RUNID") from None


def _seen(archive: Archive, name: str) -> Seen:
    """Raises Refused for a record that is not the sealed one, or that this release cannot read."""
    try:
        kept = archive.load(name)
        record = RunRecord.model_validate(kept.content)
    except Damaged as damage:
        raise Refused(f"{damage}: {RESTORE}") from None
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
