"""Telling people: notices go out beside the run, each with a short limit, and their loss is said (law 9)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.models import Notice, StepResult
    from activities.notices import NoticeActivities
    from workflows import names, policies
    from workflows.plan import Plan
    from workflows.run.holds import Hold
    from workflows.run.record import Wait
    from workflows.run.ways import ABORT, open_ways

OPERATORS = "operators"


class Notifier:
    """The channels of the plan, by audience and by person."""

    def __init__(self, scenario: Scenario, plan: Plan, sent: int = 0) -> None:
        self._scenario = scenario
        self._plan = plan
        self.sent = sent  # by the runs that this one continues too: it makes the keys of notices
        self._going: list[asyncio.Task[None]] = []

    def tell(self, audience: str, title: str, body: str) -> None:
        """To an audience of the plan; an audience that the plan does not have is nobody."""
        self._send(audience, self._plan.notices.get(audience, []), title, body)

    def tell_people(self, people: Iterable[str], title: str, body: str) -> None:
        """To named people, each over their own channel."""
        found = [self._plan.people[name].notice for name in people if name in self._plan.people]
        self._send("people", [channel for channel in found if channel], title, body)

    def tell_held(self, hold: Hold) -> None:
        """The operators, with the ways out."""
        what = self._scenario.say("step_held", step=hold.title, reason=hold.reason)
        ways = open_ways(hold, self._scenario.state.standing)
        self._tell_held(self._scenario.record.workflow_id, hold.step, what, ways)

    def tell_child_held(self, run: str, wait: Wait) -> None:
        """As `tell_held`, of a step that a child run holds: it is steered there."""
        ways = list(dict.fromkeys(paste.signal for paste in wait.send))
        self._tell_held(run, wait.name, wait.title, ways)

    def _tell_held(self, run: str, step: str, what: str, ways: list[str]) -> None:
        record, say = self._scenario.record, self._scenario.say
        title = say("notice_held_title", estate=record.estate, step=step)
        orders = ", ".join(way for way in ways if way != ABORT)
        body = say("notice_held", what=what, run=run, step=step, ways=orders)
        if ABORT in ways:
            body += " " + say("notice_or_abort", run=record.workflow_id)
        self.tell(OPERATORS, title, body)

    async def finish(self) -> None:
        """Wait for what is on its way; each has its own short limit."""
        await asyncio.gather(*self._going)

    def _send(self, audience: str, channels: list[str], title: str, body: str) -> None:
        if not channels:
            return
        self.sent += 1
        notice = Notice(
            audience=audience,
            channels=sorted(set(channels)),
            title=title,
            body=body,
            dedup=f"{workflow.info().first_execution_run_id}:{self.sent}",
        )
        self._going.append(asyncio.create_task(self._deliver(notice)))

    async def _deliver(self, notice: Notice) -> None:
        try:
            result: StepResult = await workflow.execute_activity_method(
                NoticeActivities.send_notice,
                notice,
                task_queue=names.queue(self._plan.estate, names.CONTROL),
                summary=self._scenario.summary("sum_notice", audience=notice.audience, title=notice.title),
                **policies.aside(),
            )
        except ActivityError as error:
            result = why_it_failed(error)
        self._scenario.note(
            "notice", f"{notice.audience}: {notice.title}: {result.outcome}: {result.summary}"
        )
        self._scenario.show()
