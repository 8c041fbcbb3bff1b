"""What a report is made from: the archive alone where it has the run, the server for what only it can know (law 15)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from temporalio.client import WorkflowExecutionDescription

from starter.archive_reading import archived
from starter.client import Temporal
from starter.errors import NoServer, NoSuchRun, Refused
from starter.late_words import late_words
from starter.run_reading import read_described
from starter.run_ref import RunRef
from starter.seen import Seen
from starter.unsealed import differences, held_against_server

NEWER_S = 2.0  # seconds in which the server may name a newer run; the archive's is at hand already
SHORT = 12  # letters of the digest, as the last notice of a run has them


@dataclass(frozen=True)
class Source:
    """`said`: what the report was made from, and what is not known; one line."""

    seen: Seen
    said: str


async def read_for_report(profile: str | None, archive_url: str, ref: RunRef) -> Source:
    """For `#RUNID` no server is asked when the archive has it sealed. Else the newest run of that id, from the archive
    when it is there; a server that says nothing holds nobody up and is told."""
    kept = None if ref.is_child else archived(archive_url, ref, ref.run_id)
    if kept is None:
        return await _of_server(profile, archive_url, ref)
    if ref.run_id is not None:
        return await _kept(profile, kept)
    try:
        newest = await asyncio.wait_for(_newest(profile, ref), NEWER_S)
    except NoSuchRun:
        return await _kept(profile, kept)
    except (Refused, TimeoutError) as silence:
        why = str(silence).partition(": ")[0] if isinstance(silence, NoServer) else str(silence)
        return Source(
            kept, f"{_of_archive(kept)}; whether a newer run goes on is not known: {why or NO_ANSWER}"
        )
    if newest.run_id == kept.record.run_id:
        return await _kept(profile, kept)
    return await _of_server(profile, archive_url, RunRef(ref.workflow_id, newest.run_id))


NO_ANSWER = f"Temporal did not answer within {NEWER_S:.0f} s"


async def _newest(profile: str | None, ref: RunRef) -> WorkflowExecutionDescription:
    temporal = await Temporal.connect(profile)
    return await temporal.describe(ref.workflow_id)


async def _of_server(profile: str | None, archive_url: str, ref: RunRef) -> Source:
    """A run that goes on, or that the archive does not have yet."""
    try:
        temporal = await Temporal.connect(profile)
        about = await temporal.describe(ref.workflow_id, ref.run_id)
    except NoSuchRun:
        raise NoSuchRun(f"there is no run {ref}: neither at the server nor in {archive_url}") from None
    except Refused as why:
        raise type(why)(f"{why}; {_only_the_server_knows(archive_url, ref)}") from None
    kept = None if ref.is_child else archived(archive_url, ref, about.run_id)
    if kept is not None:
        return await _kept(profile, kept)
    seen = await read_described(temporal, about)
    if not seen.is_over:
        return Source(seen, f"made from the run itself, which goes on: {ref.workflow_id}#{about.run_id}")
    return Source(
        seen, f"made from what the server keeps of {ref.workflow_id}#{about.run_id}: {archive_url} lacks it"
    )


async def _kept(profile: str | None, kept: Seen) -> Source:
    """What the archive has; until it is sealed it is held against Temporal, which is believed when they differ."""
    if kept.is_sealed:
        return Source(kept, _of_archive(kept))
    said, told = await held_against_server(profile, kept)
    if told is None or not differences(kept.record, told.record):
        late = tuple(late_words(kept.record, told.record) or ()) if told is not None else ()
        return Source(replace(kept, late=late), f"{_of_archive(kept)}; {said}")
    doubt = f"{kept.record.workflow_id}/{kept.record.run_id}/record.json: {said}"
    run = f"{kept.record.workflow_id}#{kept.record.run_id}"
    return Source(
        replace(told, doubt=doubt),
        f"made from what Temporal keeps of {run}: the archive's record is not sealed, and {said}",
    )


def _of_archive(kept: Seen) -> str:
    record = kept.record
    sealed = "sealed" if kept.is_sealed else "not sealed yet"
    digest = kept.digest[:SHORT] + (f"; {kept.doubt}" if kept.doubt else "")
    return f"made from the archive: {record.workflow_id}#{record.run_id}, {sealed}, SHA-256 {digest}"


def _only_the_server_knows(archive_url: str, ref: RunRef) -> str:
    if ref.is_child:
        return f"{ref} is a part of {ref.estate}/{ref.scenario}, whose report can be made from the archive"
    return f"{archive_url} does not have {ref}, and of a run that goes on only the server knows"
