"""What a run tells: its record, its journal, and its page in the Temporal Web UI."""

from __future__ import annotations

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import names
    from workflows.pages import details
    from workflows.run.record import RunRecord
    from workflows.run.run import Run
    from workflows.texts import cut, text, word


class Telling:
    """The part of a scenario that writes. Sub-classes set `self.state` first of all."""

    state: Run
    _is_stale: bool = False

    @property
    def record(self) -> RunRecord:
        return self.state.record

    def now(self) -> float:
        """Seconds since the epoch, the same in a replay."""
        return workflow.now().timestamp()

    def say(self, key: str, **values: object) -> str:
        return text(self.record.language, key, **values)

    def summary(self, key: str, **values: object) -> str:
        """A text for the history, no longer than the server takes."""
        return cut(self.say(key, **values))

    def word(self, value: str) -> str:
        return word(self.record.language, value)

    def show(self) -> None:
        """Bring record and Web UI up to date, once for all that happens in one moment.

        A page costs a thousand times what a message does: a flood of messages must not pay it for each.
        """
        if not self._is_stale:
            self._is_stale = True
            asyncio.get_running_loop().call_soon(self.paint)

    def paint(self) -> None:
        """At once: what is read in the next line is up to date."""
        self._is_stale = False
        self.record.state = self.state.state_now()
        self.state.mirror_ways()
        self.record.phases = list(self.state.clocks.phases)
        workflow.set_current_details(details.page(self.record, self.now()))

    def note(self, kind: str, line: str, by: str = "") -> None:
        self.record.note(self.now(), kind, line, by)

    def enter(self, phase: str) -> None:
        """Begin a phase: its clock, its search attribute, its journal line."""
        self.state.clocks.enter(phase, self.now())
        self.note("phase", phase)
        workflow.logger.info("phase_entered", extra={"phase": phase})
        workflow.upsert_search_attributes([names.PHASE.value_set(phase)])
        self.show()

    def mark(self, fact: str) -> None:
        """A named moment, for the clocks of the report; the first time counts."""
        self.record.facts.setdefault(fact, self.now())
