"""The rules of an Estate, by the microsecond: one exclusive holder, epochs, guests, obligations (laws 5, 8, 10)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from activities.models.estate import (
    Acquire,
    Action,
    Clear,
    ClosedRun,
    Entrance,
    Oblige,
    Owed,
    Registration,
    Release,
    RunRef,
    SetActive,
)
from workflows.estate.book import EstateBook
from workflows.estate.departures import Departures
from workflows.estate.state import EstateState
from workflows.run.fenced import why_only_failback

FENCE = Owed(id="fence/seoul", kind="fence", target="seoul")


def run(name: str) -> dict[str, str]:
    """`name` is "workflow/first-run": two runs of one id have the same beginning."""
    return {"estate": "e", "workflow_id": name.split("/")[0], "first_run_id": name}


def ask(name: str, scenario: str = "ipl", **more: Any) -> Acquire:
    return Acquire(**run(name), scenario=scenario, reason=f"why {name}", **more)


def entrance(name: str, scenario: str = "batch") -> Entrance:
    return Entrance(**run(name), scenario=scenario, reason=f"why {name}")


def intent(name: str, epoch: int, what: str = "promote", stage: str = "intent") -> Action:
    return Action(
        **run(name),
        epoch=epoch,
        what=what,
        target="s.ledger, s.stock",
        stage=stage,
        at=1.0,
        old="seoul",
        new="busan",
        services=["s"],
    )


def closed(name: str, how: str = "terminated") -> ClosedRun:
    return ClosedRun(workflow_id=name.split("/")[0], first_run_id=name, how=how)


@pytest.fixture
def book() -> EstateBook:
    return EstateBook(EstateState(estate="e", epoch=1, active={"s": "seoul"}))


def granted(book: EstateBook, asked: Acquire) -> int:
    answer = book.acquire(asked, 0.0)
    assert answer.granted, answer.reason
    return answer.epoch


def plan_of(*services: str, home: str = "seoul") -> Registration:
    places: dict[str, list[Any]] = {"seoul": [], "busan": []}
    homes = dict.fromkeys(services, home)
    return Registration(plan_hash="h", plan_data="d", homes=homes, sampling=places)


def test_a_plan_without_a_service_does_not_forget_where_it_lives() -> None:
    """Laws 1, 11: nor does the next one that names it again; what nobody knew begins at no fenced center."""
    book = EstateBook(EstateState(estate="e", epoch=1, active={"s": "busan", "t": "seoul"}))
    granted(book, ask("d/1", "declaration", oblige=[FENCE], what="fence", target="seoul", services=["s"]))
    book.register(plan_of("t"), 0.0)
    assert (book.state.active, book.state.left) == ({"t": "seoul"}, {"s": "busan"})
    lift = intent("d/1", 2, "lift").model_copy(update={"target": "seoul", "services": []})
    assert "s is active at busan" in (book.record(lift, 0.0) or "")
    book.register(plan_of("t", "new"), 0.0)
    assert book.state.active == {"t": "seoul", "new": "busan"}
    assert "new begins at busan: seoul is fenced" in [one.text for one in book.state.remarks]
    book.register(plan_of("s", "t"), 0.0)
    assert (book.state.active, book.state.left) == ({"s": "busan", "t": "seoul"}, {"new": "busan"})


def test_where_a_service_lived_is_kept_over_any_number_of_plans() -> None:
    """Law 11: without a fence too, and until it is named again."""
    book = EstateBook(EstateState(estate="e", epoch=1, active={"s": "busan", "t": "seoul"}))
    for plan in (plan_of("t"), plan_of("t", "new"), plan_of("s", "t")):
        book.register(plan, 0.0)
    assert (book.state.active, book.state.left) == ({"s": "busan", "t": "seoul"}, {"new": "seoul"})


def test_one_holder_and_the_same_answer_twice(book: EstateBook) -> None:
    """Law 10: exclusive; asking again is having what one has."""
    assert granted(book, ask("a/1")) == 2
    assert granted(book, ask("a/1")) == 2
    refused = book.acquire(ask("b/1"), 0.0)
    assert not refused.granted and "held by a" in refused.reason


def test_only_a_declaration_takes_over_from_the_living(book: EstateBook) -> None:
    """Law 10: others hold; whoever was overtaken never gets the lease back and writes nothing more (law 5)."""
    granted(book, ask("ipl/1"))
    held = book.state.lease
    assert not book.acquire(ask("failback/1", "failback", take_over=held), 0.0).granted
    assert not book.acquire(ask("declaration/1", "declaration"), 0.0).granted
    epoch = granted(book, ask("declaration/1", "declaration", take_over=held, oblige=[FENCE]))
    assert epoch == 3
    assert not book.acquire(ask("ipl/1", over=book.state.lease), 0.0).granted
    assert book.record(intent("ipl/1", 2), 0.0)
    assert book.set_active(SetActive(**run("ipl/1"), epoch=2, services=["s"], center="busan"), 0.0)
    assert book.oblige(Oblige(**run("ipl/1"), epoch=2, obligations=[FENCE]), 0.0)
    assert book.clear(Clear(**run("ipl/1"), epoch=2, id="fence/seoul", proof="it says so"), 0.0)
    assert not book.release(Release(**run("ipl/1")), 0.0)
    assert (book.state.active, book.state.lease and book.state.lease.epoch) == ({"s": "seoul"}, 3)
    assert [one.text for one in book.state.remarks if "although it lives" in one.text]


def test_guests_are_not_let_in_once_a_declaration_is_announced(book: EstateBook) -> None:
    """Law 10: from the announcement to the end of the lease; the ones that are there stay until they are stopped."""
    assert book.join(entrance("batch/1"), 0.0) is None
    book.announce(entrance("declaration/1", "declaration"), 0.0)
    assert "is announced" in (book.join(entrance("drill/1"), 0.0) or "")
    assert book.join(entrance("batch/1"), 0.0) is None  # it is one already
    answer = book.acquire(ask("declaration/1", "declaration"), 0.0)
    assert [guest.workflow_id for guest in answer.guests] == ["batch"]
    assert "holds the estate" in (book.join(entrance("drill/1"), 0.0) or "")
    book.release(Release(**run("declaration/1")), 0.0)
    assert book.join(entrance("drill/1"), 0.0) is None


def test_an_announcement_keeps_other_scenarios_out(book: EstateBook) -> None:
    """Law 10: what the approvers were shown as the holder to be stopped is the one that is there."""
    book.announce(entrance("declaration/1", "declaration"), 0.0)
    assert "is announced" in book.acquire(ask("ipl/1"), 0.0).reason
    book.release(Release(**run("declaration/1")), 0.0)
    granted(book, ask("ipl/1"))


def test_a_half_done_promotion_lets_only_a_declaration_on(book: EstateBook) -> None:
    """Laws 8, 10: from the intent on there is only forward, until a run has brought it to its end."""
    epoch = granted(book, ask("declaration/1", "declaration", oblige=[FENCE]))
    book.record(intent("declaration/1", epoch), 0.0)
    Departures(book).close(closed("declaration/1"), 0.0)
    granted(book, ask("cleanup/1", "cleanup", over=book.state.lease, oblige=[FENCE]))
    book.release(Release(**run("cleanup/1")), 0.0)
    assert "only a new declaration" in book.acquire(ask("ipl/1"), 0.0).reason
    assert "begun to promote" in (book.join(entrance("batch/1"), 0.0) or "")
    granted(book, ask("declaration/2", "declaration", oblige=[FENCE], what="fence", services=["s"]))
    book.release(Release(**run("declaration/2"), finished=True), 0.0)
    assert book.half_done is None
    granted(book, ask("ipl/1"))
    assert [one.id for one in book.state.obligations] == ["fence/seoul"]


def test_a_stand_down_of_the_taker_leaves_it_half_done(book: EstateBook) -> None:
    """Law 8: only a good end ends a promotion that was begun."""
    epoch = granted(book, ask("declaration/1", "declaration"))
    book.record(intent("declaration/1", epoch), 0.0)
    granted(book, ask("declaration/2", "declaration"))
    book.release(Release(**run("declaration/2")), 0.0)
    assert book.half_done is not None and book.half_done.labels == ["s.ledger", "s.stock"]


def test_the_end_of_a_run_the_other_way_ends_nothing_else(book: EstateBook) -> None:
    """Laws 1, 8: what was begun to be promoted at busan may take writes there, whatever else was moved to seoul since.

    That of the later run was heard by nobody, or was: either way it ends its own alone.
    """
    epoch = granted(book, ask("declaration/1", "declaration", oblige=[FENCE]))
    book.record(intent("declaration/1", epoch), 0.0)
    for again, heard in (("declaration/2", False), ("declaration/3", True)):
        way = {"old": "busan", "new": "seoul", "services": ["n"]}
        back = granted(book, ask(again, "declaration", what="fence", target="busan", **way))
        if heard:
            book.record(intent(again, back).model_copy(update={"target": "n.stock", **way}), 0.0)
            assert "n.stock" in (why_only_failback(book.state, "busan") or "")
        assert "s.ledger" in (why_only_failback(book.state, "seoul") or "")
        book.release(Release(**run(again), finished=True), 0.0)
        assert book.half_done is not None and book.half_done.services == ["s"]
    granted(book, ask("declaration/4", "declaration", what="fence", target="seoul", services=["s", "t"]))
    book.release(Release(**run("declaration/4"), finished=True), 0.0)
    assert book.half_done is None


def test_a_result_whose_intent_nobody_heard_is_half_done_too(book: EstateBook) -> None:
    """Laws 1 and 10: a promotion that was done was begun, whichever of its two words reached the Estate."""
    epoch = granted(book, ask("declaration/1", "declaration"))
    book.record(intent("declaration/1", epoch).model_copy(update={"stage": "done"}), 0.0)
    assert book.half_done is not None and book.half_done.labels == ["s.ledger", "s.stock"]


def test_a_center_stays_closed_once_the_other_side_was_promoted(book: EstateBook) -> None:
    """Law 1: a run that does not know of the promotion any more may not lift its fence; a failback is another thing."""
    epoch = granted(book, ask("declaration/1", "declaration"))
    lift = intent("declaration/1", epoch, "lift").model_copy(update={"target": "seoul"})
    assert book.record(lift, 0.0) is None
    book.record(intent("declaration/1", epoch), 0.0)
    assert "had begun to promote" in (book.record(lift, 0.0) or "")
    change = SetActive(**run("declaration/1"), epoch=epoch, services=["s"], center="busan")
    assert book.set_active(change, 0.0) is None
    book.release(Release(**run("declaration/1"), finished=True), 0.0)
    lift = lift.model_copy(update={"epoch": granted(book, ask("declaration/1", "declaration"))})
    assert "s is active at busan" in (book.record(lift, 0.0) or "")
    assert book.record(lift.model_copy(update={"old": "busan", "new": "seoul"}), 0.0) is None


def test_a_run_that_gave_its_lease_back_writes_nothing(book: EstateBook) -> None:
    """Laws 5, 8, 10: reset to before its end it holds nothing and owes nothing, though no other raised the epoch."""
    epoch = granted(book, ask("declaration/1", "declaration", oblige=[FENCE], what="fence", target="seoul"))
    assert book.record(intent("declaration/1", epoch, "fence", "done"), 0.0) is None
    book.release(Release(**run("declaration/1")), 0.0)
    for action in (intent("declaration/1", epoch, "fence", "done"), intent("declaration/1", epoch)):
        assert "does not hold the lease" in (book.record(action, 0.0) or "")
    assert book.oblige(Oblige(**run("declaration/1"), epoch=epoch, obligations=[FENCE]), 0.0)
    epoch = granted(book, ask("declaration/1", "declaration", oblige=[FENCE]))
    assert book.record(intent("declaration/1", epoch), 0.0) is None


def test_a_run_that_changed_nothing_owes_nothing(book: EstateBook) -> None:
    """Law 8: what was registered with a grant whose answer was lost goes; what it replaced stands again."""
    granted(book, ask("declaration/1", "declaration", oblige=[FENCE]))
    book.release(Release(**run("declaration/1")), 0.0)
    for again in range(2):  # the same obligation asked for twice replaces nothing of another's
        granted(book, ask("declaration/2", "declaration", oblige=[FENCE]))
        assert [one.workflow_id for one in book.state.obligations] == ["declaration"], again
        assert book.state.obligations[0].first_run_id == "declaration/2"
    book.oblige(Oblige(**run("declaration/2"), epoch=book.state.epoch, obligations=[FENCE]), 0.0)
    book.release(Release(**run("declaration/2"), untouched=True), 0.0)
    assert [one.first_run_id for one in book.state.obligations] == ["declaration/1"]
    granted(book, ask("declaration/3", "declaration", oblige=[FENCE]))
    book.release(Release(**run("declaration/3")), 0.0)
    book.release(Release(**run("declaration/1"), untouched=True), 0.0)
    assert [one.first_run_id for one in book.state.obligations] == ["declaration/3"]


def test_what_an_untouched_taker_took_over_is_undone_again(book: EstateBook) -> None:
    """Law 8: the closed run owes its fence again, so a cleanup is due again; its lease keeps others out till then."""
    granted(book, ask("declaration/1", "declaration", oblige=[FENCE], started_by="kim"))
    departures = Departures(book)
    departures.close(closed("declaration/1"), 0.0)
    [before] = departures.due()
    for untouched in (True, False):
        granted(book, ask("declaration/2", "declaration", oblige=[FENCE]))
        assert departures.due() == []
        book.release(Release(**run("declaration/2"), untouched=untouched), 0.0)
        assert departures.due() == ([before] if untouched else [])
        held = book.state.lease
        assert (held.started_by if held else None) == ("kim" if untouched else None)
    assert book.state.obligations[0].first_run_id == "declaration/2"


def test_no_obligation_goes_without_a_proof(book: EstateBook) -> None:
    """Law 8: registered before, cleared after; an empty word is no proof."""
    epoch = granted(book, ask("a/1", oblige=[FENCE]))
    assert book.clear(Clear(**run("a/1"), epoch=epoch, id=FENCE.id, proof=" "), 0.0)
    assert book.state.obligations
    assert book.clear(Clear(**run("a/1"), epoch=epoch, id=FENCE.id, proof="the device says so"), 0.0) is None
    assert book.state.obligations == []


def test_the_same_result_twice_is_once(book: EstateBook) -> None:
    """An update that is asked again after the Estate has continued as new changes nothing."""
    epoch = granted(book, ask("a/1"))
    for _ in range(2):
        assert book.record(intent("a/1", epoch), 0.0) is None
    assert len(book.state.actions) == 1


def test_who_closed_without_owing_is_dropped(book: EstateBook) -> None:
    """Law 8: a lease, a guest's place, an announcement of a closed run are nobody's."""
    granted(book, ask("a/1"))
    book.join(entrance("batch/1"), 0.0)
    book.announce(entrance("declaration/1", "declaration"), 0.0)
    departures = Departures(book)
    assert [one.workflow_id for one in departures.watched()] == ["a", "batch", "declaration"]
    for name in ("a/1", "batch/1", "declaration/1"):
        departures.close(closed(name), 0.0)
    state = book.state
    assert (state.lease, state.guests, state.announcements, departures.due()) == (None, [], [], [])


def test_what_a_closed_run_owes_is_somebodys_until_it_is_undone(book: EstateBook) -> None:
    """Law 8: the lease stays, one cleanup is due; others are refused meanwhile, a declaration is not."""
    granted(book, ask("declaration/1", "declaration", oblige=[FENCE]))
    departures = Departures(book)
    departures.close(closed("declaration/1"), 0.0)
    departures.close(closed("declaration/1"), 0.0)
    assert len(departures.due()) == 1
    assert "being undone" in book.acquire(ask("ipl/1", over=book.state.lease), 0.0).reason
    departures.due()[0].cleanup = RunRef(workflow_id="cleanup", first_run_id="cleanup/1")
    assert [one.workflow_id for one in departures.watched()] == ["cleanup"]
    departures.close(closed("cleanup/1"), 0.0)
    assert len(departures.due()) == 1  # it ended without taking over
    book.announce(entrance("declaration/2", "declaration"), 0.0)
    assert departures.due() == []  # a declaration that is announced will see to it
    granted(book, ask("declaration/2", "declaration", over=book.state.lease, oblige=[FENCE]))
    assert book.state.departed == []


def test_a_guests_cleanup_needs_no_lease(book: EstateBook) -> None:
    """Law 8: the clone of a drill that was terminated is cleared beside whoever holds the lease."""
    book.join(entrance("drill/1"), 0.0)
    clone = Owed(id="clone/s.ledger", kind="clone", target="s.ledger")
    assert book.oblige(Oblige(**run("drill/1"), epoch=0, obligations=[clone]), 0.0) is None
    departures = Departures(book)
    departures.close(closed("drill/1"), 0.0)
    assert len(departures.due()) == 1
    epoch = granted(book, ask("ipl/1"))
    assert book.clear(Clear(**run("cleanup/1"), epoch=epoch, id=clone.id, proof="dropped"), 0.0) is None
    departures.settle()
    assert (book.state.guests, departures.due()) == ([], [])


RUNS = st.sampled_from(["ipl/1", "failback/1", "declaration/1", "declaration/2", "batch/1", "cleanup/1"])
SCENARIOS = {"ipl", "failback", "declaration", "batch", "cleanup"}


class AnyOrder(RuleBasedStateMachine):
    """Whatever is asked by whom and in which order, the rules hold."""

    @initialize()
    def begin(self) -> None:
        self.book = EstateBook(EstateState(estate="e", epoch=1))
        self.departures = Departures(self.book)
        self.highest = 1
        self.owed: set[str] = set()
        self.guests: set[str] = set()
        self.closed: set[str] = set()

    @property
    def holder(self) -> str:
        return self.book.state.lease.first_run_id if self.book.state.lease else ""

    @rule(name=RUNS, way=st.sampled_from(["ask", "over", "take_over"]), owes=st.booleans())
    def acquire(self, name: str, way: str, owes: bool) -> None:
        scenario, before = name.split("/")[0], self.book.state.lease
        over = {} if way == "ask" or before is None else {way: before}
        if way == "over" and self.holder not in self.closed:
            over = {}
        answer = self.book.acquire(ask(name, scenario, oblige=[FENCE] if owes else [], **over), 0.0)
        if not answer.granted:
            return
        if before is None or before.first_run_id != name:
            assert answer.epoch > self.highest
            living = before is not None and before.first_run_id not in self.closed
            if before is not None and living and before.workflow_id != scenario:
                assert scenario == "declaration"
            self.owed |= {FENCE.id} if owes else set()
        self.highest = max(self.highest, answer.epoch)

    @rule(name=RUNS)
    def announce(self, name: str) -> None:
        self.book.announce(entrance(name), 0.0)

    @rule(name=RUNS)
    def join(self, name: str) -> None:
        was = {guest.first_run_id for guest in self.book.state.guests}
        announced = bool(self.book.state.announcements)
        if self.book.join(entrance(name), 0.0) is None and announced:
            assert name in was

    @rule(name=RUNS, finished=st.booleans())
    def release(self, name: str, finished: bool) -> None:
        was = self.holder
        assert self.book.release(Release(**run(name), finished=finished), 0.0) is (was == name)

    @rule(name=RUNS, epoch=st.integers(0, 8))
    def promote(self, name: str, epoch: int) -> None:
        self.book.record(intent(name, epoch), 0.0)

    @rule(name=RUNS, epoch=st.integers(0, 8), proof=st.sampled_from(["", "seen"]))
    def clear(self, name: str, epoch: int, proof: str) -> None:
        if self.book.clear(Clear(**run(name), epoch=epoch, id=FENCE.id, proof=proof), 0.0) is None:
            assert proof
            self.owed.discard(FENCE.id)

    @rule(name=RUNS, epoch=st.integers(0, 8))
    def set_active(self, name: str, epoch: int) -> None:
        change = SetActive(**run(name), epoch=epoch, services=["s"], center="busan")
        if self.book.set_active(change, 0.0) is None:
            assert self.holder == name

    @precondition(lambda self: self.departures.watched())
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.departures.watched()))
        self.closed.add(one.first_run_id)
        self.departures.close(closed(one.first_run_id), 0.0)
        self.departures.settle()

    @invariant()
    def holds(self) -> None:
        state = self.book.state
        assert state.epoch >= self.highest
        assert {one.id for one in state.obligations} == self.owed
        if state.lease:
            assert state.lease.epoch <= state.epoch
        assert len({one.first_run_id for one in state.guests}) == len(state.guests)
        assert len({one.run.first_run_id for one in state.departed}) == len(state.departed)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
