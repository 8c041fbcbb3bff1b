"""One-time codes at the command line: asked without being shown, and what became of a voice that carries one.

A code never comes from an argument or a variable: process lists show those.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from starter.asking import hidden
from starter.client import Temporal
from starter.errors import Refused
from starter.run_ref import RunRef
from workflows.run.record import RunRecord

PATIENCE_S = 15.0  # for a control worker; then the voice stays pending, and `muster show` tells of it


def ask_code(pairs: Sequence[str], by: str) -> str:
    """The code of now; two that follow each other where wrong ones came in this name (`pairs`)."""
    first = hidden(f"the six digits that the authenticator of {by} shows now:")
    if by in pairs and len(first.split()) < 2:
        second = hidden("wrong codes came in this name; wait for the next six digits:")
        return f"{first} {second}"
    return first


async def follow(temporal: Temporal, ref: RunRef, before: RunRecord, by: str, token: str) -> bool:
    """Whether the voice counts by now; False while its code is still being verified. Refused says why it does not."""
    known = len(_refusals(before, by))
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        record = await temporal.query(ref.workflow_id, ref.run_id, "record", RunRecord)
        if _heard(record, by, token):
            return True
        refusals = _refusals(record, by)
        if len(refusals) > known and not any(by in wait.proving for wait in record.waits):
            raise Refused(refusals[-1])
        await asyncio.sleep(0.3)
    return False


async def follow_order(temporal: Temporal, ref: RunRef, before: RunRecord, by: str) -> bool:
    """Whether an order is followed by now; False while it waits. Refused says why it is not."""
    known = len(_refusals(before, by))
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        record = await temporal.query(ref.workflow_id, ref.run_id, "record", RunRecord)
        if not any(one.by == by for one in record.orders_proving):
            refusals = _refusals(record, by)
            if len(refusals) > known:
                raise Refused(refusals[-1])
            return True
        await asyncio.sleep(0.3)
    return False


def _heard(record: RunRecord, by: str, token: str) -> bool:
    return any(voice.by == by for opened in record.rounds if opened.token == token for voice in opened.voices)


def _refusals(record: RunRecord, by: str) -> list[str]:
    return [entry.text for entry in record.journal if entry.kind == "refused" and entry.by == by]
