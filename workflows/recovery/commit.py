"""The commit window: service is back, and approvers look and accept before customers are told (laws 8, 16)."""

from __future__ import annotations

from temporalio import workflow

from workflows.recovery.notices import RecoveryNotices
from workflows.scenario.gatekeeper import Gatekeeper, Question
from workflows.scenario.notify import Notifier
from workflows.scenario.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.models import Outcome, StepResult
    from workflows.plan import Plan
    from workflows.run.gates import Gate, Verdict
    from workflows.run.messages import Voice, example
    from workflows.run.record import Paste

GATE = "commit"


class CommitWindow:
    """A refusal holds the run: after a promotion there is only forward, and a retry asks again."""

    def __init__(self, scenario: Scenario, plan: Plan, notifier: Notifier, notices: RecoveryNotices) -> None:
        self._scenario = scenario
        self._plan = plan
        self._notifier = notifier
        self._notices = notices

    @property
    def is_planned(self) -> bool:
        return GATE in self._plan.gates

    async def keep(self) -> None:
        """Until people have accepted, or the plan's default is taken; both are said."""
        keeper = Gatekeeper(self._scenario, GATE, self._plan.gates[GATE])
        step = Step(GATE, self._scenario.say("step_commit", new=self._scenario.record.new), safety=True)
        await self._scenario.perform(step, lambda attempt: self._ask(keeper))

    async def _ask(self, keeper: Gatekeeper) -> StepResult:
        say = self._scenario.say
        verdict = await keeper.ask(self._question())
        if keeper.was_silent:
            return StepResult(outcome=Outcome.DONE, summary=say("commit_by_default"))
        voices = keeper.gate.rounds[-1].voices
        if verdict is Verdict.GRANTED:
            people = ", ".join(heard.by for heard in voices if heard.yes)
            return StepResult(outcome=Outcome.DONE, summary=say("commit_accepted", people=people))
        reasons = "; ".join(
            f"{heard.by}: {heard.reason or say('without_reason')}" for heard in voices if not heard.yes
        )
        return StepResult(outcome=Outcome.FAILED, summary=say("commit_refused", reasons=reasons))

    def _question(self) -> Question:
        record, say = self._scenario.record, self._scenario.say
        shown = [
            say("commit_state", services=", ".join(record.services), new=record.new, old=record.old),
            say("commit_yes", audiences=", ".join(self._notices.public) or say("none")),
            say("commit_no"),
        ]
        digest = "\n".join([record.plan_hash, *shown])
        return Question(
            title=say("commit_title", new=record.new),
            shown=digest,
            pastes=lambda token: [
                Paste(signal="approve", json_text=example(Voice, token=token)),
                Paste(signal="reject", json_text=example(Voice, token=token)),
            ],
            refresh=lambda: _unchanged(digest),
            take_over=lambda: None,
            announce=self._announce,
            about=shown,
        )

    def _announce(self, gate: Gate, escalated: bool) -> None:
        record, say = self._scenario.record, self._scenario.say
        body = say(
            "notice_commit",
            quorum=gate.quorum,
            people=", ".join(gate.may_speak),
            then=self._scenario.say("then_accept" if self._accepts else "then_wait"),
            token=gate.now.token if gate.now else "",
            run=record.workflow_id,
        )
        title = say("notice_commit_title", estate=record.estate, new=record.new)
        self._notifier.tell_people(gate.may_speak, title, body)

    @property
    def _accepts(self) -> bool:
        return self._plan.gates[GATE].otherwise == "accept"


async def _unchanged(digest: str) -> str:
    """What is accepted was done already: no look can change it."""
    return digest
