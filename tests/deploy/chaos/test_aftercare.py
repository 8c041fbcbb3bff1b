"""What must be written down, given back and kept: each promise of it can be broken, and is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from activities.models.estate import Announcement, ClosedRun, Lease
from deploy.chaos.aftercare import neglected
from deploy.chaos.people import Retry
from tests.deploy.chaos.test_invariants import WELL, record
from tests.deploy.chaos.well import RUN, SWITCHED, T0, action, estate, obligation, written
from workflows.estate.state import Departed
from workflows.run.record import ChildRecord, Entry, State

LEASE = Lease(workflow_id=RUN, first_run_id="r", scenario="declaration", reason="dark", since=T0, epoch=2)
ANNOUNCED = Announcement(workflow_id=RUN, first_run_id="r", scenario="declaration", reason="dark", since=T0)
DEPARTED = Departed(run=ClosedRun(workflow_id=RUN, run_id="r", first_run_id="r", how="terminated"), at=T0)
RETRY = Retry(RUN, "dns-www-A", "repaired dns-refuses dns")
JOURNAL = [
    Entry(at=T0, kind="hold", text="dns-www-A: refused by the server"),
    Entry(at=T0, kind="order", text="retry dns-www-A: repaired dns-refuses dns", by="ops"),
    Entry(at=T0, kind="refused", text="sre: sre started this run and may not decide on it", by="sre"),
]
REPORT = """
| 1 | hold | | dns-www-A: refused by the server |
| 1 | order | ops | retry dns-www-A: repaired dns-refuses dns |
| 1 | refused | sre | sre started this run and may not decide on it |
"""
HELD = record(journal=JOURNAL, refused=1, ended_at=T0 + 20, facts={"approved": T0, "switched": SWITCHED})


def test_a_declaration_that_left_everything_in_order() -> None:
    assert list(neglected(WELL)) == []
    told = written(report=REPORT, retries=[RETRY], rubbish=[T0 + 5])
    assert list(neglected(replace(WELL, record=HELD, written=told))) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"estate": estate(lease=LEASE)}, "the lease is still held"),
        ({"estate": estate(announcements=[ANNOUNCED])}, "still in the estate's book"),
        ({"estate": estate(departed=[DEPARTED])}, "gone without giving back"),
        ({"estate": estate(actions=[action("promote", "intent")])}, "half done"),
        ({"estate": estate(obligations=[])}, "owed: nothing"),
        (
            {"estate": estate(obligations=[obligation("fence/seoul"), obligation("clone/x")])},
            "owed: clone/x, fence/seoul",
        ),
        ({"estate": estate(active={"core-banking": "seoul"})}, "core-banking at seoul"),
        ({"is_watched": False}, "nothing watches the fence"),
        ({"customers": [SWITCHED - 1]}, "before the traffic moved"),
        ({"customers": []}, "customers were never told"),
    ],
)
def test_what_was_left_in_disorder(changes: dict[str, Any], complaint: str) -> None:
    found = list(neglected(replace(WELL, first_write_at=SWITCHED, written=written(**changes))))
    assert len(found) == 1 and complaint in found[0], found


@pytest.mark.parametrize("missing", REPORT.strip().splitlines())
def test_what_the_report_does_not_tell(missing: str) -> None:
    """Law 18: a hold, an order, a refusal that is not in it is found."""
    told = written(report=REPORT.replace(missing, ""), retries=[RETRY])
    assert list(neglected(replace(WELL, record=HELD, written=told))) != []


def test_what_the_run_does_not_say_itself() -> None:
    """A retry that the server took, a hold that somebody saw, messages that no run can follow."""
    forgot = HELD.model_copy(update={"journal": [], "refused": 0})
    told = written(report="", retries=[RETRY], rubbish=[T0 + 5])
    found = list(neglected(replace(WELL, record=forgot, written=told)))
    assert [line.partition(",")[0] for line in found] == [
        "the report has nothing of a retry: dns-www-A",
        "dns-www-A was held",
        "1 messages that no run can follow",
    ]
    late = replace(told, retries=[], rubbish=[T0 + 19.5])
    assert list(neglected(replace(WELL, record=forgot, written=late))) == []


def test_a_child_that_was_held_stands_in_the_report() -> None:
    """Law 18: its hold and what was ordered of it, as those of the run itself."""
    step = "start-was@was-1"
    child = ChildRecord(
        workflow_id=f"{RUN}/core-banking",
        title="up",
        journal=[Entry(at=T0, kind="hold", text=f"{step}: exit code 1")],
    )
    retry = Retry(f"{RUN}/core-banking", step, "looked again")
    run = record(children=[child])
    good = written(
        report=f"| hold | core-banking: {step}: exit code 1 |\n| retry {step}: looked again |",
        retries=[retry],
    )
    assert list(neglected(replace(WELL, record=run, written=good))) == []
    assert len(list(neglected(replace(WELL, record=run, written=replace(good, report=""))))) == 2


def test_a_run_that_stood_down_owes_nothing() -> None:
    """Only a run that came to its good end leaves a fence, its watch, and customers who were told."""
    stood = record(state=State.STOOD_DOWN)
    left = written(
        estate=estate(obligations=[], active={"core-banking": "seoul"}), is_watched=False, customers=[]
    )
    assert list(neglected(replace(WELL, record=stood, written=left))) == []
