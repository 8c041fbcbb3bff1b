"""A run and its people: what is heard, what is refused and in which words (laws 6, 8, 18)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.models import Outcome
from workflows.run.claims import Pause
from workflows.run.gates import Gate, Verdict
from workflows.run.holds import Hold, Order, Ordered
from workflows.run.messages import Decision, Message, RetryOrder, RunOrder, StepOrder, Voice, read
from workflows.run.record import (
    JOURNAL_REFUSALS,
    KINDS_OF_REFUSALS,
    REFUSALS_OF_A_KIND,
    ChildRecord,
    Entry,
    Refusals,
    RunRecord,
    State,
    StepRecord,
    Wait,
    Why,
)
from workflows.run.run import Aborted, Run, Stretch
from workflows.run.steering import Steering

PEOPLE = frozenset({"kim", "lee", "cho", "ops"})


def record(**changes: Any) -> RunRecord:
    known: dict[str, Any] = {
        "scenario": "declaration",
        "estate": "bank",
        "workflow_id": "bank/declaration",
        "run_id": "run-1",
        "plan_hash": "ab" * 32,
        "started_by": "han",
        "reason": "fire",
        "started_at": 100.0,
    }
    return RunRecord(**known | changes)


def a_run(**changes: Any) -> Run:
    """A run that han started, with no gate open."""
    return Run(record(), PEOPLE, **changes)


def gated(name: str = "declaration", people: tuple[str, ...] = ("kim", "lee", "cho"), quorum: int = 2) -> Run:
    """A run with one gate open, shown as a wait."""
    run = a_run()
    gate = run.gates[name] = Gate(name, people, quorum, "han", "run-1")
    gate.open("shown", at=110.0)
    run.wait(Wait(kind="gate", name=name, title="Approval", people=list(people), quorum=quorum, since=110.0))
    return run


def word(run: Run, name: str = "declaration") -> str:
    opened = run.gates[name].now
    assert opened is not None
    return opened.token


def held(run: Run, *steps: str, safety: bool = False) -> Run:
    for step in steps:
        run.holds[step] = Hold(step, f"do {step}", "it failed", 120.0, safety)
    return run


def last(run: Run) -> Entry:
    return run.record.journal[-1]


# --- gates


def test_a_voice_is_heard_noted_and_shown() -> None:
    """Law 6: a voice counts at its gate; law 18: it stands in the journal with who and why, and on the page."""
    run = gated()
    assert run.hear_voice(Voice(by="kim", token=word(run), reason="confirmed"), yes=True, at=130.0) is None
    assert last(run) == Entry(
        at=130.0, kind="voice", text="approves at gate declaration: confirmed", by="kim"
    )
    assert [voice.by for voice in run.record.rounds[0].voices] == ["kim"]
    assert (run.record.waits[0].yes, run.record.waits[0].no) == (1, 0)
    assert run.hear_voice(Voice(by="lee", token=word(run)), yes=False, at=131.0) is None
    assert last(run).text == "refuses at gate declaration"
    assert (run.record.waits[0].yes, run.record.waits[0].no) == (1, 1)


@pytest.mark.parametrize(
    ("by", "token", "says"),
    [
        ("ops", None, "ops: 'ops' may not speak at gate declaration: it asks kim, lee, cho"),
        ("han", None, "han: han started this run"),
        ("Kim", None, "Kim: 'Kim' may not speak at gate declaration: the plan spells it kim"),
        ("kim", "zzzzzz", "kim: the token is not that of the open round"),
    ],
)
def test_a_refused_voice_stands_in_the_journal(by: str, token: str | None, says: str) -> None:
    """Law 18: each rejected message is in the record with who and why, and counts for nothing."""
    run = gated()
    reason = run.hear_voice(Voice(by=by, token=token or word(run)), yes=True, at=130.0)
    assert reason is not None and reason.startswith(says)
    assert last(run) == Entry(at=130.0, kind="refused", text=reason, by=by)
    assert run.record.refused == 1
    assert run.gates["declaration"].yes == 0


def test_without_a_gate_a_voice_is_told_so() -> None:
    """Law 6: approvals before and after a gate are kept for nothing."""
    run = a_run()
    reason = run.hear_voice(Voice(by="kim", token="abc234"), yes=True, at=130.0)
    assert reason == "kim: no approval is awaited now"


def test_a_yes_is_no_severity() -> None:
    """Law 6: at the severity gate a plain yes counts for nothing, and the words name the right signal."""
    run = gated("severity", ("ops",), 1)
    reason = run.hear_voice(Voice(by="ops", token=word(run, "severity")), yes=True, at=130.0)
    assert reason is not None and 'send signal "decide"' in reason
    assert run.gates["severity"].verdict is Verdict.OPEN


def test_a_severity_decides_nothing_at_another_gate() -> None:
    """Law 6: a severity with the token of the approval is refused and approves nothing."""
    run = gated()
    reason = run.hear_decision(Decision(by="kim", token=word(run), severity="critical"), at=130.0)
    assert reason == "kim: no severity decision is awaited now"
    assert run.gates["declaration"].yes == 0


@pytest.mark.parametrize("severity", ["Critical", "critical ", "yes", "", "CRITICAL"])
def test_a_severity_is_one_of_three_words(severity: str) -> None:
    """Law 6: what is no severity is refused with the words that are."""
    run = gated("severity", ("ops",), 1)
    decision = Decision(by="ops", token=word(run, "severity"), severity=severity)
    reason = run.hear_decision(decision, at=130.0)
    assert reason is not None and "none of critical, major, minor" in reason
    assert run.gates["severity"].severity is None


def test_severities_are_counted_by_what_they_say() -> None:
    """Law 6: two people who decide differently are no quorum; the page shows the most that agree."""
    run = gated("severity", ("kim", "lee", "cho"), 2)
    for by, severity in (("kim", "critical"), ("lee", "major")):
        assert (
            run.hear_decision(Decision(by=by, token=word(run, "severity"), severity=severity), 130.0) is None
        )
    assert run.gates["severity"].verdict is Verdict.OPEN
    assert run.record.waits[0].yes == 1
    assert run.hear_decision(Decision(by="cho", token=word(run, "severity"), severity="major"), 131.0) is None
    assert run.gates["severity"].severity == "major"
    assert last(run).text == "decides major"


def test_a_voice_goes_to_the_gate_whose_token_it_carries() -> None:
    """Law 6: with two gates open, the token says which one is meant."""
    run = gated()
    other = run.gates["override"] = Gate("override", ("kim", "lee"), 2, "han", "run-1")
    other.open("else", at=111.0)
    assert run.hear_voice(Voice(by="kim", token=word(run, "override")), yes=True, at=130.0) is None
    assert (run.gates["declaration"].yes, other.yes) == (0, 1)


# --- floods


def test_a_flood_is_counted_and_not_kept() -> None:
    """Laws 15, 18: refusals stand in the journal up to a bound, all are counted by kind; the run still hears."""
    run = gated()
    for number in range(10_000):
        run.hear_voice(Voice(by=f"bot-{number}", token="zzzzzz"), yes=True, at=130.0 + number)
    assert run.record.refused == 10_000
    assert run.record.kept_refusals == REFUSALS_OF_A_KIND
    [told] = [entry for entry in run.record.journal if entry.kind == "warning"]
    assert "speak to it by muster" in told.text, "the server soon takes no more signals"
    assert run.record.refusals == [
        Refusals(kind="approve", by="", why=Why.STRANGER, count=10_000, first=130.0, last=10_129.0)
    ]
    assert run.hear_voice(Voice(by="kim", token=word(run)), yes=True, at=131.0) is None
    assert last(run).by == "kim"


def test_a_flood_leaves_room_for_what_others_are_refused() -> None:
    """Law 18: after a flood of strangers a refusal of one whom the plan names still stands in the journal."""
    run = gated()
    for number in range(500):
        run.hear_voice(Voice(by=f"bot-{number}", token="zzzzzz"), yes=True, at=130.0)
    run.hear_voice(Voice(by="kim", token="zzzzzz"), yes=True, at=131.0)
    assert (last(run).kind, last(run).by) == ("refused", "kim")


def test_a_flood_of_every_kind_has_a_bound() -> None:
    """Law 15: kinds are bounded too, whatever names are made up; nothing is left out of the count."""
    run = a_run()
    for number in range(1000):
        run.refuse(130.0, f"text {number}", kind=f"kind-{number}")
    assert len(run.record.refusals) <= KINDS_OF_REFUSALS + 1
    assert sum(one.count for one in run.record.refusals) == run.record.refused == 1000
    assert run.record.kept_refusals <= JOURNAL_REFUSALS


def test_the_worst_flood_leaves_a_record_that_can_be_sent() -> None:
    """Law 15: a record travels as one payload of at most 2 MiB, whatever was sent and however much is held."""
    run = held(a_run(), *(f"start-was@host-{number:04}-{'x' * 60}" for number in range(2000)))
    long = "\\" * 199
    for _ in range(JOURNAL_REFUSALS):
        Steering(run).retry(StepOrder(by="k" * 80, step=long, reason="x" * 2000), at=130.0)
        Steering(run).retry(StepOrder(by="kim", step=long, reason="x" * 2000), at=130.0)
    assert len(run.record.model_dump_json()) < 500_000


# --- retry


def test_a_retry_of_a_held_step_is_taken_once() -> None:
    """Law 8: an operator's retry releases the hold; a second one finds it ordered."""
    run = held(a_run(), "promote-ledger", safety=True)
    assert (
        Steering(run).retry(StepOrder(by="ops", step="promote-ledger", reason="disk freed"), at=130.0) is None
    )
    assert run.holds["promote-ledger"].order == Order(Ordered.RETRY, "ops", "disk freed")
    assert last(run) == Entry(at=130.0, kind="order", text="retry promote-ledger: disk freed", by="ops")
    assert Steering(run).retry(StepOrder(by="kim", step="promote-ledger"), at=131.0) == (
        "kim: retry promote-ledger: it is ordered already"
    )


