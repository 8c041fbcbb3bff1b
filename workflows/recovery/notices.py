"""Who is told that service is back, and when: operators and executives at once, the public when it is accepted."""

from __future__ import annotations

from temporalio import workflow

from workflows.asking.showing import Showing
from workflows.scenario.notify import OPERATORS, Notifier
from workflows.scenario.overrides import fence_told
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.archive import Kept
    from workflows.plan import Plan

STAFF = (OPERATORS, "executives")
SHORT = 12  # letters of a digest that people compare


class RecoveryNotices:
    def __init__(self, scenario: Scenario, plan: Plan, notifier: Notifier, showing: Showing) -> None:
        self._scenario = scenario
        self._plan = plan
        self._notifier = notifier
        self._showing = showing
        self._staff_knows = False

    @property
    def public(self) -> list[str]:
        """The audiences of the plan that are not staff."""
        return [audience for audience in self._plan.notices if audience not in STAFF]

    def tell_staff(self) -> None:
        """Once. From the approval to the moment when traffic had moved: no window counts in it (law 16)."""
        if self._staff_knows:
            return
        self._staff_knows = True
        record, say = self._scenario.record, self._scenario.say
        body = say(
            "notice_done",
            services=", ".join(record.services),
            new=record.new,
            fence=fence_told(self._scenario),
            seconds=f"{record.facts['switched'] - record.facts['approved']:.1f}",
            loss=self._showing.loss,
        )
        for audience in STAFF:
            self._notifier.tell(audience, self._title, body)

    def tell_public(self) -> None:
        for audience in self.public:
            self._notifier.tell(audience, self._title, self._scenario.say("notice_customers"))

    @property
    def _title(self) -> str:
        record = self._scenario.record
        return self._scenario.say("notice_done_title", estate=record.estate, new=record.new)


def tell_kept(scenario: Scenario, notifier: Notifier, kept: Kept | None) -> None:
    """The last notice of a run: where its record lies, and the digest by which a changed one is found out."""
    record, say = scenario.record, scenario.say
    title = say("notice_kept_title", estate=record.estate, state=scenario.word(record.state))
    if kept is None:
        body = say("notice_not_kept", run=record.workflow_id, run_id=record.run_id)
    else:
        body = say(
            "notice_kept",
            run=record.workflow_id,
            run_id=record.run_id,
            path=kept.path,
            digest=kept.digest[:SHORT],
        )
    notifier.tell(OPERATORS, title, body)
