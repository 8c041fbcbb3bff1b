"""The last page of a run that could not write it: terminated, timed out, failed. No Temporal in here (laws 15, 18)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from activities.archive import Ending
from activities.archive.export import Closed
from activities.models.estate import Obligation
from workflows.record import RunRecord, State
from workflows.texts import text

STATES = {
    "completed": State.DONE,
    "canceled": State.ABORTED,
    "failed": State.FAILED,
    "continued": State.CONTINUED,
}


def closed_from_outside(closed: Closed) -> dict[str, Any]:
    """The record as JSON: what the run last was, who ended it and when, and what is left undone."""
    record = _last_known(closed)
    if not record.state.is_end:
        _end(record, closed.ending)
    record.warnings += [text(record.language, "left_undone", what=_what(one)) for one in closed.undone]
    return record.model_dump(mode="json")


def _last_known(closed: Closed) -> RunRecord:
    """What a worker says that it was; else no more than what it was started with."""
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


def _end(record: RunRecord, ending: Ending) -> None:
    """Nothing that was open is open any more; what was awaited stays in the journal."""
    waited = ", ".join(wait.title for wait in record.waits)
    record.state = STATES.get(ending.status, State.TERMINATED)
    record.ended_at = ending.at
    record.conclusion = _conclusion(record.language, ending)
    record.phases = [
        phase if phase.ended_at is not None else phase.model_copy(update={"ended_at": ending.at})
        for phase in record.phases
    ]
    if waited:
        record.note(ending.at, "warning", text(record.language, "ended_waiting", waits=waited))
    record.waits = []
    record.note(ending.at, "end", f"{record.state}: {record.conclusion}", ending.by)


def _conclusion(language: str, ending: Ending) -> str:
    if ending.status == "continued":
        return text(language, "end_continued", run_id=ending.next_run)
    reason = ending.reason or text(language, "without_reason")
    if ending.status == "terminated":
        return text(language, "end_terminated", by=ending.by or text(language, "somebody"), reason=reason)
    return text(language, "end_by_server", status=ending.status, reason=reason)


def _what(obligation: Obligation) -> str:
    note = f" ({obligation.note})" if obligation.note else ""
    return f"{obligation.kind} {obligation.target}{note}"
