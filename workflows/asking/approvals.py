"""The questions of a run to its people: the severity decision and the executive approval (law 6)."""

from __future__ import annotations

from temporalio import workflow

from workflows.asking.showing import Showing
from workflows.scenario.gatekeeper import Gatekeeper, Question
from workflows.scenario.notify import OPERATORS, Notifier
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from workflows import names
    from workflows.plan import Plan
    from workflows.run.gates import Gate, Verdict, why_no_quorum
    from workflows.run.messages import Decision, Severity, Voice, example
    from workflows.run.record import Paste, Wait

ASK_AGAIN = 300.0  # seconds after a severity major, unless the plan says otherwise


class StoodDown(Exception):
    """People decided that no disaster is declared, or nothing is there to declare."""


class Approvals:
    """Each gate is kept over the run: rounds are counted on, so that no token comes twice."""

    def __init__(self, scenario: Scenario, plan: Plan, notifier: Notifier, showing: Showing) -> None:
        self._scenario = scenario
        self._plan = plan
        self._notifier = notifier
        self._showing = showing
        self._keepers: dict[str, Gatekeeper] = {}

    def check(self) -> None:
        """A gate that nobody could ever grant is told at the start, not in the middle of a disaster."""
        if not self._scenario.record.started_by.strip():
            raise StoodDown("a run without a named starter opens no gate: start it with --as NAME")
        for name in ("severity", "declaration", "commit"):
            if (spec := self._plan.gates.get(name)) is None:
                continue
            people = (*spec.people, *(spec.then.people if spec.then else ()))
            if reason := why_no_quorum(name, people, spec.quorum, self._scenario.record.started_by):
                raise StoodDown(f"{reason}: start it as somebody else")

    async def decide_severity(self) -> None:
        """Critical goes on, major asks again after a time, minor stands down (`scenarios.md`)."""
        keeper = self._keeper("severity")
        while (severity := await self._severity(keeper)) is not Severity.CRITICAL:
            if severity is Severity.MINOR:
                raise StoodDown(self._scenario.say("end_minor"))
            pause = self._plan.gates["severity"].ask_again or ASK_AGAIN
            summary = self._scenario.summary("sum_ask_again")
            now = self._scenario.now()
            title = self._scenario.say("severity_again")
            wait = Wait(kind="pause", name="severity-again", title=title, since=now, until=now + pause)
            self._scenario.gate_waits(wait)
            await self._scenario.until(lambda: False, timeout=pause, summary=summary)
            self._scenario.gate_over(wait.name)
            await self._showing.look()

    async def _severity(self, keeper: Gatekeeper) -> Severity:
        """What the people agree on; while they do not, they are asked again."""
        while True:
            verdict = await keeper.ask(self._severity_question())
            if keeper.was_silent:
                raise StoodDown(self._scenario.say("end_no_decision"))
            if verdict is Verdict.GRANTED and keeper.gate.severity is not None:
                workflow.upsert_search_attributes([names.SEVERITY.value_set(str(keeper.gate.severity))])
                return keeper.gate.severity
            self._scenario.note("gate", "severity: the voices do not agree; asked again")

    async def approve(self, what: str) -> str | None:
        """Ask the executives. Returns why there is no approval, or None."""
        keeper = self._keeper("declaration")
        if await keeper.ask(self._approval_question(what)) is Verdict.GRANTED:
            return None
        return self._scenario.say("end_no_approval" if keeper.was_silent else "end_refused")

    def _keeper(self, name: str) -> Gatekeeper:
        if name not in self._keepers:
            self._keepers[name] = Gatekeeper(self._scenario, name, self._plan.gates[name])
        return self._keepers[name]

    # --- what is asked

    def _severity_question(self) -> Question:
        return Question(
            title=self._scenario.say("severity_title"),
            shown=self._showing.digest,
            pastes=lambda token: [Paste(signal="decide", json_text=example(Decision, token=token))],
            refresh=self._showing.refresh,
            take_over=self._showing.take_over,
            announce=self._announce_severity,
        )

    def _approval_question(self, what: str) -> Question:
        return Question(
            title=self._scenario.say("approval_title", what=what),
            shown=self._showing.digest,
            pastes=lambda token: [
                Paste(signal="approve", json_text=example(Voice, token=token)),
                Paste(signal="reject", json_text=example(Voice, token=token)),
            ],
            refresh=self._showing.refresh,
            take_over=self._showing.take_over,
            announce=lambda gate, _: self._announce_approval(gate, what),
            about=self._showing.about,
        )

    # --- who is told of it

    def _announce_severity(self, gate: Gate, escalated: bool) -> None:
        record, say = self._scenario.record, self._scenario.say
        title = say("notice_started_title", estate=record.estate)
        body = say(
            "notice_started",
            by=record.started_by,
            reason=record.reason,
            people=", ".join(gate.may_speak),
            token=gate.now.token if gate.now else "",
        )
        self._notifier.tell(OPERATORS, title, body)
        self._notifier.tell_people(gate.may_speak, title, body)

    def _announce_approval(self, gate: Gate, what: str) -> None:
        record, say = self._scenario.record, self._scenario.say
        title = say("notice_approve_title", estate=record.estate, what=what)
        body = self._told_of_lift(gate) if self._showing.about else self._told_of_declaration(gate)
        self._notifier.tell("executives", title, body)
        self._notifier.tell_people(gate.may_speak, title, body)

    def _told_of_declaration(self, gate: Gate) -> str:
        return self._scenario.say(
            "notice_approve",
            quorum=gate.quorum,
            people=", ".join(gate.may_speak),
            loss=self._showing.loss,
            token=gate.now.token if gate.now else "",
            run=self._scenario.record.workflow_id,
        )

    def _told_of_lift(self, gate: Gate) -> str:
        return self._scenario.say(
            "notice_lift",
            quorum=gate.quorum,
            people=", ".join(gate.may_speak),
            about=" ".join(self._showing.about),
            token=gate.now.token if gate.now else "",
            run=self._scenario.record.workflow_id,
        )