@pytest.mark.parametrize(
    ("steps", "names"), [((), "held now: none"), (("fence", "dns-www-A"), "held now: fence, dns-www-A")]
)
def test_a_retry_of_another_step_names_what_is_held(steps: tuple[str, ...], names: str) -> None:
    """Law 8: no dead end: the refusal names the steps that can be retried."""
    run = held(a_run(), *steps)
    reason = Steering(run).retry(StepOrder(by="ops", step="promote"), at=130.0)
    assert reason == f"ops: retry promote: step 'promote' is not held; {names}"
    assert all(hold.order is None for hold in run.holds.values())


def test_a_step_held_in_a_child_is_named_with_its_run() -> None:
    """Law 8: a child's step is steered at the child; the parent's refusal says where."""
    run = a_run()
    wait = Wait(kind="step", name="start-was@was-1", title="held", since=120.0)
    run.record.child(
        ChildRecord(workflow_id="bank/declaration/core", title="core up", state=State.HELD, waits=[wait])
    )
    reason = Steering(run).retry(StepOrder(by="ops", step="start-was@was-1"), at=130.0)
    assert reason is not None and "held now: start-was@was-1 (of bank/declaration/core)" in reason
    assert run.state_now() is State.HELD


# --- abort, hold, resume


@pytest.mark.parametrize("stretch", [Stretch.FREE, Stretch.FENCED])
def test_an_abort_before_the_promotion_is_taken(stretch: Stretch) -> None:
    """Law 8: before the promotion a run can be ended; who and why are kept."""
    run = a_run(stretch=stretch)
    assert Steering(run).abort(RunOrder(by="ops", reason="false alarm"), at=130.0) is None
    assert isinstance(run.aborted, Aborted)
    assert str(run.aborted) == "aborted by ops: false alarm"
    assert last(run) == Entry(at=130.0, kind="order", text="abort: false alarm", by="ops")


