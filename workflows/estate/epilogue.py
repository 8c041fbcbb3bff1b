"""The record of an Estate's own run that goes on as the next: what it did and was told, in order (laws 15, 18)."""

from __future__ import annotations

from activities.archive.export import Closed
from workflows.estate.state import EstateState
from workflows.run.record import RunRecord

KIND = "Estate"


def estate_record(closed: Closed, state: EstateState) -> RunRecord:
    """`state`: what it handed on to the next run; of that only what came to it in this one is told."""
    record = RunRecord(
        scenario="estate",
        estate=state.estate,
        workflow_id=closed.workflow_id,
        run_id=closed.run_id,
        plan_hash=state.plan_hash,
        started_by="",
        reason="",
        started_at=closed.started_at,
        services=sorted(state.active),
        epoch=state.epoch or None,
    )
    told = [(one.at, one.text, "") for one in state.remarks]
    told += [(one.at, f"{one.what} {one.target}: {one.stage}", one.workflow_id) for one in state.actions]
    for at, text, by in sorted(told):
        if at >= closed.started_at:
            record.note(at, "fact", text, by)
    return record
