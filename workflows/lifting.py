"""Undoing a fence: asked of the approvers, the epoch written first, lifted, proven, cleared (laws 5, 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio import workflow

from workflows.approvals import Approvals
from workflows.epochs import EpochRecords
from workflows.fencing import Lift
from workflows.lease import LeaseKeeper, Overtaken
from workflows.recognition import Recognition
from workflows.scenario import Scenario
from workflows.watching import Watching, end_fence_watch

with workflow.unsafe.imports_passed_through():
    from workflows.plan import Plan
    from workflows.run import Aborted


@dataclass(frozen=True)
class Undone:
    """`told`: what became of the fence, for the conclusion of the run. `problems`: a line each."""

    told: str
    problems: list[str]
    is_lifted: bool


class Lifting:
    """The fence of one center, taken away by a run that holds the lease."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        center: str,
        recognition: Recognition,
        lease: LeaseKeeper,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`before`: what must be over before the first device is touched."""
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._recognition = recognition
        self._lease = lease
        self._before = before

    async def ask_and_lift(self, approvals: Approvals, what: str) -> Undone:
        """By an approval of its own. A no leaves the fence, and how to ask again is said."""
        record, center = self._scenario.record, self._center
        record.will_do = [what]
        record.will_stop = []
        if refusal := await approvals.approve(what):
            return Undone(f"{center} stays fenced: {refusal}; {self._again}", [], False)
        return await self._lift()

    async def _may_lift(self) -> None:
        """Raises Overtaken when another run has taken the lease meanwhile: it closes what would be opened here.

        So does silence: whether the other side was promoted since, only the Estate knows (laws 1, 2).
        """
        await self._lease.intends("lift", self._center, unheard=False)

    async def _lift(self) -> Undone:
        """Its watch ends once the Estate has taken the intent: a lift that is refused leaves it watched (law 1).

        From the intent on the watch fences nothing again; it begins anew when the lift is given up.
        """
        await self._may_lift()
        if self._before is not None:
            await self._before()
        try:
            problems, is_lifted = await self._open()
        except (Aborted, Overtaken):
            await self._give_up()
            raise
        center = self._center
        if not is_lifted:
            await self._give_up()
            told = f"the fence of {center} is not lifted: {'; '.join(problems)}; {self._again}"
            return Undone(told, problems, False)
        self._lease.did("lift", center)
        await self._lease.clear(f"fence/{center}", "every device says that it is lifted")
        told = f"; but {'; '.join(problems)}" if problems else ", and it serves again"
        return Undone(f"the fence of {center} was lifted{told}", problems, True)

    async def _open(self) -> tuple[list[str], bool]:
        """Unwatched from here on. What could not be done, and whether every device says that it is lifted."""
        await end_fence_watch(self._scenario, self._plan.estate, self._center)
        epochs = EpochRecords(self._scenario, self._plan, self._center, self._lease.epoch)
        await epochs.write()
        lift = Lift(self._scenario, self._plan, self._center, self._recognition, self._may_lift)
        return [*await lift.lift(), *await epochs.write_rest()], lift.is_lifted

    async def _give_up(self) -> None:
        """Half open or not, its obligation stands: somebody watches before the Estate hears that this run does not."""
        watching = Watching(self._scenario, self._plan, self._center)
        watching.begin()
        await watching.settle()
        self._lease.gave_up("lift", self._center)

    @property
    def _again(self) -> str:
        return self._scenario.say("lift_again", estate=self._plan.estate, center=self._center)