@pytest.mark.parametrize(
    ("steps", "paused_by", "way"),
    [((), "", "let it go on"), (("dns-www-A",), "", "retry dns-www-A"), ((), "kim", "resume, kim holds it")],
)
def test_after_a_promotion_there_is_only_forward(steps: tuple[str, ...], paused_by: str, way: str) -> None:
    """Law 8: an abort after the promotion is refused, and the refusal says what comes next."""
    run = held(a_run(stretch=Stretch.FORWARD, pause=Pause(paused_by) if paused_by else None), *steps)
    reason = Steering(run).abort(RunOrder(by="ops", reason="changed my mind"), at=130.0)
    assert reason == f"ops: abort: data was promoted: there is only forward; {way}"
    assert run.aborted is None


def test_an_abort_is_taken_once() -> None:
    """Law 8: while the first abort is undone a second one changes nothing, and is told so."""
    run = a_run(stretch=Stretch.FENCED)
    Steering(run).abort(RunOrder(by="ops", reason="false alarm"), at=130.0)
    run.aborted = None  # the run took it up
    assert Steering(run).abort(RunOrder(by="kim", reason="me too"), at=131.0) == (
        "kim: abort: ops aborted it already: it is being undone"
    )
    assert run.aborted is None


def test_an_abort_needs_a_reason() -> None:
    """Law 18: who and why; spaces are no reason."""
    run = a_run()
    assert (
        Steering(run).abort(RunOrder(by="ops", reason=" \n"), at=130.0)
        == "ops: abort: an abort needs a reason"
    )
    assert run.aborted is None


