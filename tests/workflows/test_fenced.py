"""Whether a center counts as fenced, may be fenced again, and when nobody needs to watch any more: pure rules."""

from __future__ import annotations

from typing import Any

import pytest

from activities.models import Command, FenceOrder, FenceSeen, ProbeResult, Sighting, Target
from activities.models.estate import Action, EstateView, Lease, Obligation
from workflows.run.fenced import (
    Fenced,
    begins_at,
    both_fenced,
    fenced_as,
    is_lifting,
    lifted_by,
    needs_watch,
    what_is_open,
    why_active,
    why_not_again,
    why_only_failback,
    why_over,
    why_unfenced,
    why_unsure,
)
from workflows.run.record import RunRecord
from workflows.run.watch_state import BACK_OFF, NOTICES, TELL_AGAIN, TELL_GUARDED, WINDOW, WatchState

FENCED = Fenced(center="seoul", services=["core"], epoch=4)
AT = Target(estate="bank", center="", host="ctl", address="10.0.0.1", user="u", key="k")


def device(name: str, stops: str) -> FenceOrder:
    act = Command(run="x")
    words = {"center": "seoul", "name": name, "stops": stops, "lives": "third-site", "says": "off"}
    return FenceOrder.model_validate({**words, "at": AT, "run": act, "confirm_at": AT, "confirm": act})


DEVICES = [device("edge", "clients"), device("array", "writers"), device("power", "writers")]


def look(
    fenced: str = "", open_: str = "", silent: str = "", serves: bool = False, blind: bool = False
) -> FenceSeen:
    results = [ProbeResult(url="tcp://db:1", serves=serves, seconds=0.0)]
    return FenceSeen(
        sighting=Sighting(vantage="busan", failure_domain="busan", at=0.0, blind=blind, results=results),
        fenced=fenced.split(),
        open=open_.split(),
        silent=dict.fromkeys(silent.split(), "no answer"),
    )


@pytest.mark.parametrize(
    ("seen", "held", "is_open"),
    [
        (look("edge array power"), "", False),
        (look("edge power", "array"), "", False),  # the one after a good one was never closed
        (look("edge", "array power"), "edge power", True),
        (look("edge", "array power"), "", True),
        (look("array power", "edge"), "", True),
        (look("edge array power", serves=True), "", True),
        (look("edge array power", serves=True, blind=True), "", True),
        (look("", "", "edge array power"), "edge power", False),  # silence is not open
        (look("edge", "array", "power"), "edge power", False),  # the one that held it says nothing
        (look("edge", "power", "array"), "edge power", True),
        (look("edge", "power", "array"), "", False),
    ],
)
def test_what_counts_as_fenced(seen: FenceSeen, held: str, is_open: bool) -> None:
    """Law 1: one writers' fence and every clients' fence hold it, nothing of it serves; silence is neither."""
    assert bool(why_unfenced(DEVICES, seen, held.split())) is is_open


def action(what: str, stage: str, at: float, run: str = "mine", epoch: int = 4) -> Action:
    return Action(
        estate="bank",
        workflow_id=f"bank/{run}",
        first_run_id=run,
        epoch=epoch,
        what=what,
        target="seoul" if what in ("fence", "lift") else "core.ledger",
        stage=stage,
        at=at,
        old="seoul",
        new="busan",
        services=["core"],
    )


FENCE = action("fence", "done", 1.0)
LEASE = Lease(workflow_id="bank/x", first_run_id="x", scenario="declaration", reason="r", since=0.0, epoch=4)
OBLIGED = [
    Obligation(
        id="fence/seoul",
        kind="fence",
        target="seoul",
        workflow_id="bank/mine",
        first_run_id="mine",
        epoch=4,
        since=0.0,
    )
]


def view(at: str, *actions: Action, epoch: int = 4, **more: object) -> EstateView:
    known = {"plan_hash": "h", "active": {"core": at, "other": "seoul"}, "epoch": epoch}
    return EstateView.model_validate({**known, "actions": [FENCE, *actions], **more})


def test_it_may_be_fenced_again_once_its_services_left() -> None:
    """Laws 10, 11: services outside the run that fenced are no reason, for it stopped the whole center."""
    assert why_not_again(view("busan"), FENCED) is None
    assert "core is active at seoul" in (why_not_again(view("seoul"), FENCED) or "")


