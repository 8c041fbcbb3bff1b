"""Orders as a table: which of them a held step takes, and what an abort means in each stretch (law 8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.workflows.test_run import a_run, gated, held, last
from workflows.run.claims import Pause
from workflows.run.holds import Hold, Order, Ordered
from workflows.run.messages import RetryOrder, RunOrder, StepOrder
from workflows.run.run import Aborted, Run, Stretch
from workflows.run.steering import Steering

TAKES = {
    "plain": {"retry", "skip", "force", "confirm"},
    "component": {"retry", "skip", "force", "confirm", "changed"},
    "safety": {"retry", "override"},
    "binding": {"retry"},
}
VERBS: dict[str, Callable[[Run, str], str | None]] = {
    "retry": lambda run, why: Steering(run).retry(RetryOrder(by="ops", step="x", reason=why), 1.0),
    "changed": lambda run, why: Steering(run).retry(
        RetryOrder(by="ops", step="x", reason=why, command="new"), 1.0
    ),
    "skip": lambda run, why: Steering(run).settle(
        Ordered.SKIP, StepOrder(by="ops", step="x", reason=why), 1.0
    ),
    "force": lambda run, why: Steering(run).settle(
        Ordered.FORCE, StepOrder(by="ops", step="x", reason=why), 1.0
    ),
    "confirm": lambda run, why: Steering(run).settle(
        Ordered.CONFIRM, StepOrder(by="ops", step="x", reason=why), 1.0
    ),
    "override": lambda run, why: Steering(run).override(StepOrder(by="ops", step="x", reason=why), 1.0),
}


def holding(kind: str) -> Run:
    run = a_run(no_override="")
    run.holds["x"] = Hold(
        "x",
        "do x",
        "it failed",
        1.0,
        safety=kind in ("safety", "binding"),
        binding="nobody knows where" if kind == "binding" else "",
        command="old" if kind == "component" else "",
    )
    return run


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", TAKES)
def test_what_a_held_step_takes(kind: str, verb: str) -> None:
    """Law 8: safety steps neither skip nor force nor by hand; every refusal says a way out; each needs a reason."""
    run = holding(kind)
    refusal = VERBS[verb](run, "because")
    hold = run.holds["x"]
    if verb in TAKES[kind]:
        assert refusal is None and last(run).by == "ops" and "because" in last(run).text
        assert (hold.asked if verb == "override" else hold.order) is not None
    else:
        assert refusal is not None and last(run).kind == "refused"
        assert (hold.order, hold.asked) == (None, None)
        assert "retry" in refusal or "skip or force" in refusal


@pytest.mark.parametrize("verb", ["changed", "skip", "force", "confirm"])
def test_what_deviates_needs_a_reason(verb: str) -> None:
    """Law 18: who and why; a plain retry alone needs none."""
    run = holding("component")
    refusal = VERBS[verb](run, "")
    assert refusal is not None and "needs a reason" in refusal
    assert run.holds["x"].order is None
    assert VERBS["retry"](run, "") is None


def test_a_changed_command_stands_in_the_journal() -> None:
    """Law 18: old and new, by whom and why."""
    run = holding("component")
    VERBS["changed"](run, "renamed")
    assert run.holds["x"].order == Order(Ordered.RETRY, "ops", "renamed", "new")
    assert (last(run).kind, last(run).by, last(run).text) == ("changed", "ops", "x: 'old' → 'new': renamed")


def test_an_override_is_asked_once_and_only_where_it_can_be_granted() -> None:
    """Law 8: the second to ask is told that voices are awaited; a plan that names no two people is told so."""
    run = holding("safety")
    run.gates["override:x"] = gated().gates["declaration"]
    assert "asked for already" in str(VERBS["override"](run, "because"))
    run = holding("safety")
    run.no_override = "the plan has no gate override"
    assert "the plan has no gate override" in str(VERBS["override"](run, "because"))
    assert run.holds["x"].asked is None


ABORTS = [
    # stretch, aborted before, in undo, held in a child -> taken, says
    (Stretch.FREE, False, False, False, True, ""),
    (Stretch.FENCED, False, False, False, True, ""),
    (Stretch.FENCED, True, False, False, False, "aborted it already"),
    (Stretch.FENCED, True, True, False, False, "aborted it already"),
    (Stretch.FORWARD, False, False, False, False, "only forward; let it go on"),
    (Stretch.FORWARD, False, False, True, False, "only forward; retry x"),
]


@pytest.mark.parametrize("by_cancel", [False, True])
@pytest.mark.parametrize(("stretch", "before", "in_undo", "is_held", "taken", "says"), ABORTS)
def test_what_an_abort_means(
    stretch: Stretch, before: bool, in_undo: bool, is_held: bool, taken: bool, says: str, by_cancel: bool
) -> None:
    """Law 8: before the fence and between, an abort; after a promotion only forward; in undo and twice, told so."""
    run = held(a_run(stretch=stretch), "x") if is_held else a_run(stretch=stretch)
    if before:
        run.abort(Aborted("lee", "first"))
    if in_undo:
        run.begin_undo()
    steering = Steering(run)
    order = RunOrder(by="ops", reason="false alarm")
    refusal = steering.cancel(2.0) if by_cancel else steering.abort(order, 2.0)
    assert (refusal is None) is taken
    assert says in (refusal or "")
    if taken:
        assert run.aborted is not None and run.aborted_by in ("ops", "a cancel request in Temporal")
    elif in_undo:
        assert run.aborted is None, "what is being undone meets no second abort"


STEERS: dict[str, Callable[[Steering, str], str | None]] = {
    "hold": lambda steering, by: steering.hold(RunOrder(by=by), 1.0),
    "resume": lambda steering, by: steering.resume(RunOrder(by=by), 1.0),
    "abort": lambda steering, by: steering.abort(RunOrder(by=by, reason="why"), 1.0),
    "retry": lambda steering, by: steering.retry(RetryOrder(by=by, step="x"), 1.0),
    "skip": lambda steering, by: steering.settle(Ordered.SKIP, StepOrder(by=by, step="x", reason="why"), 1.0),
}


@pytest.mark.parametrize("verb", STEERS)
@pytest.mark.parametrize(("by", "may"), [("ops", True), ("han", True), ("Ops", False), ("mallory", False)])
def test_who_may_steer(verb: str, by: str, may: bool) -> None:
    """Law 8: people of the plan and whoever started the run, named there or not; law 18: others are told who may."""
    run = held(a_run(no_override=""), "x")
    run.pause = Pause("lee") if verb == "resume" else None
    refusal = STEERS[verb](Steering(run), by)
    assert (refusal is None) is may, refusal
    assert may or "who may: cho, kim, lee, ops, and han, who started this run" in str(refusal)
