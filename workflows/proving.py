"""Having codes verified by a control worker, one batch after the other, beside whatever the run does (law 13)."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.notify import OPERATORS, Notifier
from workflows.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.codes import CodeActivities
    from activities.models.codes import CodeOrder, CodeVerdict
    from workflows import names, policies
    from workflows.plan import Plan
    from workflows.proofs import Item, Proofs

ASK_AGAIN_S = 5.0  # after a control worker or an Estate that said no to the question itself
PACE_S = 1.0  # between two batches while wrong codes come in: a flood must not become a flood of activities
LAST_BATCHES_S = (
    10.0  # at the end of a run: codes that nobody takes by then are too old to be used again anyway
)


def code_secrets(plan: Plan) -> dict[str, str]:
    """The names of the secrets that make people's codes."""
    return {name: person.code for name, person in plan.people.items() if person.code}


class Prover:
    """Empties the queue of `Proofs`. A voice that nobody can verify stays pending; it is never counted, never lost."""

    def __init__(self, scenario: Scenario, plan: Plan, notifier: Notifier) -> None:
        self._scenario = scenario
        self._plan = plan
        self._notifier = notifier
        self._task: asyncio.Task[None] | None = None
        self._is_told = False  # that nobody verifies
        self._is_over = False

    @property
    def _proofs(self) -> Proofs:
        return self._scenario.state.proofs

    def wake(self) -> None:
        """There may be something to verify or to tell."""
        for person in self._proofs.take_alarms():
            self._raise_alarm(person)
        if self._proofs.queue and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._prove())

    async def finish(self) -> None:
        """At the end of a run: what is under way, but not for long."""
        task = self._task
        if task is not None and not task.done():
            try:
                await workflow.wait_condition(task.done, timeout=LAST_BATCHES_S)
            except TimeoutError:
                self._is_over = True
                task.cancel()
        for pending in self._proofs.drop():
            self._scenario.state.proven(
                pending, "the run was over before the code was verified", self._scenario.now()
            )

    async def _prove(self) -> None:
        while (batch := self._proofs.batch()) and not self._is_over:
            verdicts = await self._verdicts(batch)
            if verdicts is None:
                await asyncio.sleep(ASK_AGAIN_S)
                continue
            for pending, reason in self._proofs.answered(batch, verdicts):
                self._scenario.state.proven(pending, reason, self._scenario.now())
            self._scenario.show()
            for person in self._proofs.take_alarms():
                self._raise_alarm(person)
            if not self._proofs.is_urgent:
                await asyncio.sleep(PACE_S)

    async def _verdicts(self, batch: list[Item]) -> list[CodeVerdict] | None:
        order = CodeOrder(
            estate=self._plan.estate, said=[item.said for item in batch], secrets=dict(self._proofs.secrets)
        )
        try:
            verdicts: list[CodeVerdict] = await workflow.execute_activity_method(
                CodeActivities.check_codes,
                order,
                task_queue=names.queue(self._plan.estate, names.CONTROL),
                summary=self._scenario.summary("sum_codes", count=len(batch)),
                **policies.proof(),
            )
        except ActivityError as error:
            if not self._is_told and not self._is_over:
                self._is_told = True
                self._scenario.note(
                    "warning", f"codes are not verified: {why_it_failed(error).summary}; tried again"
                )
                self._scenario.show()
            return None
        self._is_told = False
        return verdicts

    def _raise_alarm(self, person: str) -> None:
        """To the operators and over the person's own channel: somebody guesses, or a clock is off."""
        say, record = self._scenario.say, self._scenario.record
        self._scenario.note(
            "warning", f"many wrong codes in the name of {person}: two that follow each other are asked"
        )
        title = say("notice_codes_title", estate=record.estate, person=person)
        body = say("notice_codes", person=person, run=record.workflow_id)
        self._notifier.tell(OPERATORS, title, body)
        self._notifier.tell_people([person], title, body)
