"""A record that no export has sealed yet: anybody who may write to the archive may have written it (law 18).

While Temporal keeps the run it can be held against it; what came after the record was kept is no difference.
"""

from __future__ import annotations

import asyncio

from starter.client import Temporal
from starter.errors import NoServer, NoSuchRun, Refused
from starter.run_reading import read_described
from starter.seen import Seen
from workflows.run.record import RunRecord

HELD_S = 5.0  # seconds in which Temporal may tell its record; the archive's is at hand already
SETTLED = {  # what no run changes after its record was kept
    *("scenario", "estate", "workflow_id", "run_id", "plan_hash", "started_by", "reason", "started_at"),
    *("state", "ended_at", "conclusion", "old", "new", "services", "epoch", "estimates", "evidence"),
    *("rounds", "overrides", "steps", "facts"),
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
    pairs = [
        (name, getattr(kept, name), getattr(told, name)) for name in RunRecord.model_fields if name in SETTLED
    ]
    journal = told.journal[: len(kept.journal)]
    return [name for name, ours, theirs in [*pairs, ("journal", kept.journal, journal)] if ours != theirs]


async def _told(profile: str | None, record: RunRecord) -> Seen:
    temporal = await Temporal.connect(profile)
    return await read_described(temporal, await temporal.describe(record.workflow_id, record.run_id))
