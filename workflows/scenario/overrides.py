"""Overrides: two named people of the plan let a safety step be, and answer for it by name (laws 1, 8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from temporalio import workflow

from workflows.scenario.gatekeeper import Gatekeeper, Question
from workflows.scenario.notify import OPERATORS, Notifier
from workflows.scenario.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from workflows.plan import GateSpec
    from workflows.run.digests import digest
    from workflows.run.gates import Gate, Verdict, why_no_quorum
    from workflows.run.holds import Asked, Hold, Order, Ordered
    from workflows.run.messages import Voice, example
    from workflows.run.record import Paste
    from workflows.run.run import Aborted

FEWEST = 2  # people; one alone overrides nothing, whatever a plan says


@dataclass
class Opened:
    """One question: for this step, as it failed, asked by somebody. `granted` waits for a retry that is going on."""

    failed: str
    asked: Asked
    task: asyncio.Task[None]
    granted: Order | None = None


class Overrides:
    """The overrides of one run. Each step has a gate of its own, kept over its rounds: no token comes twice."""

    def __init__(self, scenario: Scenario, spec: GateSpec | None, notifier: Notifier) -> None:
        self._scenario = scenario
        self._spec = spec
        self._notifier = notifier
        self._keepers: dict[str, Gatekeeper] = {}
        self._opened: dict[str, Opened] = {}
        scenario.state.no_override = self._why_none()

    def _why_none(self) -> str:
        spec = self._spec
        if spec is None:
            return "the plan has no gate override that could be asked: retry the step"
        people = (*spec.people, *(spec.then.people if spec.then else ()))
        quorum = max(spec.quorum, FEWEST)
        return why_no_quorum("override", people, quorum, self._scenario.record.started_by) or ""

    def ask(self, step: Step, hold: Hold, asked: Asked) -> None:
        """Open a round that is bound to the step, to how it failed, and to what going on means."""
        task = asyncio.create_task(self._ask(step, hold.title, hold.reason, asked))
        self._opened[step.name] = Opened(hold.reason, asked, task)

    def held_again(self, step: Step, hold: Hold) -> None:
        """After a retry that did not help: voices count for the failure that they were shown, for no other."""
        opened = self._opened.get(step.name)
        if opened is None:
            return
        if opened.failed != hold.reason:
            self.drop(step.name, "the step failed in another way")
            self.ask(step, hold, opened.asked)
        elif opened.granted is not None:
            self._opened.pop(step.name)
            hold.order = opened.granted

    def drop(self, step: str, why: str) -> None:
        """The step is over, or its run: nobody is asked any more."""
        opened = self._opened.pop(step, None)
        if opened is not None and opened.granted is not None:
            self._scenario.note("gate", f"override:{step}: granted, and not needed: {why}")
        if opened is not None and not opened.task.done():
            opened.task.cancel()
            self._keepers[step].drop(why)
            self._scenario.note("gate", f"override:{step}: no longer asked: {why}")

    def drop_all(self, why: str) -> None:
        for step in list(self._opened):
            self.drop(step, why)

    async def _ask(self, step: Step, title: str, failed: str, asked: Asked) -> None:
        keeper = self._keeper(step.name)
        try:
            verdict = await keeper.ask(self._question(step, title, failed, asked))
        except Aborted:
            return  # the run itself meets it where it waits
        opened = self._opened[step.name]
        if verdict is not Verdict.GRANTED:
            self._opened.pop(step.name)
            why = "nobody spoke in time" if keeper.was_silent else "refused"
            self._scenario.note("override", f"{step.name}: {why}; the step stays held")
            return
        voices = [voice.by for voice in keeper.gate.rounds[-1].voices if voice.yes]
        opened.granted = Order(Ordered.OVERRIDE, " and ".join(voices), asked.reason)
        hold = self._scenario.state.holds.get(step.name)
        if hold is not None and hold.order is None:
            self.held_again(step, hold)

    def _keeper(self, step: str) -> Gatekeeper:
        assert self._spec is not None
        if step not in self._keepers:
            spec = self._spec.model_copy(update={"quorum": max(self._spec.quorum, FEWEST)})
            self._keepers[step] = Gatekeeper(self._scenario, f"override:{step}", spec)
        return self._keepers[step]

    def _question(self, step: Step, title: str, failed: str, asked: Asked) -> Question:
        scenario = self._scenario
        stakes = (
            scenario.say("override_asked", by=asked.by, reason=asked.reason),
            scenario.say("override_failed", reason=failed),
            step.without or scenario.say("override_without", step=title),
        )
        shown = digest("override", scenario.record.plan_hash, step.name, title, *stakes)

        async def still() -> str:
            return shown

        what = scenario.say("override_title", step=title)
        return Question(
            title=what,
            shown=shown,
            pastes=lambda token: [
                Paste(signal="approve", json_text=example(Voice, token=token)),
                Paste(signal="reject", json_text=example(Voice, token=token)),
            ],
            refresh=still,
            take_over=lambda: None,
            announce=lambda gate, _: self._announce(gate, what, stakes),
            about=list(stakes),
        )

    def _announce(self, gate: Gate, what: str, stakes: tuple[str, ...]) -> None:
        record, say = self._scenario.record, self._scenario.say
        title = say("notice_override_title", estate=record.estate, what=what)
        body = say(
            "notice_override",
            quorum=gate.quorum,
            people=", ".join(gate.may_speak),
            stakes=" · ".join(stakes),
            token=gate.now.token if gate.now else "",
            gate=gate.name,
            run=record.workflow_id,
        )
        self._notifier.tell(OPERATORS, title, body)
        self._notifier.tell_people(gate.may_speak, title, body)


def fence_told(scenario: Scenario) -> str:
    """Whether the old center is fenced, or who let that be (law 1)."""
    record = scenario.record
    people = [n for one in record.overrides if one.step == f"fence-{record.old}" for n in one.people]
    if not people:
        return scenario.say("is_fenced", old=record.old)
    return scenario.say("unfenced", old=record.old, people=", ".join(people))
