"""The ways out of a held step: what is offered is what is accepted, of every kind of step, wherever a run stands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.workflows.test_run import a_run, last
from workflows.run.gates import Gate
from workflows.run.holds import Hold, Order, Ordered
from workflows.run.messages import RetryOrder, RunOrder, StepOrder
from workflows.run.record import Wait
from workflows.run.run import Aborted, Run, Stretch
from workflows.run.steering import Steering
from workflows.run.ways import VERBS, open_ways, send

PARENT = "overrides are asked for at bank/declaration: retry the step"
SCENARIOS = {  # what a run says of overrides
    "declaration": "",
    "declaration, no gate": "the plan has no gate override that could be asked: retry the step",
    "cleanup": "nobody can be asked for it in this run: retry the step",
    "service": PARENT,
}
STRETCHES = ["free", "fenced", "undo", "forward"]
KINDS = {
    "plain": Hold("x", "do x", "it failed", 1.0, False),
    "component": Hold("x", "do x", "it failed", 1.0, False, command="sv start x"),
    "safety": Hold("x", "do x", "it failed", 1.0, True),
    "binding": Hold("x", "do x", "it failed", 1.0, True, binding="nobody knows where"),
}
ALL = list(itertools.product(KINDS, STRETCHES, SCENARIOS, [False, True]))

ORDERS: dict[str, Callable[[Run], str | None]] = {
    "retry": lambda run: Steering(run).retry(RetryOrder(by="ops", step="x", reason="why"), 2.0),
    **{
        verb: lambda run, verb=verb: Steering(run).settle(  # type: ignore[misc]
            verb, StepOrder(by="ops", step="x", reason="why"), 2.0
        )
        for verb in (Ordered.SKIP, Ordered.FORCE, Ordered.CONFIRM)
    },
    "override": lambda run: Steering(run).override(StepOrder(by="ops", step="x", reason="why"), 2.0),
    "abort": lambda run: Steering(run).abort(RunOrder(by="ops", reason="why"), 2.0),
}


def standing(kind: str, stretch: str, scenario: str, asked: bool) -> Run:
    """A run that holds step x."""
    run = a_run(no_override=SCENARIOS[scenario])
    run.stretch = {"free": Stretch.FREE, "forward": Stretch.FORWARD}.get(stretch, Stretch.FENCED)
    if stretch == "undo":
        run.abort(Aborted("lee", "first"))
        run.begin_undo()
    hold = KINDS[kind]
    run.holds["x"] = Hold(
        hold.step, hold.title, hold.reason, 1.0, hold.safety, binding=hold.binding, command=hold.command
    )
    if asked:
        gate = run.gates["override:x"] = Gate("override:x", ("kim", "lee"), 2, "han", "")
        gate.open("shown", 1.5)
    return run


@pytest.mark.parametrize(("kind", "stretch", "scenario", "asked"), ALL)
def test_what_is_offered_is_what_is_accepted(kind: str, stretch: str, scenario: str, asked: bool) -> None:
    """Law 8: every verb, sent to a run that stands there, is taken exactly when it is offered."""
    offered = open_ways(KINDS[kind], standing(kind, stretch, scenario, asked).standing)
    taken = [verb for verb in VERBS if ORDERS[verb](standing(kind, stretch, scenario, asked)) is None]
    assert offered == taken
    assert "retry" in offered, "no dead end"


@pytest.mark.parametrize(("kind", "stretch", "scenario", "asked"), ALL)
def test_a_refusal_names_no_way_that_is_closed(kind: str, stretch: str, scenario: str, asked: bool) -> None:
    """Law 8: the last line of an error sends nobody into the next refusal, and leaves nobody without a way."""
    offered = open_ways(KINDS[kind], standing(kind, stretch, scenario, asked).standing)
    for verb in VERBS:
        run = standing(kind, stretch, scenario, asked)
        refusal = ORDERS[verb](run)
        if refusal is None:
            continue
        said = refusal.partition(f"{verb} x:")[2] or refusal
        assert "muster override" not in said or "override" in offered, refusal
        assert "muster abort" not in said or "abort" in offered, refusal
        assert "skip or force" not in said or {"skip", "force"} <= set(offered), refusal
        assert any(way in said for way in ("retry", "skip", "voices", "undone")), refusal
        assert last(run).kind == "refused"


def test_the_table_by_hand() -> None:
    """Law 8: what the rule must come to, written down once: no skip or force of a safety step, forward is forward."""
    table = {
        ("safety", "fenced", "declaration", False): ["retry", "override", "abort"],
        ("safety", "fenced", "declaration", True): ["retry", "abort"],
        ("safety", "forward", "declaration", False): ["retry", "override"],
        ("safety", "undo", "declaration", False): ["retry", "override"],
        ("safety", "free", "cleanup", False): ["retry", "abort"],
        ("safety", "fenced", "declaration, no gate", False): ["retry", "abort"],
        ("plain", "forward", "declaration", False): ["retry", "confirm", "skip", "force"],
        ("component", "forward", "service", False): ["retry", "confirm", "skip", "force"],
        ("binding", "free", "declaration", False): ["retry", "abort"],
        ("binding", "forward", "declaration", False): ["retry"],
    }
    for (kind, stretch, scenario, asked), expected in table.items():
        run = standing(kind, stretch, scenario, asked)
        assert open_ways(run.holds["x"], run.standing) == expected, (kind, stretch, scenario)


def shown(run: Run) -> Iterator[str]:
    run.mirror_ways()
    return (paste.signal for wait in run.record.waits for paste in wait.send)


def test_what_is_shown_follows_what_is_open() -> None:
    """Law 8: an override that is asked for is offered no more, and again when it was refused; an order ends all."""
    run = standing("safety", "fenced", "declaration", asked=True)
    run.wait(Wait(kind="gate", name="declaration", title="other", since=1.0))
    run.wait(Wait(kind="step", name="x", title="held", since=1.0, send=send(run.holds["x"], run.standing)))
    assert list(shown(run)) == ["retry", "abort"]
    run.gates["override:x"].close("refused")
    assert list(shown(run)) == ["retry", "override", "abort"]
    run.stretch = Stretch.FORWARD
    assert list(shown(run)) == ["retry", "override"]
    run.holds["x"].order = Order(Ordered.RETRY, "ops")
    assert list(shown(run)) == []
    assert [wait.name for wait in run.record.waits] == ["declaration", "x"], "the order of waits stays"
