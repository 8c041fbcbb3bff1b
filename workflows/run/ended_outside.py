"""What a run leaves open when others end it: terminated, timed out, failed. No Temporal in here (laws 2, 18).

The run itself writes nothing of it any more; view, live report and archived record all close it in this one way.
"""

from __future__ import annotations

from activities.archive import Ending
from activities.models import Outcome
from workflows.run.record import ChildRecord, RunRecord, State, StepRecord
from workflows.texts import text

STATES = {
    "completed": State.DONE,
    "canceled": State.ABORTED,
    "failed": State.FAILED,
    "continued": State.CONTINUED,
}


def end_from_outside(record: RunRecord, ending: Ending) -> None:
    """Nothing that was open is open any more; what was awaited stays in the journal.

    A record that has an end of its own keeps it. What a continued run has open goes on in the next one.
    """
    if record.state.is_end:
        return
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
    if record.state is not State.CONTINUED:
        _close(record, ending.at)
    record.note(ending.at, "end", f"{record.state}: {record.conclusion}", ending.by)


def _close(record: RunRecord, at: float) -> None:
    closed = text(record.language, "round_cut")
    record.rounds = [
        one if one.closed else one.model_copy(update={"closed": closed}) for one in record.rounds
    ]
    record.orders_proving, record.orders_pairs = [], []
    record.steps = [_ended(step, at, record.language) for step in record.steps]
    record.children = [_ended_child(child, at, record.language) for child in record.children]


def _ended(step: StepRecord, at: float, language: str) -> StepRecord:
    """One that went on is neither done nor failed: nobody saw its end (law 2)."""
    if step.outcome is not None:
        return step
    cut = {"ended_at": at, "outcome": Outcome.UNKNOWN, "summary": text(language, "step_cut")}
    return step.model_copy(update=cut)


def _ended_child(child: ChildRecord, at: float, language: str) -> ChildRecord:
    state = child.state if child.state.is_end else State.TERMINATED
    steps = [_ended(step, at, language) for step in child.steps]
    return child.model_copy(update={"state": state, "waits": [], "steps": steps})


def _conclusion(language: str, ending: Ending) -> str:
    if ending.status == "continued":
        return text(language, "end_continued", run_id=ending.next_run)
    reason = ending.reason or text(language, "without_reason")
    if ending.status == "terminated":
        return text(language, "end_terminated", by=ending.by or text(language, "somebody"), reason=reason)
    return text(language, "end_by_server", status=ending.status, reason=reason)
