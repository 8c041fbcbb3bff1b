"""Orders that carry codes, as a table: what is not even tried, what is wrong, what is followed (laws 6, 9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activities.models.codes import CodeVerdict
from tests.workflows.test_run import a_run, last
from workflows.run.claims import Pause, PendingOrder
from workflows.run.holds import Hold, Ordered
from workflows.run.messages import RetryOrder, RunOrder, StepOrder
from workflows.run.order_proofs import OrderProofs
from workflows.run.proofs import BATCH, STOP_S, TRIES, Proofs
from workflows.run.run import Run, Stretch
from workflows.run.steering import Steering

CODE = "314159"
AT = 130.0


def step(by: str, code: str | None) -> StepOrder:
    return StepOrder(by=by, step="x", reason="because", code=code)


def whole(by: str, code: str | None) -> RunOrder:
    return RunOrder(by=by, reason="because", code=code)


VERBS: dict[str, Callable[[Steering, str, str | None], str | None]] = {
    "retry": lambda s, by, code: s.retry(step(by, code), AT),
    "changed": lambda s, by, code: s.retry(
        RetryOrder(by=by, step="x", reason="because", command="new", code=code), AT
    ),
    "skip": lambda s, by, code: s.settle(Ordered.SKIP, step(by, code), AT),
    "force": lambda s, by, code: s.settle(Ordered.FORCE, step(by, code), AT),
    "confirm": lambda s, by, code: s.settle(Ordered.CONFIRM, step(by, code), AT),
    "override": lambda s, by, code: s.override(step(by, code), AT),
    "abort": lambda s, by, code: s.abort(whole(by, code), AT),
    "hold": lambda s, by, code: s.hold(whole(by, code), AT),
    "resume": lambda s, by, code: s.resume(whole(by, code), AT),
}
UNTRIED = {
    # by, code -> says
    "no code": ("kim", None, "orders carry a one-time code here"),
    "an empty code": ("kim", "", "orders carry a one-time code here"),
    "letters": ("kim", "YOUR CODE", "not the six digits"),
    "five digits": ("kim", "31415", "not the six digits"),
    "three codes": ("kim", "314159 265358 979323", "not the six digits"),
    "a stranger": ("mallory", CODE, "the plan names no 'mallory'"),
    "another spelling": ("Kim", CODE, "the plan names no 'Kim'"),
    "a person without a secret": ("ops", CODE, "names no secret that makes those of ops"),
    "the starter without a secret": ("sre", CODE, "names no secret that makes those of sre"),
}
WRONG = {
    CodeVerdict.WRONG: "the code is wrong",
    CodeVerdict.BURNT: "was sent before",
    CodeVerdict.UNREADABLE: "has no secret kim-code",
    CodeVerdict.FORGOTTEN: "the Estate began just now",
}


def holding(verb: str) -> Run:
    """A run that would follow this order."""
    run = a_run(no_override="", proofs=Proofs({"kim": "kim-code", "lee": "lee-code"}, for_orders=True))
    run.record.started_by = "sre"
    command = "" if verb == "override" else "old"
    run.holds["x"] = Hold("x", "do x", "it failed", 1.0, safety=verb == "override", command=command)
    run.pause = Pause("lee") if verb == "resume" else None
    return run


def is_followed(run: Run, verb: str) -> bool:
    hold = run.holds["x"]
    resumed = verb == "resume" and not run.paused_by
    paused = verb == "hold" and bool(run.paused_by)
    return bool(hold.order or hold.asked or run.aborted or resumed or paused)


def verdict(run: Run, found: CodeVerdict, at: float = AT + 1, first: int = BATCH) -> None:
    """What a control worker says of the first that wait."""
    batch = run.proofs.batch()[:first]
    for pending, doubt in run.proofs.answered(batch, [found] * len(batch)):
        assert isinstance(pending, PendingOrder)
        OrderProofs(run).proven(pending, doubt, at)


def follow(run: Run, at: float = AT + STOP_S) -> list[str]:
    """What is followed without a verdict by then."""
    return [one.verb for one in OrderProofs(run).follow_stops(at)]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("row", UNTRIED)
def test_what_is_not_even_tried(row: str, verb: str) -> None:
    """Law 6: refused at once, in words; nobody's tries are used up by it."""
    by, code, says = UNTRIED[row]
    run = holding(verb)
    refusal = VERBS[verb](Steering(run), by, code)
    assert refusal is not None and says in refusal and last(run).kind == "refused"
    assert not is_followed(run, verb) and run.proofs.queue == []


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("found", WRONG)
def test_what_is_tried_and_is_not_verified(found: CodeVerdict, verb: str) -> None:
    """Laws 6, 9, 18: the journal says why; only what stops is followed all the same, where nobody can tell."""
    run = holding(verb)
    assert VERBS[verb](Steering(run), "kim", CODE) is None
    assert not is_followed(run, verb) and [one.by for one in run.record.orders_proving] == ["kim"]
    verdict(run, found)
    goes = verb in ("hold", "abort") and found in (CodeVerdict.UNREADABLE, CodeVerdict.FORGOTTEN)
    assert is_followed(run, verb) is goes and run.record.orders_proving == []
    kinds = [entry.kind for entry in run.record.journal]
    assert kinds == (["warning", "order"] if goes else ["refused"])
    assert WRONG[found] in run.record.journal[0].text and run.record.journal[0].by == "kim"
    assert not goes or "(unproven" in last(run).text


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_verified_is_followed(verb: str) -> None:
    """Law 18: and the journal says that its code was verified."""
    run = holding(verb)
    assert VERBS[verb](Steering(run), "kim", CODE) is None
    verdict(run, CodeVerdict.RIGHT)
    assert is_followed(run, verb)
    assert any("(code verified)" in entry.text for entry in run.record.journal)