def test_hold_and_resume() -> None:
    """Law 8: an operator's pause is held by one name until somebody resumes."""
    run = a_run()
    assert (
        Steering(run).resume(RunOrder(by="ops"), at=1.0) == "ops: resume: the run is not held by an operator"
    )
    assert Steering(run).hold(RunOrder(by="ops", reason="wait for the vendor"), at=2.0) is None
    assert (run.paused_by, run.state_now()) == ("ops", State.HELD)
    assert Steering(run).hold(RunOrder(by="kim"), at=3.0) == "kim: hold: the run is held by ops already"
    assert Steering(run).resume(RunOrder(by="kim"), at=4.0) is None
    assert (run.paused_by, run.state_now()) == ("", State.RUNNING)


def test_a_resume_of_the_run_above_leaves_a_runs_own_hold() -> None:
    """Law 8: who held one service alone is not overruled by who resumes the whole run; nobody acts in their name."""
    run = a_run()
    steering = Steering(run)
    assert steering.hold(RunOrder(by="ops", reason="the vendor is in it"), at=1.0) is None
    steering.follow_parent("kim", "of the run x", at=2.0)
    steering.follow_parent("", "of the run x", at=3.0)
    assert (run.paused_by, last(run).by, last(run).text[:6]) == ("ops", "kim", "resume")
    assert steering.resume(RunOrder(by="lee"), at=4.0) is None and run.paused_by == ""
    steering.follow_parent("kim", "of the run x", at=5.0)
    assert run.paused_by == "kim"
    assert steering.hold(RunOrder(by="ops"), at=6.0) is None, "beside that of the run above"
    told = len(run.record.journal)
    assert steering.resume(RunOrder(by="ops"), at=7.0) is None and run.paused_by == ""
    steering.follow_parent("", "of the run x", at=8.0)
    assert len(run.record.journal) == told + 1 and run.paused_by == ""


ORDERS: dict[str, Callable[[Run, str], str | None]] = {
    "retry": lambda run, by: Steering(run).retry(StepOrder(by=by, step="promote"), at=130.0),
    "abort": lambda run, by: Steering(run).abort(RunOrder(by=by), at=130.0),
    "hold": lambda run, by: Steering(run).hold(RunOrder(by=by), at=130.0),
    "resume": lambda run, by: Steering(run).resume(RunOrder(by=by), at=130.0),
}


@pytest.mark.parametrize("verb", ORDERS)
@pytest.mark.parametrize("paused_by", ["", "kim"])
def test_a_stranger_orders_nothing(verb: str, paused_by: str) -> None:
    """Law 18: one whom the plan does not name is told that first, whatever else stands against the order."""
    run = held(a_run(stretch=Stretch.FORWARD, pause=Pause(paused_by) if paused_by else None), "promote")
    assert ORDERS[verb](run, "Kim") is not None
    assert (
        "the plan names no 'Kim'; who may: cho, kim, lee, ops, and han, who started this run"
        in last(run).text
    )
    assert run.holds["promote"].order is None and run.aborted is None and run.paused_by == paused_by


@pytest.mark.parametrize("verb", ORDERS)
@pytest.mark.parametrize("end", [State.DONE, State.STOOD_DOWN, State.ABORTED, State.FAILED])
def test_a_run_that_is_over_takes_no_order(verb: str, end: State) -> None:
    """Law 8: nothing moves a run that is over, and the refusal says how it ended."""
    run = held(a_run(stretch=Stretch.FORWARD), "promote")
    run.record.state = end
    reason = ORDERS[verb](run, "ops")
    assert reason is not None and f"the run is over ({end})" in reason
    assert run.state_now() is end


def test_the_starter_may_order_what_he_may_not_decide() -> None:
    """Law 6 speaks of decisions: the person who started a run may hold and abort it."""
    run = a_run()
    assert Steering(run).abort(RunOrder(by="han", reason="mistake"), at=130.0) is None


# --- any message at all

