"""Who may begin to renew guards, and under which generation (laws 1, 5)."""

from __future__ import annotations

from typing import Any

import pytest

from activities.models import EnrolRenewer, RenewerRef
from activities.models.estate import Acquire, Action, Release
from workflows.estate.book import EstateBook
from workflows.estate.enrolments import KEPT, enrol, enrolled
from workflows.estate.state import EstateState

RUN: dict[str, Any] = {"estate": "e", "workflow_id": "e/declaration", "first_run_id": "1"}


def ask(renewer: str, place: str = "control") -> EnrolRenewer:
    return EnrolRenewer(place=place, renewer=renewer)


def book() -> EstateBook:
    return EstateBook(EstateState(estate="e", epoch=1))


def test_each_is_newer_than_all_before_it() -> None:
    """Whichever place it is of, in the same second too; one that begins again is known once, as the newest."""
    known: list[RenewerRef] = []
    for one in (ask("a"), ask("b"), ask("c", "busan"), ask("a")):
        known = enrolled(known, one, 100.0)
    assert [(one.renewer, one.generation) for one in known] == [("c", 102), ("b", 101), ("a", 103)]


def test_a_generation_rises_over_the_loss_of_an_estate() -> None:
    """A new Estate knows of none; guards do."""
    first = enrolled([], ask("a"), 1000.0)[-1].generation
    assert enrolled([], ask("b"), 1001.0)[-1].generation > first


def test_the_oldest_of_a_place_are_forgotten_and_no_others() -> None:
    """A run counts no guard that may listen to one before those that are known."""
    known = enrolled([], ask("other", "busan"), 1.0)
    for number in range(KEPT + 3):
        known = enrolled(known, ask(f"r{number}"), 1.0)
    here = [one.renewer for one in known if one.place == "control"]
    assert here == [f"r{number}" for number in range(3, KEPT + 3)]
    assert known[0].renewer == "other"


@pytest.mark.parametrize(("scenario", "may"), [("declaration", False), ("cleanup", True), ("ipl", True)])
def test_nobody_begins_while_a_declaration_holds_the_lease(scenario: str, may: bool) -> None:
    """Law 1: it may be counting on that all who renew have stopped."""
    kept = book()
    kept.acquire(Acquire(**RUN, scenario=scenario, reason="why"), 1.0)
    assert bool(enrol(kept.state, ask("a"), 5.0)) is may
    kept.release(Release(**RUN), 6.0)
    assert enrol(kept.state, ask("a"), 7.0) >= 7


def test_nobody_begins_while_a_promotion_is_half_done() -> None:
    """Law 1: its run is over, and it may rest on guards that ran out."""
    kept = book()
    epoch = kept.acquire(Acquire(**RUN, scenario="declaration", reason="why"), 1.0).epoch
    known: dict[str, Any] = {"old": "seoul", "new": "busan", "services": ["s"]}
    kept.record(
        Action(**RUN, epoch=epoch, what="promote", target="s.d", stage="intent", at=1.0, **known), 1.0
    )
    kept.release(Release(**RUN), 2.0)
    assert kept.half_done is not None
    assert enrol(kept.state, ask("a"), 5.0) == 0
