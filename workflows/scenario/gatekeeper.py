"""Asking people at a gate: rounds, time limits, escalation, reminders, and new rounds when what is shown changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from temporalio import workflow

from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from workflows.plan import GateSpec
    from workflows.run.gates import Gate, Verdict
    from workflows.run.messages import with_code
    from workflows.run.record import Absent, Paste, Wait
    from workflows.run.run import Aborted

FIRST_REFRESH = (
    15.0  # seconds between two looks at whether what is shown still holds; grows with the time waited
)
REFRESH_SHARE = 5  # it grows with the time waited: a night at a gate must not fill the history
SECOND_LOOK = 3.0  # seconds until a change that was seen once is looked at again
FIRST_REMINDER = 600.0
VERIFY_S = 30.0  # more, for voices that came in time and are still being verified when it is over


@dataclass(frozen=True)
class Question:
    """What a gate asks. `shown`: digest of what a voice is bound to; `pastes` makes the JSON for a token.

    `refresh` looks again and returns the digest of what would be shown now, without showing it; `take_over` shows
    what was seen last. `announce` tells people about a round.
    """

    title: str
    shown: str
    pastes: Callable[[str], list[Paste]]
    refresh: Callable[[], Awaitable[str]]
    take_over: Callable[[], None]
    announce: Callable[[Gate, bool], None]  # gate, whether these are the people of the escalation
    about: list[str] = field(
        default_factory=list
    )  # what a voice is about, when it is not what the run will do


class Gatekeeper:
    """One gate of a run, kept over its rounds."""

    def __init__(self, scenario: Scenario, name: str, spec: GateSpec) -> None:
        record = scenario.record
        self._scenario = scenario
        self._spec = spec
        self.gate = Gate(
            name=name,
            people=tuple(spec.people),
            quorum=spec.quorum,
            starter=record.started_by,
            nonce="",  # drawn for each round
            later=tuple(spec.then.people) if spec.then else (),
            proof=spec.proof == "code",
        )
        self._absent: list[Absent] = []
        self._until: float | None = None
        self._in_time = 0.0  # until when a voice is no silence, however long it takes to be verified
        self._is_stale = (
            False  # its time is over: evidence and voices of hours ago belong to no decision of now
        )
        self.was_silent = False  # the last question ended without an answer
        scenario.state.gates[name] = self.gate

    async def ask(self, question: Question) -> Verdict:
        """Until people have granted or refused; silence ends it, as refused, only where the plan does not say wait."""
        self.was_silent = False
        try:
            verdict = await self._ask(question)
        except Aborted:
            self._over()
            raise
        self._over()
        return verdict

    async def _ask(self, question: Question) -> Verdict:
        shown, other = question.shown, ""
        began = self._scenario.now()
        self._until = self._deadline(self._spec.within)
        self._open(question, shown)
        while self.gate.verdict is Verdict.OPEN:
            await self._scenario.until(
                self._is_moved,
                timeout=SECOND_LOOK if other else self._pause(began),
                summary=self._scenario.summary("sum_gate", gate=self.gate.name),
            )
            if self.gate.verdict is not Verdict.OPEN:
                break
            if self.gate.needs_later or (self._is_late() and not self._verifies()):
                if self._silence():
                    return Verdict.REFUSED
                self._until = self._next_deadline()
                if self._stays_open(question):
                    continue
            self._look_who_is_there(question)
            fresh = await question.refresh()
            if self.gate.verdict is not Verdict.OPEN:
                break  # what was granted is what was shown, whatever was seen meanwhile
            if self._is_stale or (fresh != shown and fresh == other):
                shown, other = self._overtake(question, fresh), ""
            else:
                # Once is no change: a link that flaps for a moment must not take people's voices away.
                other = fresh if fresh != shown else ""
        return self.gate.verdict

    def _pause(self, began: float) -> float:
        """Until the next look, and not beyond the deadline."""
        now = self._scenario.now()
        pause = max(FIRST_REFRESH, (now - began) / REFRESH_SHARE)
        return pause if self._until is None else min(pause, max(self._until - now, 0.0))

    def _is_late(self) -> bool:
        return self._until is not None and self._scenario.now() >= self._until

    def _verifies(self) -> bool:
        """Whether voices that came in time are still being verified: that is no silence. They get more time."""
        if self.gate.later and not self.gate.escalated:
            return False
        in_time = self._scenario.state.proofs.names_at(self.gate.name, before=self._in_time)
        if in_time:
            self._until = self._scenario.now() + VERIFY_S
        return bool(in_time)

    def _stays_open(self, question: Question) -> bool:
        """After an escalation the round goes on with its voices; a silence without one makes it stale."""
        if self._is_stale:
            return False
        self._show(question)
        question.announce(self.gate, self.gate.escalated)
        return True

    def _overtake(self, question: Question, fresh: str) -> str:
        """A new round for what was just seen; voices given to the old one count no more."""
        why = "nobody spoke in time" if self._is_stale else "what was shown has changed"
        self._is_stale = False
        self._scenario.note("gate", f"{self.gate.name}: {why}; a new round opens")
        question.take_over()
        self._open(question, fresh)
        return fresh

    def _is_moved(self) -> bool:
        return self.gate.verdict is not Verdict.OPEN or self.gate.needs_later

    def _open(self, question: Question, shown: str) -> None:
        # Not the run id: a workflow reset has another one, and a round before it must have its token again,
        # else its voices are refused when they are replayed and the run is stuck for ever.
        self.gate.nonce = str(workflow.uuid4())
        self._find_absent()
        opened = self.gate.open(shown, self._scenario.now(), question.title)
        self._scenario.note("gate", f"{self.gate.name}: round {opened.number} opens, token {opened.token}")
        self._scenario.state.mirror_gates()
        self._show(question)
        question.announce(self.gate, False)

    def _show(self, question: Question) -> None:
        opened = self.gate.now
        assert opened is not None
        self._scenario.gate_waits(
            Wait(
                kind="gate",
                name=self.gate.name,
                title=question.title,
                people=list(self.gate.may_speak),
                quorum=self.gate.quorum,
                token=opened.token,
                since=opened.opened_at,
                until=self._until,
                then=self._then(),
                yes=self.gate.yes,
                no=self.gate.no,
                about=question.about,
                send=self._pastes(question.pastes(opened.token)),
                proof="code" if self.gate.proof else "",
                proving=self._scenario.state.proofs.names_at(self.gate.name),
                pairs=self._pairs(),
                absent=self._absent,
            )
        )

    def _pastes(self, pastes: list[Paste]) -> list[Paste]:
        return [with_code(paste) for paste in pastes] if self.gate.proof else pastes

    def _pairs(self) -> list[str]:
        proofs = self._scenario.state.proofs
        proofs.refill(self._scenario.now())
        return proofs.pair_from(self.gate.may_speak) if self.gate.proof else []

    def _find_absent(self) -> bool:
        """Who is away now, and who may speak for them; whether that is news."""
        scenario, before = self._scenario, self._absent
        named = (*self.gate.people, *self.gate.later)
        self._absent = scenario.state.absences.of(named, scenario.now(), self.gate.starter)
        self.gate.deputies = {one.person: one.deputy for one in self._absent if one.deputy}
        return self._absent != before

    def _look_who_is_there(self, question: Question) -> None:
        """A person who goes away or comes back in the middle of a round; who was heard stays heard."""
        if self._find_absent() or self._pairs() != self._shown_pairs():
            self._show(question)

    def _shown_pairs(self) -> list[str]:
        waits = self._scenario.record.waits
        return next((wait.pairs for wait in waits if wait.name == self.gate.name), [])

    def _then(self) -> str:
        say = self._scenario.say
        if self._spec.then and not self.gate.escalated:
            return say("then_escalate", people=", ".join(self._spec.then.people))
        if self._spec.otherwise == "accept":
            return say("then_accept")
        return say("then_stand_down" if self._spec.otherwise == "stand-down" else "then_wait")

    def _silence(self) -> bool:
        """The time is over. Escalate, wait on, or end (True) as the plan says; silence never approves."""
        scenario, gate = self._scenario, self.gate
        if self._spec.then and not gate.escalated:
            gate.escalated = True
            scenario.note("gate", f"{gate.name}: silence; {', '.join(gate.later)} are asked too")
        elif self._spec.otherwise != "wait":
            scenario.note("gate", f"{gate.name}: silence; the plan says {self._spec.otherwise}")
            gate.close("silence")
            self.was_silent = True
            return True
        else:
            scenario.note("gate", f"{gate.name}: still silent; asked again")
            self._is_stale = True
        return False

    def _next_deadline(self) -> float | None:
        then = self._spec.then
        within = then.within if then and self.gate.escalated else None
        return self._deadline(within or self._spec.within or FIRST_REMINDER)

    def _deadline(self, within: float | None) -> float | None:
        until = self._scenario.now() + within if within is not None else None
        self._in_time = until or 0.0
        return until

    def drop(self, why: str) -> None:
        """The question is no longer asked; whoever asked it does not wait for the answer."""
        self.gate.close(why)
        self._over()

    def _over(self) -> None:
        self.gate.close(str(self.gate.verdict))
        self._scenario.state.mirror_gates()
        self._scenario.gate_over(self.gate.name)
