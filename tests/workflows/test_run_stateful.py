"""A run under any sequence of voices, orders, rounds and replays: nothing slips through (laws 6, 8, 18)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.workflows.test_run import PEOPLE, a_run
from workflows.run.gates import Gate, Verdict
from workflows.run.holds import Hold, Ordered
from workflows.run.look_alike import looks_like
from workflows.run.messages import Decision, RetryOrder, RunOrder, StepOrder, Voice
from workflows.run.run import Run, Stretch
from workflows.run.steering import Steering

NAMES = st.sampled_from(["kim", "lee", "cho", "ops", "han", "Han", "KIM", "ｋｉｍ", "kim ", "mallory"])
GATES = st.sampled_from(["severity", "declaration", "override:safety"])
STEPS = st.sampled_from(["plain", "safety", "bound", "never there"])
REASONS = st.sampled_from(["", "because"])
QUORUM = 2


class AnyRun(RuleBasedStateMachine):
    """Three gates and three held steps; every token that ever was is tried again."""

    def __init__(self) -> None:
        super().__init__()
        self.run: Run = a_run(no_override="")
        for name in ("severity", "declaration", "override:safety"):
            self.run.gates[name] = Gate(name, ("kim", "lee", "cho"), QUORUM, "han", name)
        for step in ("plain", "safety", "bound"):
            binding = "nobody knows" if step == "bound" else ""
            self.run.holds[step] = Hold(step, step, "failed", 1.0, step == "safety", binding=binding)
        self.tokens = ["zzzzzz"]
        self.sent = self.refused = 0

    @property
    def steering(self) -> Steering:
        return Steering(self.run)

    def answered(self, refusal: str | None) -> None:
        self.sent += 1
        self.refused += refusal is not None

    @rule(gate=GATES, shown=st.sampled_from(["one", "two"]))
    def open(self, gate: str, shown: str) -> None:
        self.tokens.append(self.run.gates[gate].open(shown, 1.0).token)
        self.run.mirror_gates()

    @rule(gate=GATES)
    def close(self, gate: str) -> None:
        self.run.gates[gate].close("over")

    @rule(by=NAMES, which=st.integers(0, 10**6), yes=st.booleans())
    def voice(self, by: str, which: int, yes: bool) -> None:
        token = self.tokens[which % len(self.tokens)]
        open_before = {n: g.now.token for n, g in self.run.gates.items() if g.now and n != "severity"}
        refusal = self.run.hear_voice(Voice(by=by, token=token), yes=yes, at=2.0)
        self.answered(refusal)
        if refusal is None:
            assert by in ("kim", "lee", "cho") and token in open_before.values()

    @rule(by=NAMES, which=st.integers(0, 10**6), severity=st.sampled_from(["critical", "minor", "huge"]))
    def decide(self, by: str, which: int, severity: str) -> None:
        token = self.tokens[which % len(self.tokens)]
        self.answered(self.run.hear_decision(Decision(by=by, token=token, severity=severity), 2.0))

    @rule(by=NAMES, step=STEPS, reason=REASONS, command=st.sampled_from([None, "", "rm -rf /"]))
    def retry(self, by: str, step: str, reason: str, command: str | None) -> None:
        order = RetryOrder(by=by, step=step, reason=reason, command=command)
        refusal = self.steering.retry(order, 2.0)
        self.answered(refusal)
        assert refusal is not None or not command, "no step here runs a command of the plan"

    @rule(by=NAMES, step=STEPS, reason=REASONS, verb=st.sampled_from(["skip", "force", "confirm"]))
    def settle(self, by: str, step: str, reason: str, verb: str) -> None:
        refusal = self.steering.settle(Ordered(verb), StepOrder(by=by, step=step, reason=reason), 2.0)
        self.answered(refusal)
        assert refusal is not None or (step == "plain" and reason)

    @rule(by=NAMES, step=STEPS, reason=REASONS)
    def override(self, by: str, step: str, reason: str) -> None:
        refusal = self.steering.override(StepOrder(by=by, step=step, reason=reason), 2.0)
        self.answered(refusal)
        assert refusal is not None or (step == "safety" and reason)

    @rule(by=NAMES, reason=REASONS, verb=st.sampled_from(["abort", "hold", "resume"]))
    def order(self, by: str, reason: str, verb: str) -> None:
        forward = self.run.stretch is Stretch.FORWARD
        order = RunOrder(by=by, reason=reason)
        acts = {"abort": self.steering.abort, "hold": self.steering.hold, "resume": self.steering.resume}
        refusal = acts[verb](order, 2.0)
        self.answered(refusal)
        assert not (verb == "abort" and forward and refusal is None)

    @rule(stretch=st.sampled_from(list(Stretch)))
    def move(self, stretch: Stretch) -> None:
        self.run.stretch = stretch

    @invariant()
    def a_grant_is_of_two_people_and_one_round(self) -> None:
        for gate in self.run.gates.values():
            for opened in gate.rounds:
                speakers = [heard.by for heard in opened.voices]
                assert len(set(speakers)) == len(speakers)
                assert not any(looks_like(name, "han") for name in speakers)
                assert set(speakers) <= {"kim", "lee", "cho"}
            if gate.verdict is Verdict.GRANTED:
                assert gate.now is not None and sum(heard.yes for heard in gate.now.voices) >= QUORUM

    @invariant()
    def orders_are_of_people_of_the_plan(self) -> None:
        for hold in self.run.holds.values():
            assert hold.order is None or hold.order.by in {*PEOPLE, "han"}
            assert hold.asked is None or hold.step == "safety"
        safety = self.run.holds["safety"].order
        assert safety is None or safety.verb is Ordered.RETRY

    @invariant()
    def every_message_is_counted(self) -> None:
        record = self.run.record
        assert record.refused == self.refused == sum(one.count for one in record.refusals)
        assert record.kept_refusals <= 100
        followed = sum(entry.kind in ("voice", "order", "override") for entry in record.journal)
        assert followed == self.sent - self.refused


TestAnyRun = AnyRun.TestCase
TestAnyRun.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