def test_an_order_is_weighed_again_when_its_code_is_verified() -> None:
    """Law 8: the step may be ordered, or over, by then."""
    run = holding("retry")
    for by in ("kim", "lee"):
        assert VERBS["retry"](Steering(run), by, CODE) is None
    verdict(run, CodeVerdict.RIGHT)
    assert run.holds["x"].order is not None and run.holds["x"].order.by == "kim"
    assert "it is ordered already" in last(run).text


def test_wrong_codes_lock_nobody_out() -> None:
    """A flood in kim's name is alarmed once; kim's pair is verified in its turn, and lee speaks as ever."""
    run = holding("hold")
    for number in range(1000):
        VERBS["hold"](Steering(run), "kim", f"{number:06}")
    assert len(run.proofs.orders) == TRIES and run.proofs.take_alarms() == ["kim"]
    assert "two that follow each other" in (VERBS["hold"](Steering(run), "kim", CODE) or "")
    for number in range(1000):
        assert VERBS["hold"](Steering(run), "kim", f"{number:06} {number + 1:06}") is None
    assert VERBS["hold"](Steering(run), "kim", "314159 271828") is None
    assert VERBS["hold"](Steering(run), "lee", CODE) is None
    run.mirror_orders()
    assert run.record.orders_pairs == ["kim"]
    assert [(one.by, one.verb) for one in run.record.orders_proving] == [("kim", "hold"), ("lee", "hold")]
    while len(run.proofs.orders) > 2:
        verdict(run, CodeVerdict.WRONG, first=min(BATCH, len(run.proofs.orders) - 2))
    verdict(run, CodeVerdict.RIGHT, first=1)
    assert run.paused_by == "kim" and "(code verified)" in last(run).text


@pytest.mark.parametrize("verb", VERBS)
def test_what_goes_on_without_anybody_who_verifies(verb: str) -> None:
    """Law 9: a hold and an abort alone, and not before their time; all else waits as long as it takes."""
    run = holding(verb)
    VERBS[verb](Steering(run), "kim", CODE)
    assert follow(run, AT + STOP_S - 0.1) == []
    followed = follow(run)
    assert is_followed(run, verb) is bool(followed) is (verb in ("hold", "abort"))
    assert follow(run, AT + 2 * STOP_S) == []
    if followed:
        assert "unproven" in last(run).text


def test_a_flood_makes_no_order_unproven() -> None:
    """While verdicts come, an order waits for its own: whoever sends thousands of codes only makes it wait."""
    run = holding("abort")
    VERBS["abort"](Steering(run), "kim", CODE)
    run.proofs.heard_at = AT + STOP_S
    assert follow(run, AT + 2 * STOP_S - 0.1) == []
    assert follow(run, AT + 2 * STOP_S) == ["abort"]


def test_a_hold_that_nobody_proved_ends_unproven_or_with_its_wrong_code() -> None:
    """Laws 8, 9: it is no dead end while nobody verifies; a proven hold is ended by a proven resume alone."""
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    follow(run)
    VERBS["resume"](Steering(run), "lee", CODE)
    follow(run)
    assert run.paused_by == "", "an unproven resume ends it"
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    follow(run)
    verdict(run, CodeVerdict.WRONG)
    assert run.paused_by == "" and "was not right" in last(run).text
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    verdict(run, CodeVerdict.RIGHT)
    VERBS["resume"](Steering(run), "lee", CODE)
    assert follow(run, AT + 9 * STOP_S) == [] and run.paused_by == "kim"


