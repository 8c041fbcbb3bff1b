"""A run's lease and epoch, its intents and results, and what it owes (laws 5, 8, 10)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.estate_line import EstateLine
from workflows.scenario.scenario import Scenario, Step
from workflows.scenario.stopping import stop_others, until_still

with workflow.unsafe.imports_passed_through():
    from activities.estate_client import EstateActivities
    from activities.models import Outcome, StepResult
    from activities.models.estate import (
        Acquire,
        Action,
        Clear,
        Granted,
        Guest,
        Lease,
        Oblige,
        Owed,
        Release,
        RunRef,
        SetActive,
    )


class Overtaken(Exception):
    """Another run holds the lease under a higher epoch: this one changes nothing more (law 5)."""


class LeaseKeeper(EstateLine):
    """One run and its Estate. `epoch` is 0 until the lease is taken.

    `takes_over`: also from a holder that lives, after it was asked to stop; for a declaration alone (law 10).
    """

    def __init__(self, scenario: Scenario, estate: str, *, takes_over: bool = False) -> None:
        super().__init__(scenario, estate)
        self._takes_over = takes_over
        self._owed: list[Owed] = []
        self._results: list[asyncio.Task[None]] = []
        self._uncleared: dict[str, str] = {}  # id -> proof, that the Estate did not hear
        self.epoch = 0

    # --- the lease

    async def take(self, what: str, target: str, owed: Sequence[Owed] = ()) -> int:
        """The epoch of the lease, with the intent of the first irreversible step and what it will owe recorded.

        While another run holds it, this one is held: retry, or abort.
        """
        self._owed = list(owed)
        ask = self._acquire().model_copy(update={"what": what, "target": target})
        binding = self._scenario.say("bind_lease")
        step = Step("lease", self._scenario.say("step_lease"), safety=True, binding=binding)
        await self._scenario.perform(step, lambda attempt: self._take_once(ask))
        return self.epoch

    async def try_take(self, owed: Sequence[Owed]) -> str | None:
        """As `take`, without an intent and without a hold: why it is not granted, or None."""
        self._owed = list(owed)
        step = Step("lease", self._scenario.say("step_lease"), safety=True)
        result = await self._scenario.attempt(step, lambda attempt: self._take_once(self._acquire()), 1)
        return None if result.outcome.is_good else result.summary

    def _acquire(self) -> Acquire:
        record = self._scenario.record
        return Acquire(
            **self._run(),
            **self._direction(),
            scenario=record.scenario,
            reason=record.reason,
            started_by=record.started_by,
            oblige=self._owed,
        )

    async def _take_once(self, ask: Acquire) -> StepResult:
        granted: Granted = await self._ask(
            EstateActivities.acquire_lease, ask, self._scenario.say("step_lease")
        )
        if self._takes_over and (granted.guests or (granted.holder and not granted.granted)):
            granted = await self._take_over(ask, granted)
        if not granted.granted:
            return StepResult(outcome=Outcome.FAILED, summary=granted.reason or "the lease is not granted")
        self.epoch = granted.epoch
        self._is_known = True
        self._scenario.record.epoch = granted.epoch
        if earlier := self._earlier(granted):
            await until_still(self._scenario, self._estate, earlier)
        if granted.over is None:
            return StepResult(outcome=Outcome.DONE, summary=f"epoch {granted.epoch}")
        taken = f"taken over from {granted.over.workflow_id} ({granted.over.reason})"
        self._scenario.note("warning", f"the lease was {taken}; what it did last stands in the estate")
        return StepResult(outcome=Outcome.DONE, summary=f"epoch {granted.epoch}, {taken}")

    async def _take_over(self, ask: Acquire, granted: Granted) -> Granted:
        """Ask all others to stop, with a limit; then the lease is taken whatever its holder says (law 10)."""
        holder = None if granted.granted else granted.holder
        runs = [run_of(guest) for guest in granted.guests]
        if holder is not None:
            runs.insert(0, run_of(holder))
        await stop_others(self._scenario, self._estate, runs)
        if holder is None:
            return granted
        ask = ask.model_copy(update={"take_over": holder})
        again: Granted = await self._ask(
            EstateActivities.acquire_lease, ask, self._scenario.say("step_lease")
        )
        return again

    def _earlier(self, granted: Granted) -> RunRef | None:
        """Who may have a device in the middle: the holder before, or what this run was before its reset."""
        if granted.over is not None:
            return run_of(granted.over)
        info = workflow.info()
        if not granted.after_reset:
            return None
        return RunRef(workflow_id=info.workflow_id, first_run_id=info.first_execution_run_id)

    async def give_back(self, *, finished: bool = False, untouched: bool = False) -> None:
        """At the end of a run: lease, announcement, a guest's place. What it owes stays on the book.

        `finished`: a promotion that was begun has come to its good end. `untouched`: the run changed nothing: where
        the answer of the lease was lost the Estate has an obligation of it all the same.
        """
        if not self._is_known:
            return
        await asyncio.gather(*self._results)
        for id, proof in list(self._uncleared.items()):
            await self.clear(id, proof)
        await self._release(Release(**self._run(), finished=finished, untouched=untouched))

    async def let_go(self, closed: RunRef) -> None:
        """The place of a closed guest, when what it owed was seen to."""
        await self._release(Release(estate=self._estate, **closed.model_dump()))

    async def _release(self, release: Release) -> None:
        try:
            await self._ask(EstateActivities.release_lease, release, self._scenario.say("sum_release"))
        except ActivityError as error:
            self._scenario.note("warning", f"the lease was not given back: {error.cause}")

    async def _hold_on(self, what: str = "fence") -> str | None:
        """The lease is no longer this run's: taken anew where the estate was registered anew, or this run had given
        it back before it was reset. Why not, or None.

        With it stands the intent of the fence that it owes: nobody but who opens a center may count its lift.
        """
        ask = self._acquire()
        fences = [one.target for one in self._owed if one.kind == "fence"]
        if fences and what != "lift":
            ask = ask.model_copy(update={"what": "fence", "target": fences[0]})
        taken = await self._take_once(ask)
        if not taken.outcome.is_good:
            return taken.summary
        self._scenario.note("warning", f"the lease was lost; {taken.summary}")
        return None

    # --- intents and results

    async def intends(self, what: str, target: str, *, unheard: bool = True) -> None:
        """Before an irreversible step, so that a run that takes over knows where this one stood (law 10).

        `unheard`: whether the step is done without a word of the Estate too (law 9): never what opens a center.
        Raises Overtaken: then the step is not done.
        """
        silent = "" if unheard else self._scenario.say("estate_silent")
        refusal = await self._record(what, target, "intent", silent)
        if refusal is None:
            return
        if refusal == silent:
            raise Overtaken(f"{self._scenario.word(what)} {target}: {silent}")
        reason = await self._hold_on(what) or await self._record(what, target, "intent")
        if reason is not None:
            raise Overtaken(f"{self._scenario.word(what)} {target}: {reason}")

    def did(self, what: str, target: str, guards: Sequence[str] = ()) -> None:
        """After it. Nothing waits for this: a run that takes over finds the intent, and looks."""
        self._results.append(asyncio.create_task(self._note_result(what, target, "done", guards)))

    def gave_up(self, what: str, target: str) -> None:
        """It was not brought to its end, and this run tries it no more."""
        self._results.append(asyncio.create_task(self._note_result(what, target, "failed")))

    async def _note_result(self, what: str, target: str, stage: str, guards: Sequence[str] = ()) -> None:
        reason = await self._record(what, target, stage, guards=guards)
        # A center that was closed must be owed, whoever had given the lease back before a reset.
        if reason and what == "fence":
            reason = await self._hold_on() or await self._record(what, target, stage, guards=guards)
        if reason:
            self._scenario.note(
                "warning", f"the Estate does not take the result of {what} {target}: {reason}"
            )

    async def set_active(self, services: list[str], center: str) -> None:
        """Write the new direction; every later run and the samplers go by it."""
        title = self._scenario.say("step_active", center=center)

        async def set_once(attempt: int) -> StepResult:
            wrong = await self._set_active(services, center, title)
            if wrong and (reason := await self._hold_on()) is not None:
                return StepResult(
                    outcome=Outcome.FAILED, summary=f"{', '.join(wrong)} not recorded: {reason}"
                )
            if wrong and (wrong := await self._set_active(services, center, title)):
                return StepResult(outcome=Outcome.FAILED, summary=f"{', '.join(wrong)} not recorded")
            return StepResult(outcome=Outcome.DONE, summary=f"{', '.join(services)} at {center}")

        await self._scenario.perform(Step("active", title), set_once)

    async def _set_active(self, services: list[str], center: str, title: str) -> list[str]:
        """The services that the Estate did not record."""
        change = SetActive(**self._run(), epoch=self.epoch, services=services, center=center)
        active = await self._ask(EstateActivities.set_active, change, title)
        return [service for service in services if active.get(service) != center]

    async def _record(
        self, what: str, target: str, stage: str, silent: str = "", guards: Sequence[str] = ()
    ) -> str | None:
        """Why the Estate does not take it, or None. `silent`: what to answer when it says nothing."""
        action = Action(
            **self._run(),
            **self._direction(),
            epoch=self.epoch,
            what=what,
            target=target,
            stage=stage,
            at=self._scenario.now(),
            guards=list(guards),
        )
        try:
            refusal: str | None = await self._ask(
                EstateActivities.record_action, action, self._stage(stage, what, target)
            )
        except ActivityError as error:
            # The run's own history has it too; a declaration does not wait for a second copy (law 9).
            self._scenario.note("warning", f"the Estate has no {stage} of {what} {target}: {error.cause}")
            return silent or None
        return refusal

    def _stage(self, stage: str, what: str, target: str) -> str:
        summary, shown = self._scenario.summary, self._scenario.word(what)
        if stage == "intent":
            return summary("sum_intent", what=shown, target=target)
        return summary("sum_result", what=shown, target=target)

    # --- obligations

    async def oblige(self, *owed: Owed) -> str | None:
        """Before something is made that must be undone (law 8). Why the Estate does not take it, or None."""
        self._owed = [*self._owed, *owed]
        ask = Oblige(**self._run(), epoch=self.epoch, obligations=list(owed))
        shown = ", ".join(one.id for one in owed)
        summary = self._scenario.summary("sum_oblige", what=shown)
        refusal: str | None = await self._ask(EstateActivities.oblige_estate, ask, summary)
        return refusal

    async def clear(self, id: str, proof: str) -> None:
        """After the proof that nothing is left of it; what the Estate does not take is said."""
        self._owed = [one for one in self._owed if one.id != id]
        ask = Clear(**self._run(), epoch=self.epoch, id=id, proof=proof)
        try:
            refusal = await self._ask(
                EstateActivities.clear_obligation, ask, self._scenario.summary("sum_clear", what=id)
            )
        except ActivityError as error:
            refusal = str(error.cause)
            self._uncleared[id] = proof
        else:
            self._uncleared.pop(id, None)
        if refusal:
            self._scenario.note("warning", f"{id} still stands in the estate: {refusal}")


def run_of(one: Lease | Guest) -> RunRef:
    return RunRef(workflow_id=one.workflow_id, first_run_id=one.first_run_id)