def test_from_the_intent_to_promote_on_it_stays_closed() -> None:
    """Law 10: a run that was ended before it wrote the new direction left the other side writable, perhaps."""
    promoting = action("promote", "intent", 2.0)
    assert why_not_again(view("seoul", promoting), FENCED) is None
    assert why_over(view("seoul", promoting, epoch=5), FENCED, was_obliged=False) is None
    back = promoting.model_copy(update={"old": "busan", "new": "seoul"})
    assert why_not_again(view("seoul", back), FENCED)
    assert why_not_again(view("seoul", promoting, action("end", "done", 3.0)), FENCED)


HELD = LEASE.model_copy(update={"first_run_id": "mine"})
GONE = [
    {"run": {"workflow_id": "bank/x", "first_run_id": "mine", "how": "terminated"}, "at": 5.0, "tries": 1}
]


def test_nothing_is_fenced_that_is_being_lifted() -> None:
    """Law 8: from the intent on; the newest word by its own time counts, in whatever order it arrived."""
    lifting = action("lift", "intent", 3.0)
    assert "is lifting its fence" in (why_not_again(view("busan", lifting, lease=HELD), FENCED) or "")
    late = action("fence", "done", 2.0)
    assert why_not_again(view("busan", lifting, late, lease=HELD), FENCED)
    anew = action("fence", "intent", 4.0)
    assert why_not_again(view("busan", lifting, anew, lease=HELD), FENCED) is None


def test_a_lift_that_was_given_up_holds_nothing_open() -> None:
    """Laws 1, 8: it said so, or its run no longer holds the lease, or is over and nobody has taken it yet."""
    lifting, failed = action("lift", "intent", 3.0), action("lift", "failed", 4.0)
    assert why_not_again(view("busan", lifting, failed, lease=HELD), FENCED) is None
    assert why_not_again(view("busan", lifting, lease=LEASE), FENCED) is None
    assert why_not_again(view("busan", lifting), FENCED) is None
    assert why_not_again(view("busan", lifting, lease=HELD, departed=GONE), FENCED) is None


@pytest.mark.parametrize(
    ("actions", "more", "needs"),
    [
        ([], {}, False),
        ([], {"obligations": OBLIGED}, True),
        ([("lift", "intent")], {"obligations": OBLIGED, "lease": HELD}, False),
        ([("lift", "intent")], {"obligations": OBLIGED, "lease": LEASE}, True),
        ([("lift", "intent")], {"obligations": OBLIGED}, True),
        ([("lift", "intent")], {"obligations": OBLIGED, "lease": HELD, "departed": GONE}, True),
        ([("lift", "failed")], {"obligations": OBLIGED, "lease": HELD}, True),
        ([("lift", "done")], {"obligations": OBLIGED}, False),
    ],
)
def test_while_its_fence_stands_somebody_must_watch(
    actions: list[tuple[str, str]], more: dict[str, Any], needs: bool
) -> None:
    """Laws 1, 8: but for a run that opens it just now, or has opened it."""
    done = [action(what, stage, 3.0) for what, stage in actions]
    assert needs_watch(view("busan", *done, **more), "seoul") is needs


def test_what_a_former_self_lifted_is_known_from_its_own_words() -> None:
    """Laws 1, 8: a result that is reported once more makes no fence; an obligation, or an intent since, does."""
    lifted, again = action("lift", "done", 3.0), action("fence", "done", 4.0)
    assert lifted_by(view("seoul", lifted, again), "seoul") == "bank/mine"
    assert lifted_by(view("seoul", lifted, again, obligations=OBLIGED), "seoul") is None
    assert lifted_by(view("seoul", lifted, action("fence", "intent", 3.5), again), "seoul") is None
    assert lifted_by(view("seoul", action("lift", "intent", 3.0)), "seoul") is None
    lifting = view("seoul", action("lift", "intent", 3.0), lease=HELD)
    assert is_lifting(lifting, "seoul", "mine") and not is_lifting(lifting, "seoul", "other")
    assert not is_lifting(view("seoul", lifted, lease=HELD), "seoul", "mine")


def test_only_a_failback_opens_what_was_overtaken() -> None:
    """Laws 1, 11: services that were fenced there and live elsewhere by now, or a promotion that was begun."""
    assert why_only_failback(view("seoul"), "seoul") is None
    assert why_only_failback(view("busan"), "seoul") == "core is active at busan by now"
    assert "had begun to promote" in (
        why_only_failback(view("seoul", action("promote", "intent", 2.0)), "seoul") or ""
    )
    unknown = view("seoul").model_copy(update={"actions": [], "active": {"core": "seoul", "other": "busan"}})
    assert why_only_failback(unknown, "seoul") == "other is active at busan by now"


