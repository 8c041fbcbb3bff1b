"""The judge of a chaos run: each broken promise is found, and a declaration that kept them all passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent

from activities.models import LossClass, LossEstimate, Outcome
from deploy.chaos.facts import Facts
from deploy.chaos.histories import failed_tasks
from deploy.chaos.invariants import violations
from deploy.chaos.schedule import Fault, draw
from deploy.chaos.trouble import Happened
from deploy.lab.oracle import Truth
from tests.deploy.chaos.well import written
from workflows.run.record import OverrideRecord, RunRecord, State, StepRecord

T0 = 1_800_000_000.0
APPROVED, FENCED, PROMOTED, STARTED = T0 + 5, T0 + 7, T0 + 8, T0 + 9


def step(name: str, outcome: Outcome = Outcome.DONE) -> StepRecord:
    return StepRecord(
        name=name, title=name, phase="start", attempt=1, started_at=T0, ended_at=STARTED, outcome=outcome
    )


def record(**changes: Any) -> RunRecord:
    estimate = LossEstimate(
        dataset="core-banking.ledger", loss_class=LossClass.WITHIN, lower_s=0.0, upper_s=0.6, rpo_s=5.0
    )
    made = RunRecord(
        scenario="declaration",
        estate="hanbit-bank",
        workflow_id="hanbit-bank/declaration",
        run_id="r",
        plan_hash="h",
        started_by="sre",
        reason="dark",
        started_at=T0,
        state=State.DONE,
        epoch=2,
        estimates=[estimate],
        facts={"approved": APPROVED, "fenced": FENCED, "switched": STARTED},
        steps=[step("promote-core-banking.ledger"), step("start-was@was-1")],
    )
    return made.model_copy(update=changes)


TRUTH = Truth(
    outage_seconds=11.0,
    acknowledged_writes=900,
    lost_writes=3,
    lost_rows=6,
    true_loss_seconds=0.2,
    rows_only_at_old_side=600,
    last_common_commit=T0,
    old_last_commit=T0 + 6,
    promoted_at=PROMOTED,
    both_sides_accepted_writes=False,
)
WELL = Facts(
    schedule=draw(1),
    record=record(),
    truth=TRUTH,
    happened=(),
    side_effects={
        "busan/db-1:promote": [PROMOTED],
        "busan/was-1:was": [STARTED],
        "seoul/was-1:was": [T0, T0],
    },
    written=written(),
    name_at="busan",
    name_epoch=2,
    first_write_at=STARTED + 1,
    host_epochs={"busan/db-1": 2, "busan/was-1": 1},
    events=(80, 90),
)


OVERRIDDEN = OverrideRecord(
    step="fence-seoul", title="fence", people=["kim", "lee"], reason="fire", failed="no answer", at=T0 + 6
)


def off(host: str) -> Happened:
    return Happened(Fault("power-off", host, "start", 0.1, 2.0), T0, T0 + 3)


def test_a_declaration_that_kept_its_promises() -> None:
    assert violations(WELL) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"record": record(state=State.FAILED, conclusion="no")}, "the run ended as failed: no"),
        ({"first_write_at": None}, "no client outside can write"),
        ({"truth": replace(TRUTH, both_sides_accepted_writes=True)}, "both sides accepted writes"),
        ({"record": record(facts={"approved": APPROVED})}, "before a fence of writers"),
        (
            {"record": record(facts={"approved": APPROVED, "fenced": PROMOTED + 1})},
            "before a fence of writers",
        ),
        ({"record": record(overrides=[OVERRIDDEN])}, "promoted without a confirmed fence"),
        ({"open_at_old": ["seoul/db-1"]}, "counts as fenced and is open: seoul/db-1"),
        ({"truth": replace(TRUTH, true_loss_seconds=0.7)}, "0.70 s of acknowledged writes were lost"),
        ({"truth": replace(TRUTH, lost_at_new=1)}, "1 writes that busan acknowledged are lost"),
        (
            {"side_effects": {**WELL.side_effects, "busan/was-1:was": [STARTED, STARTED]}},
            "was-1:was: 2 times",
        ),
        ({"side_effects": {**WELL.side_effects, "busan/was-1:was": []}}, "and it never was"),
        ({"side_effects": {**WELL.side_effects, "busan/was-1:was": [T0]}}, "done before the approval"),
        (
            {"side_effects": {**WELL.side_effects, "seoul/db-1:promote": [PROMOTED]}},
            "seoul was asked to open",
        ),
        ({"doubled": "muster-1"}, "written more than once: muster-1"),
        ({"events": (None, 90)}, "before a proof"),
        ({"events": (91, 90)}, "before a proof"),
        ({"name_at": "seoul"}, "the public name leads to seoul"),
        ({"name_epoch": 1}, "under epoch 1, and the run's is 2"),
        ({"name_epoch": None}, "under epoch None"),
        ({"epochs": (2, 2)}, "epochs do not rise"),
        ({"host_epochs": {"busan/db-1": 3}}, "higher than the run's 2"),
        ({"host_epochs": {"busan/db-1": 1}}, "was promoted under epoch 1"),
        ({"of_histories": ["run: workflow task 7 failed: x"]}, "workflow task 7 failed"),
        ({"unreadable": ["no report"]}, "no report"),
        ({"left": ["ServiceRun hanbit-bank/declaration/channel"]}, "left running: ServiceRun"),
    ],
)
def test_a_broken_promise(changes: dict[str, Any], complaint: str) -> None:
    found = violations(replace(WELL, **changes))
    assert len(found) == 1 and complaint in found[0], found


def test_a_run_that_was_never_granted_an_epoch() -> None:
    """It stood down before the lease: hosts may have seen what they like, and only its end is judged."""
    stood = record(
        state=State.STOOD_DOWN, conclusion="minor", epoch=None, facts={"approved": APPROVED}, steps=[]
    )
    facts = replace(WELL, record=stood, side_effects={}, first_write_at=None, name_at="seoul", epochs=(2, 2))
    left = replace(
        WELL.written, estate=WELL.written.estate.model_copy(update={"obligations": []}), customers=()
    )
    assert violations(replace(facts, written=left)) == ["the run ended as stood down: minor"]


def test_a_promotion_that_a_power_cut_took_back_counts() -> None:
    """Law 1: the old side wrote after the new one was first asked to open, and before it was asked again."""
    effects = {**WELL.side_effects, "busan/db-1:promote": [PROMOTED - 0.5, PROMOTED]}
    wrote = replace(TRUTH, old_last_commit=PROMOTED - 0.2)
    twice = replace(WELL, side_effects=effects, happened=[off("busan/db-1")])
    assert violations(twice) == []
    [found] = violations(replace(twice, truth=wrote))
    assert "both sides accepted writes" in found


def test_an_unknown_loss_promises_nothing() -> None:
    estimate = LossEstimate(
        dataset="core-banking.ledger", loss_class=LossClass.UNKNOWN, rpo_s=5.0, reason="no sample"
    )
    truth = replace(TRUTH, true_loss_seconds=9.0)
    assert violations(replace(WELL, record=record(estimates=[estimate]), truth=truth)) == []


def test_a_power_cut_may_take_a_start_back() -> None:
    """On that host only, and once; what somebody started by hand is theirs."""
    effects = {**WELL.side_effects, "busan/was-1:was": [STARTED, STARTED + 1]}
    cut = replace(WELL, side_effects=effects, happened=[off("busan/was-1")])
    assert violations(cut) == []
    assert violations(replace(cut, happened=[off("busan/was-2")])) != []
    more = {**WELL.side_effects, "busan/was-1:was": [STARTED, STARTED + 1, STARTED + 2]}
    assert violations(replace(cut, side_effects=more)) != []
    assert violations(replace(cut, side_effects=more, started_by_hand=["busan/was-1:was"])) == []


@pytest.mark.parametrize(
    ("cause", "message", "is_told"),
    [
        ("UNSPECIFIED", "nondeterminism", True),
        ("UNHANDLED_COMMAND", "UnhandledCommand", False),
        (
            "BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE",
            "Update x: received *update.Acceptance message while in state Completed",
            False,
        ),
        ("BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE", "Update x: unknown message", True),
    ],
)
def test_a_failed_workflow_task_is_found(cause: str, message: str, is_told: bool) -> None:
    """Of the code; not one that the server has done again by itself."""
    failed = HistoryEvent(event_id=5, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    about = failed.workflow_task_failed_event_attributes
    about.failure.message = message
    about.cause = WorkflowTaskFailedCause.Value(f"WORKFLOW_TASK_FAILED_CAUSE_{cause}")
    assert failed_tasks([failed]) == ([f"workflow task 5 failed: {message}"] if is_told else [])
