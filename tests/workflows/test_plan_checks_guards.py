"""Guards of writers: one small bad plan each (law 1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans import Bad, assert_one_problem, good_plan
from workflows import slices

HOSTS = "        hosts: {seoul: db-1, busan: db-1}\n"
CARDS = f"      cards:\n        postgresql: {{database: cards, login: cards-admin}}\n{HOSTS}"


def guarded(words: str, more: str = "") -> tuple[str, str]:
    return HOSTS, f"        guard: {{{words}}}\n{HOSTS}{more}"


def bad(words: str, field: str, says: str) -> Bad:
    return Bad(guarded(words), line="guard: {", field=f"services.core.data.ledger.guard.{field}", says=says)


BAD = {
    "too short": bad(
        "after: 5s, close: x", "after", "5s is no time for a lease; write whole seconds, 10s or more"
    ),
    "no whole seconds": bad("after: 10.5s, close: x", "after", "10500ms is no time for a lease"),
    "margin shorter than a close": bad(
        "after: 60s, margin: 26s, close: x",
        "margin",
        "26s is over before the writer must be closed (its pace 6s, close 20s, two clocks); write 27s or more,",
    ),
    "margin shorter than close and kill": bad(
        "after: 60s, margin: 46s, close: x, kill: y",
        "margin",
        "close 20s, kill 20s, two clocks); write 47s or more,",
    ),
    "margin shorter than its own close": bad(
        "after: 1d, margin: 20s, close: x, close_within: 2s",
        "margin",
        "close 2s, two clocks); write 182s or more,",
    ),
    "no time to close": bad(
        "after: 60s, close: x, close_within: 1500ms", "close_within", "1500ms is no time to close a writer in"
    ),
    "closes nothing": bad('after: 60s, close: " "', "close", "nothing would be closed; write a command"),
    "run as nobody": bad('after: 60s, close: x, run_as: "a b"', "run_as", "'a b' is no user name"),
    "unknown variable": bad("after: 60s, close: 'stop {datta}'", "close", "unknown variable 'datta'"),
    "one without": Bad(
        guarded("after: 60s, close: x", CARDS),
        line="      cards:",
        field="services.core.data.cards",
        says="other datasets have a guard and this has none, so none would count; add guard",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_plan(name: str, tmp_path: Path) -> None:
    """A plan with one thing wrong yields exactly one line: file, line, field, what is wrong; what is right."""
    assert_one_problem(tmp_path, BAD[name])


def test_each_side_has_its_guard_and_renewers_are_told_of_it(tmp_path: Path) -> None:
    """Law 11: either side may be the writer; its host, its user and its own words, to whoever samples it."""
    plan = good_plan(tmp_path, guarded("after: 60s, close: 'stop {host}', kill: kill, close_within: 8s"))
    for center in plan.centers:
        (order,) = slices.guards(plan, center)
        assert (order.target.label, order.run_as) == (f"{center}/db-1", "root")
        assert (order.after_s, order.close_s, order.margin_s, order.kill) == (60, 8, 23, "kill")
        assert order.close == f"stop {plan.centers[center].hosts['db-1'].address}"


def test_without_the_key_nothing_changes(tmp_path: Path) -> None:
    """Opt-in: no guard, nothing to renew."""
    plan = good_plan(tmp_path)
    assert [slices.guards(plan, center) for center in plan.centers] == [[], []]