FIELDS = st.sampled_from(["by", "token", "severity", "step", "reason", "code", "command"])
VALUES = st.one_of(
    st.sampled_from(["kim", "han", "stranger", "TOKEN", "critical", "promote", "", "\ud800", "\x00"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
)
CONTENT = st.dictionaries(FIELDS, VALUES, max_size=6)
DO: dict[str, tuple[type[Message], Callable[[Run, Any], str | None]]] = {
    "approve": (Voice, lambda run, it: run.hear_voice(it, yes=True, at=1.0)),
    "reject": (Voice, lambda run, it: run.hear_voice(it, yes=False, at=1.0)),
    "decide": (Decision, lambda run, it: run.hear_decision(it, 1.0)),
    "retry": (RetryOrder, lambda run, it: Steering(run).retry(it, 1.0)),
    "skip": (StepOrder, lambda run, it: Steering(run).settle(Ordered.SKIP, it, 1.0)),
    "force": (StepOrder, lambda run, it: Steering(run).settle(Ordered.FORCE, it, 1.0)),
    "confirm": (StepOrder, lambda run, it: Steering(run).settle(Ordered.CONFIRM, it, 1.0)),
    "override": (StepOrder, lambda run, it: Steering(run).override(it, 1.0)),
    "abort": (RunOrder, lambda run, it: Steering(run).abort(it, 1.0)),
    "hold": (RunOrder, lambda run, it: Steering(run).hold(it, 1.0)),
    "resume": (RunOrder, lambda run, it: Steering(run).resume(it, 1.0)),
}


@given(
    st.lists(st.tuples(st.sampled_from(sorted(DO)), CONTENT), max_size=8),
    st.sampled_from(list(Stretch)),
    st.booleans(),
)
def test_no_message_raises_and_each_is_in_the_record(
    sent: list[tuple[str, dict[str, Any]]], stretch: Stretch, safety: bool
) -> None:
    """Law 18: whatever is sent, in any order, is followed or refused: one line each, and the record can be stored."""
    run = held(gated(), "promote", safety=safety)
    run.stretch = stretch
    severity = run.gates["severity"] = Gate("severity", ("kim",), 1, "han", "run-1")
    severity.open("shown", at=110.0)
    for verb, content in sent:
        kind, act = DO[verb]
        real = {"token": word(run) if verb != "decide" else severity.rounds[-1].token}
        content = content | (real if content.get("token") == "TOKEN" else {})
        found = read(kind, json.dumps(content).encode())
        refusal = run.refuse(1.0, found) if isinstance(found, str) else act(run, found)
        of_kind = ("order", "override") if issubclass(kind, StepOrder | RunOrder) else ("voice",)
        assert last(run).kind in (("refused",) if refusal else of_kind)
    assert len(run.record.journal) == len(sent)
    assert all(entry.text.isprintable() and entry.by.isprintable() for entry in run.record.journal)
    assert RunRecord.model_validate_json(run.record.model_dump_json()) == run.record


def test_a_code_never_reaches_the_record() -> None:
    """Law 13: one-time codes are in no journal line and no round, of voices heard and refused alike."""
    run = gated()
    for by, token in (("kim", word(run)), ("kim", word(run)), ("stranger", word(run)), ("lee", "314159")):
        run.hear_voice(Voice(by=by, token=token, code="314159"), yes=True, at=130.0)
    assert "314159" not in run.record.model_dump_json()


# --- what is awaited


def test_the_state_follows_what_is_open() -> None:
    """A hold comes before a gate, for somebody must act; an end comes before all."""
    assert a_run().state_now() is State.RUNNING
    run = gated()
    assert run.state_now() is State.WAITING
    assert held(run, "promote").state_now() is State.HELD
    run.holds.clear()
    run.gates["declaration"].close("granted")
    assert run.state_now() is State.RUNNING


def test_a_wait_takes_the_place_of_an_older_one_of_its_name() -> None:
    """The page shows each thing that is awaited once, as it is now."""
    run = a_run()
    for since in (1.0, 2.0):
        run.wait(Wait(kind="gate", name="declaration", title="Approval", since=since))
    run.wait(Wait(kind="step", name="promote", title="held", since=3.0))
    assert [(wait.name, wait.since) for wait in run.record.waits] == [("declaration", 2.0), ("promote", 3.0)]
    run.wait_over("declaration")
    run.wait_over("never there")
    assert [wait.name for wait in run.record.waits] == ["promote"]


def test_the_newest_attempt_of_a_step_stands_in_its_place() -> None:
    """Law 18: the order of steps is the order of their first attempts."""
    kept = record()
    for name, attempt in (("fence", 1), ("promote", 1), ("fence", 2)):
        kept.step(StepRecord(name=name, title=name, phase="act", attempt=attempt, started_at=1.0))
    assert [(step.name, step.attempt) for step in kept.steps] == [("fence", 2), ("promote", 1)]
    done = kept.steps[0].model_copy(update={"outcome": Outcome.DONE})
    kept.step(done)
    assert kept.steps[0] is done


def test_an_abort_without_words_still_says_who() -> None:
    """Law 18: the conclusion of an aborted run names the person."""
    assert str(Aborted("ops", "")) == "aborted by ops: no reason given"