@pytest.mark.parametrize("found", [CodeVerdict.RIGHT, CodeVerdict.UNREADABLE, CodeVerdict.FORGOTTEN])
def test_an_unproven_hold_stays_unless_its_code_is_wrong(found: CodeVerdict) -> None:
    """Laws 9, 18: the journal says what became of its code; only one that was right makes it a proven one."""
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    follow(run)
    verdict(run, found)
    is_right = found is CodeVerdict.RIGHT
    assert run.pause is not None and (run.paused_by, run.pause.is_unproven) == ("kim", not is_right)
    assert (last(run).text == "the code of hold was right") is is_right
    if not is_right:
        VERBS["resume"](Steering(run), "lee", CODE)
        verdict(run, found)
        assert run.paused_by == "", "where nobody can verify it is no dead end (law 8)"


@pytest.mark.parametrize("by", ["kim", "lee"])
@pytest.mark.parametrize("together", [True, False])
def test_a_forged_hold_covers_no_genuine_one(by: str, together: bool) -> None:
    """Laws 8, 9: a hold that comes while an unproven one stands counts in its own right, also of the same name."""
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", "999999")
    assert follow(run) == ["hold"]
    assert VERBS["hold"](Steering(run), by, CODE) is None, "the run is held by nobody for certain"
    assert follow(run, AT + 9 * STOP_S) == [], "it waits: the run is held anyway"
    if together:
        batch = run.proofs.batch()
        found = [CodeVerdict.WRONG, CodeVerdict.RIGHT]
        for pending, doubt in run.proofs.answered(batch, found):
            OrderProofs(run).proven(pending, doubt, AT + 1)  # type: ignore[arg-type]
    else:
        verdict(run, CodeVerdict.WRONG, first=1)
        assert run.paused_by == by, "no step begins between the two"
        verdict(run, CodeVerdict.RIGHT)
    assert run.pause is not None and (run.paused_by, run.pause.is_unproven) == (by, False)
    VERBS["resume"](Steering(run), "lee", "999999")
    assert follow(run, AT + 9 * STOP_S) == [] and run.paused_by == by


def test_a_genuine_hold_that_nobody_can_verify_outlives_a_forged_one() -> None:
    """Law 9: its secret is missing, so it stays unproven, and does not end with the forged one."""
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", "999999")
    follow(run)
    VERBS["hold"](Steering(run), "lee", CODE)
    forged, genuine = run.proofs.answered(run.proofs.batch(), [CodeVerdict.WRONG, CodeVerdict.UNREADABLE])
    for pending, doubt in (genuine, forged):
        OrderProofs(run).proven(pending, doubt, AT + 1)  # type: ignore[arg-type]
    assert run.paused_by == "lee"


def test_a_stop_that_is_being_verified_is_waited_for() -> None:
    """Laws 6, 8: until its verdict, or until it is followed unproven; what comes later does not make it longer."""
    for verb in VERBS:
        run = holding(verb)
        VERBS[verb](Steering(run), "kim", CODE)
        assert OrderProofs(run).stops_since(AT) is (verb in ("hold", "abort")), verb
        assert not OrderProofs(run).stops_since(AT - 1)
        verdict(run, CodeVerdict.WRONG)
        assert not OrderProofs(run).stops_since(AT)
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    follow(run)
    assert run.paused_by == "kim" and not OrderProofs(run).stops_since(AT)
    run = holding("abort")
    VERBS["abort"](Steering(run), "kim", CODE)
    run.stretch = Stretch.FORWARD
    assert not OrderProofs(run).stops_since(AT), "an abort that comes too late stops nothing"


ABOUT_A_STEP = [verb for verb in VERBS if verb not in ("abort", "hold", "resume")]


@pytest.mark.parametrize("verb", [*ABOUT_A_STEP, "resume"])
def test_an_order_acts_on_the_hold_that_it_was_sent_for(verb: str) -> None:
    """Law 8: another failure, or another person's hold, has come in its place: refused in words."""
    run = holding(verb)
    VERBS[verb](Steering(run), "kim", CODE)
    command = run.holds["x"].command
    run.holds["x"] = Hold("x", "do x", "another failure", 1.0, safety=verb == "override", command=command)
    run.pause = Pause("lee") if verb == "resume" else None
    verdict(run, CodeVerdict.RIGHT)
    assert not is_followed(run, verb)
    assert last(run).kind == "refused" and "held anew since this was sent" in last(run).text


def test_without_the_plans_word_a_name_is_enough() -> None:
    """The default: orders carry no code, and one that is sent with them changes nothing."""
    run = holding("hold")
    run.proofs.for_orders = False
    assert VERBS["hold"](Steering(run), "kim", "YOUR CODE") is None
    assert run.paused_by == "kim" and "code" not in last(run).text