@pytest.mark.parametrize(
    ("left", "why"),
    [
        ({"core": "busan"}, "core is active at busan by now"),
        ({"core": "seoul"}, None),
        ({}, "nobody knows where core lives by now: the plan of the estate does not name it"),
    ],
)
def test_a_service_that_the_plan_no_longer_names_is_not_forgotten(
    left: dict[str, str], why: str | None
) -> None:
    """Laws 1, 2: it lives where it lived last; of one that was fenced and is known nowhere, nobody may say so."""
    known = view("seoul").model_copy(update={"active": {"other": "seoul"}, "left": left})
    assert why_only_failback(known, "seoul") == why
    rebuilt = known.model_copy(update={"actions": []})
    assert why_only_failback(rebuilt, "seoul") == (why if left else None)


def test_a_new_service_begins_at_no_fenced_center() -> None:
    """Law 1: while another one is open."""
    busan = [one.model_copy(update={"id": "fence/busan", "target": "busan"}) for one in OBLIGED]
    assert begins_at(view("busan"), "seoul", ["seoul", "busan"]) == "seoul"
    assert begins_at(view("busan", obligations=OBLIGED), "seoul", ["seoul", "busan"]) == "busan"
    assert begins_at(view("busan", obligations=[*OBLIGED, *busan]), "seoul", ["seoul", "busan"]) == "seoul"


def test_what_a_rebuilt_estate_learned_later_was_never_fenced() -> None:
    """Law 8: a service that began at the other center, because this one is closed, keeps nobody from opening it."""
    owed = [OBLIGED[0].model_copy(update={"services": ["core", "other"]})]
    active = {"core": "seoul", "other": "seoul", "new": "busan"}
    rebuilt = view("seoul", obligations=owed).model_copy(update={"actions": [], "active": active})
    assert why_only_failback(rebuilt, "seoul") is None
    away = rebuilt.model_copy(update={"active": {**active, "core": "busan"}})
    assert why_only_failback(away, "seoul") == "core is active at busan by now"
    assert why_only_failback(rebuilt.model_copy(update={"obligations": OBLIGED}), "seoul")


def test_what_stayed_behind_opens_nothing() -> None:
    """Laws 1, 11: while one service that was fenced lives elsewhere, only a failback opens the center."""
    both = both_fenced(FENCED, Fenced(center="seoul", services=["other"], epoch=5))
    assert both == Fenced(center="seoul", services=["core", "other"], epoch=5)
    mixed = view("busan", obligations=OBLIGED)
    assert why_only_failback(mixed, "seoul", both.services)
    for fenced in (both, Fenced(center="seoul", services=["other"], epoch=5)):
        assert why_active(mixed, fenced) is None
    assert why_active(mixed.model_copy(update={"actions": []}), both) is None
    back = view("seoul", obligations=OBLIGED)
    assert "core, other is active at seoul" in (why_active(back, both) or "")


@pytest.mark.parametrize(
    ("epoch", "guards", "left"), [(5, [], ["core.db"]), (4, [], []), (5, ["other.db"], ["other.db"])]
)
def test_a_fence_that_is_only_begun_takes_no_guards_away(
    epoch: int, guards: list[str], left: list[str]
) -> None:
    """Laws 1, 18: that guards alone hold a center stays known until the run that fences it says what does."""
    before = FENCED.model_copy(update={"epoch": 4, "guards": ["core.db"]})
    later = Fenced(center="seoul", services=["core"], epoch=epoch, guards=guards)
    assert both_fenced(before, later).guards == left


def test_an_estate_that_knows_no_fence_moved_nothing() -> None:
    """Law 11: rebuilt, and nothing owed: what lives elsewhere by its record has nothing to do with this fence."""
    rebuilt = view("seoul").model_copy(update={"actions": [], "active": {"core": "seoul", "other": "busan"}})
    assert "core is active at seoul" in (why_active(rebuilt, FENCED) or "")
    assert why_active(rebuilt.model_copy(update={"obligations": OBLIGED}), FENCED) is None
    assert why_active(view("seoul"), both_fenced(FENCED, Fenced(center="seoul", services=["ghost"], epoch=5)))


def test_what_was_fenced_is_known_from_the_newest_fence() -> None:
    """Law 11: for a watch that the Estate begins; without any record, what is active elsewhere left that center."""
    anew = action("fence", "intent", 5.0, epoch=7).model_copy(update={"services": ["core", "other"]})
    assert fenced_as(view("busan", anew), OBLIGED[0]) == Fenced(
        center="seoul", services=["core", "other"], epoch=7
    )
    later = action("fence", "intent", 6.0, epoch=8).model_copy(update={"services": ["other"]})
    assert fenced_as(view("busan", later), OBLIGED[0]).services == ["core", "other"], "what was moved first"
    done = later.model_copy(update={"stage": "done", "at": 7.0, "guards": ["core.ledger"]})
    assert fenced_as(view("busan", later, done), OBLIGED[0]).guards == ["core.ledger"]
    bare = view("busan").model_copy(update={"actions": []})
    assert fenced_as(bare, OBLIGED[0]).services == ["core"]


