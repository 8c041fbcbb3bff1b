"""Having codes verified by a control worker, one batch after the other, beside whatever the run does (law 13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.notify import OPERATORS, Notifier
from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.codes import CodeActivities
    from activities.models.codes import CodeOrder, CodeVerdict
    from workflows import names, policies
    from workflows.plan import Plan
    from workflows.run.claims import Doubt, Item, Pending, PendingOrder
    from workflows.run.proofs import Proofs

ASK_AGAIN_S = 5.0  # after a control worker or an Estate that said no to the question itself
FIRST_ANSWER_S = 12.0  # until people are told that nobody verifies, before a hold is followed unproven
NEXT_ANSWER_S = 600.0  # once they know: a night without must not fill the history
PACE_S = 1.0  # between two batches while wrong codes come in: a flood must not become a flood of activities
LAST_BATCHES_S = (
    10.0  # at the end of a run: codes that nobody takes by then are too old to be used again anyway
)


def proofs_of(plan: Plan) -> Proofs:
    """Whose codes are known in a run, and whether its orders carry one."""
    return Proofs(plan.code_secrets, for_orders=plan.steering.proof == "code")


async def check_codes(
    estate: str,
    batch: list[Item],
    secrets: dict[str, str],
    summary: str,
    within_s: float = FIRST_ANSWER_S,
) -> list[CodeVerdict]:
    """What a control worker says of a batch, in order; ActivityError where none can."""
    order = CodeOrder(estate=estate, said=[item.said for item in batch], secrets=secrets)
    verdicts: list[CodeVerdict] = await workflow.execute_activity_method(
        CodeActivities.check_codes,
        order,
        task_queue=names.queue(estate, names.CONTROL),
        summary=summary,
        **policies.proof(within_s),
    )
    return verdicts


class Prover:
    """Empties the queue of `Proofs`. A voice that nobody can verify stays pending; it is never counted, never lost.

    `alarm`: tells people that many wrong codes came in somebody's name. `notifier`: where the run has channels.
    """

    def __init__(
        self, scenario: Scenario, alarm: Callable[[str], None], notifier: Notifier | None = None
    ) -> None:
        self._scenario = scenario
        self._alarm = alarm
        self._notifier = notifier
        self._task: asyncio.Task[None] | None = None
        self._stops: asyncio.Task[None] | None = None
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
        self._watch_stops()

    def _watch_stops(self) -> None:
        if self._proofs.orders and (self._stops is None or self._stops.done()):
            self._stops = asyncio.create_task(self._follow_stops())

    async def finish(self) -> None:
        """At the end of a run: what is under way, but not for long."""
        task = self._task
        if task is not None and not task.done():
            try:
                await workflow.wait_condition(task.done, timeout=LAST_BATCHES_S)
            except TimeoutError:
                self._is_over = True
                task.cancel()
        if self._stops is not None:
            self._stops.cancel()
        for pending in self._proofs.drop():
            self._tell(pending, Doubt("the run was over before the code was verified"))

    async def _follow_stops(self) -> None:
        """A hold and an abort do not wait for long for a verification that may never come (law 9)."""
        while stops := self._scenario.orders.stops:
            due = min(self._proofs.due(one) for one in stops)
            await asyncio.sleep(max(due - self._scenario.now(), 0.1))
            if self._scenario.orders.follow_stops(self._scenario.now()):
                self._scenario.show()

    def _tell(self, pending: Pending | PendingOrder, doubt: Doubt | None) -> None:
        now = self._scenario.now()
        if isinstance(pending, PendingOrder):
            self._scenario.orders.proven(pending, doubt, now)
        else:
            self._scenario.state.proven(pending, doubt.reason if doubt else None, now)

    async def _prove(self) -> None:
        while (batch := self._proofs.batch()) and not self._is_over:
            verdicts = await self._verdicts(batch)
            if verdicts is None:
                await asyncio.sleep(ASK_AGAIN_S)
                continue
            self._proofs.heard_at = self._scenario.now()
            for pending, doubt in self._proofs.answered(batch, verdicts):
                self._tell(pending, doubt)
            self._watch_stops()
            self._scenario.show()
            for person in self._proofs.take_alarms():
                self._raise_alarm(person)
            if not self._proofs.is_urgent:
                await asyncio.sleep(PACE_S)

    async def _verdicts(self, batch: list[Item]) -> list[CodeVerdict] | None:
        summary = self._scenario.summary("sum_codes", count=len(batch))
        record = self._scenario.record
        within = NEXT_ANSWER_S if record.unverified else FIRST_ANSWER_S
        try:
            verdicts = await check_codes(record.estate, batch, dict(self._proofs.secrets), summary, within)
        except ActivityError as error:
            self._unverified(why_it_failed(error).summary)
            return None
        record.unverified = ""
        return verdicts

    def _unverified(self, why: str) -> None:
        """Said once, until somebody verifies again."""
        record, say = self._scenario.record, self._scenario.say
        if record.unverified or self._is_over:
            return
        record.unverified = why
        self._scenario.note("warning", f"codes are not verified: {why}; tried again")
        self._scenario.show()
        if self._notifier is not None:
            title = say("notice_unverified_title", estate=record.estate)
            self._notifier.tell(OPERATORS, title, say("notice_unverified", run=record.workflow_id, why=why))

    def _raise_alarm(self, person: str) -> None:
        line = f"many wrong codes in the name of {person}: two that follow each other are asked"
        self._scenario.note("warning", line)
        self._scenario.state.mirror_orders()
        self._alarm(person)


def alarm_by(scenario: Scenario, notifier: Notifier) -> Callable[[str], None]:
    """To the operators and over the person's own channel: somebody guesses, or a clock is off."""

    def alarm(person: str) -> None:
        say, record = scenario.say, scenario.record
        title = say("notice_codes_title", estate=record.estate, person=person)
        body = say("notice_codes", person=person, run=record.workflow_id)
        notifier.tell(OPERATORS, title, body)
        notifier.tell_people([person], title, body)

    return alarm
