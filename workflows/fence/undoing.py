"""What an abort of a fenced declaration does: a lift by approval, where the data allows one (law 8)."""

from __future__ import annotations

from workflows.asking.approvals import Approvals
from workflows.fence.lifting import Lifting
from workflows.scenario.lease import LeaseKeeper
from workflows.scenario.scenario import Scenario


class Undoing:
    """The way back of one run, from its fence to its promotion."""

    def __init__(self, scenario: Scenario, lease: LeaseKeeper, lifting: Lifting) -> None:
        self._scenario = scenario
        self._lease = lease
        self._lifting = lifting

    async def undo(self, approvals: Approvals) -> str:
        """What became of the fence."""
        scenario = self._scenario
        record = scenario.record
        scenario.enter("undo")
        what = scenario.say("lift_what", old=record.old)
        undone = await self._lifting.ask_and_lift(approvals, what, await self._lease.read())
        record.warnings = undone.problems
        return undone.told
