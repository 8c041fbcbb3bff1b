"""The last page of a run that could not write it: terminated, timed out, failed. No Temporal in here (laws 15, 18)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from activities.archive.export import Closed
from activities.models.estate import Obligation
from workflows.estate.epilogue import KIND, estate_record
from workflows.estate.state import EstateState
from workflows.run.ended_outside import end_from_outside
from workflows.run.record import RunRecord
from workflows.texts import text


def closed_from_outside(closed: Closed) -> dict[str, Any]:
    """The record as JSON: what the run last was, who ended it and when, and what is left undone."""
    record = _last_known(closed)
    end_from_outside(record, closed.ending)
    record.warnings += [text(record.language, "left_undone", what=_what(one)) for one in closed.undone]
    return record.model_dump(mode="json")


def _last_known(closed: Closed) -> RunRecord:
    """What a worker says that it was; else no more than what it was started with."""
    if closed.kind == KIND and closed.handed_on is not None:
        try:
            return estate_record(closed, EstateState.model_validate(closed.handed_on))
        except ValidationError:
            pass
    if closed.record is not None:
        try:
            return RunRecord.model_validate(closed.record)
        except ValidationError:
            pass
    return _bare(closed)


def _bare(closed: Closed) -> RunRecord:
    order = closed.order or {}
    plan = order.get("plan")
    estate, _, scenario = closed.workflow_id.partition("/")
    record = RunRecord(
        scenario=scenario,
        estate=estate,
        workflow_id=closed.workflow_id,
        run_id=closed.run_id,
        plan_hash=str(plan.get("hash", "")) if isinstance(plan, dict) else "",
        started_by=str(order.get("started_by", "")),
        reason=str(order.get("reason", "")),
        started_at=closed.started_at,
    )
    record.warnings.append(text(record.language, "record_lost"))
    return record


def _what(obligation: Obligation) -> str:
    note = f" ({obligation.note})" if obligation.note else ""
    return f"{obligation.kind} {obligation.target}{note}"