def test_several_are_told_as_several() -> None:
    """What people read at night must be read once."""
    both = look("array", "edge", serves=True)
    results = [ProbeResult(url=f"tcp://db:{n}", serves=True, seconds=0.0) for n in (1, 2)]
    two = both.model_copy(update={"sighting": both.sighting.model_copy(update={"results": results})})
    assert why_unfenced(DEVICES, both, []) == "tcp://db:1 serves, seen from busan"
    assert why_unfenced(DEVICES, two, []) == "tcp://db:1, tcp://db:2 serve, seen from busan"
    assert why_unfenced(DEVICES, look("array", "edge"), []) == "edge no longer holds it"
    assert why_unfenced(DEVICES, look("", "edge array power"), []) == "edge, array, power no longer hold it"


def test_when_nobody_needs_to_watch() -> None:
    """Law 8: lifted, cleared, or active and owed by nobody; an Estate that was rebuilt has cleared nothing."""
    assert why_over(view("busan"), FENCED, was_obliged=False) is None
    assert why_over(view("busan", obligations=OBLIGED), FENCED, was_obliged=True) is None
    assert why_over(view("busan"), FENCED, was_obliged=True) == "the obligation was cleared"
    assert why_over(view("busan", action("lift", "done", 3.0)), FENCED, was_obliged=False)
    assert why_over(view("seoul", lease=LEASE), FENCED, was_obliged=False) is None
    assert "no run goes on there" in (why_over(view("seoul"), FENCED, was_obliged=False) or "")
    assert why_over(view("seoul", obligations=OBLIGED), FENCED, was_obliged=True) is None
    rebuilt = view("busan", epoch=5).model_copy(update={"actions": []})
    assert why_over(rebuilt, FENCED, was_obliged=True) is None


def test_an_estate_that_knows_no_service_is_no_permission() -> None:
    """Law 2: unknown is not success."""
    assert why_unsure(view("busan"), FENCED) is None
    assert why_unsure(view("busan").model_copy(update={"active": {}}), FENCED)


def state() -> WatchState:
    words = {"scenario": "fence-watch", "estate": "bank", "workflow_id": "w", "run_id": "r", "plan_hash": "h"}
    more = {"started_by": "sre", "reason": "r", "started_at": 0.0}
    return WatchState(record=RunRecord.model_validate({**words, **more}))


def test_a_finding_is_tried_again_ever_more_seldom_and_told_once() -> None:
    """A device that refuses for hours is neither flooded nor forgotten."""
    kept = state()
    assert kept.found(10.0) and not kept.found(15.0)
    assert (kept.patience, kept.tries) == (BACK_OFF[1], 2)
    assert kept.must_tell(15.0) and not kept.must_tell(20.0) and kept.must_tell(16.0 + TELL_AGAIN)
    assert kept.closed(40.0) == 30.0 and kept.closed(41.0) is None
    assert kept.found(50.0) and kept.patience == BACK_OFF[0]
    for _ in range(20):
        kept.found(60.0)
    assert kept.patience == BACK_OFF[-1]


def test_what_guards_alone_hold_is_told_when_more_of_it_opens_and_once_a_day() -> None:
    """Law 18: what lost its database answers now and then for weeks; a database that answers is news at once."""
    kept = state()
    app, data = look(serves=True), look("", "edge", "power")
    assert what_is_open([app, data]) == {"serves tcp://db:1", "open edge"}
    for at in (10.0, 20.0, 4000.0):
        kept.found(at)
        assert kept.must_tell_guarded(at, what_is_open([app])) is (at == 10.0)
        kept.closed(at + 1)
    assert kept.must_tell_guarded(5000.0, what_is_open([app, data]))
    assert not kept.must_tell_guarded(5000.0 + TELL_GUARDED - 1, what_is_open([data]))
    assert kept.must_tell_guarded(5000.0 + TELL_GUARDED, what_is_open([app]))


def test_a_storm_is_counted_not_told() -> None:
    """Law 18: nothing is lost, what is held back is said in the next notice."""
    kept = state()
    assert [kept.may_tell(float(at)) for at in range(NOTICES + 2)] == [True] * NOTICES + [False] * 2
    assert kept.held_back == 2
    assert kept.may_tell(WINDOW + 1)
