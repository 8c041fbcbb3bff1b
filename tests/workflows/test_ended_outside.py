"""A run that others ended has nothing open any more, and what went on has no known end (laws 2, 18)."""

from __future__ import annotations

import pytest

from activities.archive import Ending
from activities.models import Outcome
from starter.documents.report import markdown
from tests.starter.records import T0, held, waiting
from workflows.run.ended_outside import end_from_outside
from workflows.run.record import ChildRecord, ProvingOrder, RunRecord, State, StepRecord

AT = T0 + 100.0
GOING_ON = StepRecord(name="fence-edge", title="fence", phase="fence", attempt=1, started_at=T0 + 60.0)
ENDING = Ending(status="terminated", at=AT, by="kim@desk", reason="a drill of the press office")


def interrupted() -> RunRecord:
    """In the middle of everything: a gate, steps, a held child, one that is over, an order not yet verified."""
    record = waiting()
    child = held().children[0].model_copy(update={"steps": [GOING_ON]})
    over = ChildRecord(workflow_id="b/d/over", title="over", state=State.DONE, steps=[])
    record.steps.append(GOING_ON)
    record.children = [child, over]
    record.orders_proving = [ProvingOrder(by="ops", verb="skip", at=T0)]
    return record


def test_nothing_is_open_any_more() -> None:
    """Law 2: a step that went on is unknown; rounds, waits and children are over, and what was awaited is told."""
    record = interrupted()
    done = [step for step in record.steps if step.outcome is not None]
    end_from_outside(record, ENDING)
    assert (record.state, record.ended_at, record.waits) == (State.TERMINATED, AT, [])
    assert [one.closed for one in record.rounds] == ["granted", "the run was ended from outside"]
    assert [step for step in record.steps if step.outcome is not Outcome.UNKNOWN] == done
    held_child, over = record.children
    cut = [record.steps[-1], *held_child.steps]
    assert [(step.outcome, step.ended_at) for step in cut] == [(Outcome.UNKNOWN, AT)] * 2
    assert (held_child.state, held_child.waits, over.state) == (State.TERMINATED, [], State.DONE)
    assert not record.orders_proving and all(phase.ended_at is not None for phase in record.phases)
    assert "Executive approval" in record.journal[-2].text and "press office" in record.conclusion
    told = markdown(record, AT + 900.0)
    assert "going on" not in told and "| open |" not in told and "so far" not in told


@pytest.mark.parametrize("status", ["timed out", "failed", "canceled"])
def test_whatever_ended_it(status: str) -> None:
    """Law 18: how the server says that it ended; nothing of it goes on."""
    record = interrupted()
    end_from_outside(record, Ending(status=status, at=AT, reason="why"))
    assert record.state.is_end and record.rounds[-1].closed and status in record.conclusion


def test_what_has_an_end_keeps_it_and_what_goes_on_goes_on() -> None:
    """A run that concluded before it was terminated; a run that was continued hands on what is open."""
    record = interrupted()
    record.state, record.conclusion = State.DONE, "all is well"
    before = record.model_copy(deep=True)
    end_from_outside(record, ENDING)
    assert record == before
    continued = interrupted()
    end_from_outside(continued, Ending(status="continued", at=AT, next_run="r2"))
    assert continued.state is State.CONTINUED and not continued.rounds[-1].closed
    assert continued.steps[-1].outcome is None
