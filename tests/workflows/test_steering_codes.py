"""Orders that carry codes, as a table: what is not even tried, what is wrong, what is followed (laws 6, 9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activities.models.codes import CodeVerdict
from tests.workflows.test_run import a_run, last
from workflows.holds import Hold, Ordered
from workflows.messages import RetryOrder, RunOrder, StepOrder
from workflows.proofs import MOST_PAIRS, STOP_S, TRIES, Proofs
from workflows.run import Run
from workflows.steering import Steering

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
    CodeVerdict.FORGOTTEN: "was lost and rebuilt just now",
}


def holding(verb: str) -> Run:
    """A run that would follow this order."""
    run = a_run(no_override="", proofs=Proofs({"kim": "kim-code", "lee": "lee-code"}, for_orders=True))
    run.record.started_by = "sre"
    command = "" if verb == "override" else "old"
    run.holds["x"] = Hold("x", "do x", "it failed", 1.0, safety=verb == "override", command=command)
    run.paused_by = "lee" if verb == "resume" else ""
    return run


def is_followed(run: Run, verb: str) -> bool:
    hold = run.holds["x"]
    resumed = verb == "resume" and not run.paused_by
    paused = verb == "hold" and bool(run.paused_by)
    return bool(hold.order or hold.asked or run.aborted or resumed or paused)


def verdict(run: Run, found: CodeVerdict, at: float = AT + 1) -> None:
    """What a control worker says of all that waits."""
    proofs = run.proofs
    batch = proofs.batch()
    for pending, reason in proofs.answered(batch, [found] * len(batch)):
        Steering(run).proven(pending, reason, at)  # type: ignore[arg-type]


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
def test_what_is_tried_and_does_not_count(found: CodeVerdict, verb: str) -> None:
    """Laws 6, 18: a wrong, used or unreadable code: nothing is done, and the journal says why."""
    run = holding(verb)
    assert VERBS[verb](Steering(run), "kim", CODE) is None
    assert not is_followed(run, verb) and [one.by for one in run.record.orders_proving] == ["kim"]
    verdict(run, found)
    assert not is_followed(run, verb) and run.record.orders_proving == []
    assert last(run).kind == "refused" and WRONG[found] in last(run).text and last(run).by == "kim"


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
    """A flood in kim's name is bounded and alarmed once; kim orders with a pair, lee as ever."""
    run = holding("hold")
    for number in range(1000):
        run.paused_by = ""
        VERBS["hold"](Steering(run), "kim", f"{number:06}")
    assert len(run.proofs.orders) == TRIES and run.proofs.take_alarms() == ["kim"]
    assert "two that follow each other" in (VERBS["hold"](Steering(run), "kim", CODE) or "")
    assert VERBS["hold"](Steering(run), "kim", "314159 271828") is None
    assert VERBS["hold"](Steering(run), "lee", CODE) is None
    run.mirror_orders()
    assert run.record.orders_pairs == ["kim"]
    for number in range(1000):
        VERBS["hold"](Steering(run), "kim", f"{number:06} {number + 1:06}")
    assert len(run.proofs.orders) == TRIES + 1 + MOST_PAIRS


@pytest.mark.parametrize("verb", VERBS)
def test_what_goes_on_without_anybody_who_verifies(verb: str) -> None:
    """Law 9: a hold and an abort alone, and not before their time; all else waits as long as it takes."""
    run = holding(verb)
    VERBS[verb](Steering(run), "kim", CODE)
    assert Steering(run).follow_stops(AT + STOP_S - 0.1) == []
    followed = Steering(run).follow_stops(AT + STOP_S)
    assert is_followed(run, verb) is bool(followed) is (verb in ("hold", "abort"))
    assert Steering(run).follow_stops(AT + 2 * STOP_S) == []
    if followed:
        assert "unproven" in last(run).text


def test_a_flood_makes_no_order_unproven() -> None:
    """While verdicts come, an order waits for its own: whoever sends thousands of codes only makes it wait."""
    run = holding("abort")
    VERBS["abort"](Steering(run), "kim", CODE)
    run.proofs.heard_at = AT + STOP_S
    assert Steering(run).follow_stops(AT + 2 * STOP_S - 0.1) == []
    assert len(Steering(run).follow_stops(AT + 2 * STOP_S)) == 1


def test_a_hold_that_nobody_proved_ends_unproven_or_with_its_wrong_code() -> None:
    """Laws 8, 9: it is no dead end while nobody verifies; a proven hold is ended by a proven resume alone."""
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    Steering(run).follow_stops(AT + STOP_S)
    VERBS["resume"](Steering(run), "lee", CODE)
    Steering(run).follow_stops(AT + STOP_S)
    assert run.paused_by == "", "an unproven resume ends it"
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    Steering(run).follow_stops(AT + STOP_S)
    verdict(run, CodeVerdict.WRONG)
    assert run.paused_by == "" and "was not right" in last(run).text
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    verdict(run, CodeVerdict.RIGHT)
    VERBS["resume"](Steering(run), "lee", CODE)
    assert Steering(run).follow_stops(AT + 9 * STOP_S) == [] and run.paused_by == "kim"


def test_an_unproven_hold_that_is_proven_later_stays() -> None:
    """Law 18: the journal says that its code was right after all; from then on it is a proven one."""
    run = holding("hold")
    VERBS["hold"](Steering(run), "kim", CODE)
    Steering(run).follow_stops(AT + STOP_S)
    verdict(run, CodeVerdict.RIGHT)
    assert run.paused_by == "kim" and not run.is_paused_unproven
    assert last(run).text == "the code of hold was right"


def test_without_the_plans_word_a_name_is_enough() -> None:
    """The default: orders carry no code, and one that is sent with them changes nothing."""
    run = holding("hold")
    run.proofs.for_orders = False
    assert VERBS["hold"](Steering(run), "kim", "YOUR CODE") is None
    assert run.paused_by == "kim" and "code" not in last(run).text
