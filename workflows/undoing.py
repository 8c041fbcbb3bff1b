"""What an abort of a fenced declaration does: nothing where data is open already, else a lift by approval (law 8)."""

from __future__ import annotations

from workflows.approvals import Approvals
from workflows.data import DataMove
from workflows.lease import LeaseKeeper
from workflows.lifting import Lifting
from workflows.scenario import Scenario
from workflows.showing import Showing


class Undoing:
    """The way back of one run, from its fence to its promotion."""

    def __init__(
        self, scenario: Scenario, lease: LeaseKeeper, data: DataMove, showing: Showing, lifting: Lifting
    ) -> None:
        self._scenario = scenario
        self._lease = lease
        self._data = data
        self._showing = showing
        self._lifting = lifting

    async def undo(self, approvals: Approvals) -> str:
        """What became of the fence."""
        scenario = self._scenario
        record = scenario.record
        scenario.enter("undo")
        # A run that was reset to before its promotion does not know of it: the data does (law 1).
        if open_at_new := await self._data.writable():
            datasets = ", ".join(open_at_new)
            return scenario.say("undo_too_late", old=record.old, new=record.new, datasets=datasets)
        self._showing.turn_to_lift(await self._lease.read())
        await self._showing.look()  # what was seen before the fence says nothing of it
        undone = await self._lifting.ask_and_lift(approvals, scenario.say("lift_what", old=record.old))
        record.warnings = undone.problems
        return undone.told
