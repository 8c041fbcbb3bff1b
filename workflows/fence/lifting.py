"""Undoing a fence: asked of the approvers, the epoch written first, lifted, proven, cleared (laws 5, 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio import workflow

from workflows.asking.approvals import Approvals
from workflows.asking.showing import Showing
from workflows.fence.epochs import EpochRecords
from workflows.fence.fencing import Lift
from workflows.fence.other_side import OtherSide, guarded, see_other_side
from workflows.fence.watching import Watching, end_fence_watch
from workflows.scenario.lease import LeaseKeeper, Overtaken
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.models.estate import EstateView
    from workflows import slices
    from workflows.plan import Plan
    from workflows.run.fenced import is_lifting, lifted_by
    from workflows.run.run import Aborted


@dataclass(frozen=True)
class Undone:
    """`told`: what became of the fence, for the conclusion of the run. `problems`: a line each."""

    told: str
    problems: list[str]
    is_lifted: bool


class _OtherSideChangedError(Exception):
    """The data of the other side is not what the approvers were shown."""

    def __init__(self, other: OtherSide) -> None:
        self.other = other


class Lifting:
    """The fence of one center, taken away by a run that holds the lease."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        center: str,
        showing: Showing,
        lease: LeaseKeeper,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`before`: what must be over before the first device is touched."""
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._showing = showing
        self._lease = lease
        self._before = before
        self._services: list[str] = []
        self._shown = OtherSide()
        self._opened: list[str] = []  # devices that were lifted before the other side changed

    async def ask_and_lift(self, approvals: Approvals, what: str, estate: EstateView | None) -> Undone:
        """By an approval of its own. A no leaves the fence, and how to ask again is said.

        The data of the other side is asked before people are, after their yes, and before each device, for a run may
        be held in between: what takes writes there keeps this center closed, whatever the estate's record says (laws
        1, 17). `estate`: that record, if it answers.
        """
        if estate is not None and (by := lifted_by(estate, self._center)):
            told = self._scenario.say("undo_lifted", center=self._center, run=by)
            return Undone(told, [], True)
        await self._give_up_former(estate)
        self._services = services = guarded(self._plan, estate, self._center, self._scenario.record.services)
        other = await self._see(services)
        while not other.writable:
            await self._show(what, estate, other)
            if refusal := await approvals.approve(what):
                return Undone(f"{self._center} stays fenced: {refusal}; {self._again}", [], False)
            self._shown, other = other, await self._see(services)
            if not other.is_known_from(self._shown):
                continue
            try:
                return await self._lift(list(other.unknown.values()))
            except _OtherSideChangedError as changed:
                other = changed.other
        return self._too_late(other)

    async def _see(self, services: list[str]) -> OtherSide:
        other = await see_other_side(self._scenario, self._plan, self._scenario.record.new, services)
        for line in other.unknown.values():
            self._scenario.note("warning", line)
        return other

    async def _show(self, what: str, estate: EstateView | None, other: OtherSide) -> None:
        record = self._scenario.record
        record.will_do = [what]
        self._showing.turn_to_lift(estate, list(other.unknown.values()))
        await self._showing.look()

    def _too_late(self, other: OtherSide) -> Undone:
        record = self._scenario.record
        told = self._scenario.say(
            "undo_too_late",
            estate=self._plan.estate,
            old=self._center,
            new=record.new,
            datasets=", ".join(other.writable.values()),
            again=self._again,
        )
        if not self._opened:
            return Undone(told, [], False)
        ways = "; ".join(slices.fence_by_hand(self._plan, self._center))
        half = self._scenario.say(
            "lift_half", devices=", ".join(self._opened), center=self._center, ways=ways
        )
        return Undone(f"{told}; {half}", [half], False)

    async def _may_lift(self) -> None:
        """Raises Overtaken when another run has taken the lease meanwhile: it closes what would be opened here.

        So does silence: whether the other side was promoted since, only the Estate knows (laws 1, 2).
        """
        await self._lease.intends("lift", self._center, unheard=False)

    async def _may_move(self) -> None:
        """Right before each device. Raises Overtaken, or that the other side changed since it was shown."""
        await self._may_lift()
        other = await self._see(self._services)
        if not other.is_known_from(self._shown):
            raise _OtherSideChangedError(other)

    async def _lift(self, unknown: list[str]) -> Undone:
        """`unknown`: what nobody could tell, to be said with the rest.

        Its watch ends once the Estate has taken the intent: a lift that is refused leaves it watched (law 1).

        From the intent on the watch fences nothing again; it begins anew when the lift is given up.
        """
        await self._may_lift()
        if self._before is not None:
            await self._before()
        try:
            problems, is_lifted = await self._open()
        except (Aborted, Overtaken, _OtherSideChangedError):
            await self._give_up()
            raise
        center = self._center
        if not is_lifted:
            await self._give_up()
            told = f"the fence of {center} is not lifted: {'; '.join(problems)}; {self._again}"
            return Undone(told, problems, False)
        self._lease.did("lift", center)
        await self._lease.clear(f"fence/{center}", "every device says that it is lifted")
        serves = "" if problems else ", and it serves again"
        but = f"; but {'; '.join(said)}" if (said := [*problems, *unknown]) else ""
        return Undone(f"the fence of {center} was lifted{serves}{but}", said, True)

    async def _open(self) -> tuple[list[str], bool]:
        """Unwatched from here on. What could not be done, and whether every device says that it is lifted."""
        await end_fence_watch(self._scenario, self._plan.estate, self._center)
        epochs = EpochRecords(self._scenario, self._plan, self._center, self._lease.epoch)
        await epochs.write()
        lift = Lift(self._scenario, self._plan, self._center, self._showing.recognition, self._may_move)
        self._opened = lift.opened
        return [*await lift.lift(), *await epochs.write_rest()], lift.is_lifted

    async def _give_up_former(self, estate: EstateView | None) -> None:
        """A lift that this run was in the middle of before its reset: while people think, somebody watches."""
        if estate is not None and is_lifting(estate, self._center, workflow.info().first_execution_run_id):
            await self._give_up()

    async def _give_up(self) -> None:
        """Half open or not, its obligation stands: somebody watches before the Estate hears that this run does not."""
        watching = Watching(self._scenario, self._plan, self._center)
        watching.begin()
        await watching.settle()
        self._lease.gave_up("lift", self._center)

    @property
    def _again(self) -> str:
        return self._scenario.say("lift_again", estate=self._plan.estate, center=self._center)
