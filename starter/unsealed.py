"""A record that no export has sealed yet: anybody who may write to the archive may have written it (law 18).

While Temporal keeps the run it can be held against it; what came after the record was kept is no difference.
"""

from __future__ import annotations

import asyncio

from starter.client import Temporal
from starter.errors import NoServer, NoSuchRun, Refused
from starter.run_reading import read_described
from starter.seen import Seen
from workflows.run.clocks import PhaseTime
from workflows.run.record import Refusals, RunRecord

HELD_S = 5.0  # seconds in which Temporal may tell its record; the archive's is at hand already
OPEN = {  # what a message may still change after the record was kept, and what is compared in an own way
    *("waits", "orders_proof", "orders_proving", "orders_pairs", "unverified"),
    *("phases", "journal", "refused", "refusals"),
}
OWN_END = ("running", "completed")  # of any other an export wrote the record: it says more than Temporal does


async def held_against_server(profile: str | None, kept: Seen) -> tuple[str, Seen | None]:
    """One line that says what Temporal knows of an archived record; and its own, where it can be compared."""
    record = kept.record
    try:
        told = await asyncio.wait_for(_told(profile, record), HELD_S)
    except NoSuchRun:
        return "Temporal no longer keeps the run: nothing proves the record", None
    except (Refused, TimeoutError) as silence:
        why = str(silence).partition(": ")[0] if isinstance(silence, NoServer) else str(silence)
        return f"not held against Temporal: {why or 'it did not answer in time'}", None
    if told.status not in OWN_END:
        return "written after its end, and not held against Temporal", None
    if different := differences(record, told.record):
        return f"Temporal says otherwise ({', '.join(different)})", told
    return "Temporal says the same", told


def differences(kept: RunRecord, told: RunRecord) -> list[str]:
    """The fields in which an archived record is not what its run says, in the order of the record."""
    return [name for name in RunRecord.model_fields if _differs(name, kept, told)]


def _differs(name: str, kept: RunRecord, told: RunRecord) -> bool:
    match name:
        case "phases":
            return _begun(kept) != _begun(told)
        case "journal":
            return kept.journal != told.journal[: len(kept.journal)] or len(kept.journal) < _closing(told)
        case "refused":
            late = sum(entry.kind == "refused" for entry in told.journal[len(kept.journal) :])
            most = told.refused - late
            all_are_told = told.kept_refusals == told.refused  # none was only counted
            return kept.refused > most or (all_are_told and kept.refused != most)
        case "refusals":
            return _uncounted(kept) != _uncounted(told) or not _grew(kept.refusals, told.refusals)
    return name not in OPEN and getattr(kept, name) != getattr(told, name)


def _begun(record: RunRecord) -> list[PhaseTime]:
    """The phases without the end of the last one."""
    return [*record.phases[:-1], *(last.model_copy(update={"ended_at": None}) for last in record.phases[-1:])]


def _closing(record: RunRecord) -> int:
    """How many lines of the journal there were when the run had its end: it is kept after that."""
    return max((at for at, entry in enumerate(record.journal, 1) if entry.kind == "end"), default=0)


def _uncounted(record: RunRecord) -> int:
    return record.refused - sum(one.count for one in record.refusals)


def _grew(kept: list[Refusals], told: list[Refusals]) -> bool:
    """Whether each kind that was counted is there with as many or more."""
    counted = {(one.kind, one.by, one.why, one.first): one.count for one in told}
    return all(one.count <= counted.get((one.kind, one.by, one.why, one.first), 0) for one in kept)


async def _told(profile: str | None, record: RunRecord) -> Seen:
    temporal = await Temporal.connect(profile)
    return await read_described(temporal, await temporal.describe(record.workflow_id, record.run_id))
