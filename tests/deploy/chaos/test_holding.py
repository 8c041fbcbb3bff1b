"""Holds of a chaos run: each has a fault behind it that can hold this very step, or it is a broken promise."""

from __future__ import annotations

import pytest

from deploy.chaos.holding import AFTERMATH, AGAIN, EXPLAIN, Cause, unexplained
from deploy.chaos.schedule import KINDS, Fault
from deploy.chaos.trouble import Happened
from tests.deploy.chaos.test_invariants import record
from tests.deploy.chaos.well import RUN, T0
from workflows.run.record import ChildRecord, Entry, RunRecord

AT = T0 + 60


def hold(step: str) -> Entry:
    return Entry(at=AT, kind="hold", text=f"{step}: it did not work")


def held(step: str) -> RunRecord:
    return record(journal=[hold(step)])


def happened(kind: str, target: str, ended: float | None = AT - 5) -> Happened:
    return Happened(Fault(kind, target, "start", 0.1, 2.0), T0, ended, struck=True)


@pytest.mark.parametrize(
    ("step", "kind", "target"),
    [
        ("fence-seoul", "lies", "pdu"),
        ("fence-seoul", "power-back", "seoul"),
        ("fence-seoul", "devices-gone", "edge"),
        ("promote-core-banking.ledger", "power-off", "busan/db-1"),
        ("start-was@was-1", "disk-full", "busan/was-1"),
        ("prove-core-banking", "wrong-database", "busan"),
        ("dns-www-A", "dns-refuses", "dns"),
        ("dns-www-A", "kill-worker", "control"),
        ("lease", "kill-server", "server"),
    ],
)
def test_a_hold_with_a_fault_behind_it(step: str, kind: str, target: str) -> None:
    assert list(unexplained(held(step), [happened(kind, target)])) == []


@pytest.mark.parametrize(
    ("step", "kind", "target"),
    [
        ("fence-seoul", "dns-refuses", "dns"),
        ("fence-seoul", "lies", "edge"),
        ("fence-seoul", "kill-worker", "seoul"),
        ("promote-core-banking.ledger", "power-off", "busan/was-1"),
        ("start-was@was-1", "disk-full", "busan/was-2"),
        ("prove-core-banking", "store-gone", "store"),
        ("dns-www-A", "lies", "pdu"),
        ("lease", "store-gone", "archive"),
        ("tell-everyone", "kill-server", "server"),
    ],
)
def test_a_hold_that_its_fault_does_not_explain(step: str, kind: str, target: str) -> None:
    """Law 9: neither a store nor the lost center's own worker holds anything; an unknown step is never held."""
    assert len(list(unexplained(held(step), [happened(kind, target)]))) == 1


def test_a_hold_without_any_fault() -> None:
    found = list(unexplained(held("dns-www-A"), []))
    assert found == ["held without a fault that explains it (nothing was broken): dns-www-A: it did not work"]


def test_a_fault_that_was_over_long_ago_explains_nothing() -> None:
    fault = happened("dns-refuses", "dns", ended=AT - AFTERMATH - 1)
    assert len(list(unexplained(held("dns-www-A"), [fault]))) == 1
    assert list(unexplained(held("dns-www-A"), [happened("dns-refuses", "dns", ended=None)])) == []


def test_a_step_that_was_repaired_and_retried_is_not_held_again() -> None:
    """After the repair a retry goes on, or a fault that came since explains why it does not."""
    again = record(journal=[hold("dns-www-A"), hold("dns-www-A")])
    assert list(unexplained(again, [happened("dns-refuses", "dns", ended=AT - AGAIN + 1)])) == []
    assert len(list(unexplained(again, [happened("dns-refuses", "dns", ended=AT - AGAIN - 1)]))) == 1


def test_a_hold_of_a_child_counts() -> None:
    child = ChildRecord(workflow_id=f"{RUN}/core-banking", title="up", journal=[hold("start-was@was-1")])
    assert len(list(unexplained(record(children=[child]), []))) == 1


def test_only_faults_that_there_are_explain() -> None:
    """A name that no schedule draws would explain nothing for ever."""
    known = {(kind.name, target) for kind in KINDS for target in kind.targets}
    kinds = {kind for kind, _ in known}
    causes: set[Cause] = {cause for row in EXPLAIN.values() for cause in row}
    for cause in causes:
        assert cause.kind in kinds
        assert cause.target in ("", "HOST") or (cause.kind, cause.target) in known
