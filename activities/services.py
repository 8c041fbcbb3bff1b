"""Components on hosts: look, act, confirm in one activity (law 3)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from temporalio import activity

from activities.errors import BadOrder, HostUnreachable, Refusal, Trouble
from activities.models import (
    Check,
    Command,
    ComponentOrder,
    Job,
    JobResult,
    Look,
    Outcome,
    StepResult,
    Target,
    Value,
)
from activities.probes import Probes
from activities.remote import Remote
from activities.remote.following import was_answered

FIRST_PAUSE = 0.05  # seconds between looks after a command; doubles up to
LONGEST_PAUSE = 1.0
DELIVERIES_TO_A_DEAD_HOST = (
    3  # each waits for a connection; then the tier goes on without it, or the step holds
)


class HostReach(Value):
    """Whether a host answers as itself. `reason` is empty when it does."""

    host: str
    reason: str = ""


class ReachOrder(Value):
    targets: list[Target]
    within_s: float = 4.0


class Lookout(Protocol):
    """One look at a component."""

    async def __call__(self) -> Look: ...


@dataclass(frozen=True)
class Confirmed:
    look: Look
    settle_s: float


class ServiceActivities:
    """Start and stop of components, by jobs and checks."""

    def __init__(self, remote: Remote, probes: Probes) -> None:
        self._remote = remote
        self._probes = probes

    @activity.defn
    async def bring_up(self, order: ComponentOrder) -> StepResult:
        """Started and well twice, `settle_s` apart. ALREADY: it was so before anything was done."""
        return await self._unless_dead(order, self._bring_up)

    @activity.defn
    async def take_down(self, order: ComponentOrder) -> StepResult:
        """Stopped: the command ended well and the check is not well, twice; killed where graceful was not enough."""
        return await self._unless_dead(order, self._take_down)

    @activity.defn
    async def see_up(self, order: ComponentOrder) -> StepResult:
        """Only a look: whether it is up and well, twice."""
        began = time.monotonic()
        seen = await self._well_twice(self._lookout(order), order.settle_s)
        outcome = Outcome.DONE if seen.look.well else Outcome.FAILED
        summary = "up and well" if seen.look.well else seen.look.reason
        return _result(outcome, summary, began, settle=seen.settle_s)

    @activity.defn
    async def see_down(self, order: ComponentOrder) -> StepResult:
        """Only a look: whether it is down, twice."""
        began = time.monotonic()
        lookout = self._lookout(order)
        looks = [await lookout()]
        if not looks[0].well:
            await _pause(order.settle_s)
            looks.append(await lookout())
        if any(look.well for look in looks):
            return _result(Outcome.FAILED, "it still serves", began)
        return _result(Outcome.DONE, "down", began, settle=order.settle_s)

    async def _bring_up(self, order: ComponentOrder) -> StepResult:
        began = time.monotonic()
        job = self._job(order)
        lookout = self._lookout(order)
        if (
            not await self._claimed(job)
            and (seen := await self._well_twice(lookout, order.settle_s)).look.well
        ):
            return _result(Outcome.ALREADY, "was up and well", began, settle=seen.settle_s)
        done = await self._remote.run_job(job)
        if done.outcome is not Outcome.DONE:
            return _of_job(done, began)
        confirmed = await self._confirm(lookout, order)
        if confirmed.look.well:
            return _of_job(done, began, Outcome.DONE, "up and well", confirmed.settle_s)
        why = f"started, but {confirmed.look.reason} (waited {order.ready_within_s:g} s)"
        return _of_job(done, began, Outcome.FAILED, why, confirmed.settle_s)

    async def _take_down(self, order: ComponentOrder) -> StepResult:
        began = time.monotonic()
        lookout = self._lookout(order)
        done = await self._remote.run_job(self._job(order))
        if done.outcome is Outcome.UNKNOWN or (done.outcome is Outcome.FAILED and order.kill is None):
            return _of_job(done, began)
        patience = order.act.kill_after_s if order.kill else order.ready_within_s
        seen = await self._until(lookout, well=False, within_s=patience)
        word = "stopped"
        if order.kill is not None and (seen.well or done.outcome is Outcome.FAILED):
            done = await self._remote.run_job(self._kill_job(order, order.kill))
            if done.outcome is not Outcome.DONE:
                return _of_job(done, began)
            seen, word = await self._until(lookout, well=False, within_s=order.ready_within_s), "killed"
        if seen.well:
            why = f"the command ended, but it still serves after {order.ready_within_s:g} s"
            return _of_job(done, began, Outcome.FAILED, why)
        await _pause(order.settle_s)
        again = await lookout()
        outcome, why = (Outcome.FAILED, "it came back") if again.well else (Outcome.DONE, word)
        return _of_job(done, began, outcome, why, order.settle_s)

    @staticmethod
    def _kill_job(order: ComponentOrder, kill: Command) -> Job:
        name = order.name.model_copy(update={"step": f"{order.name.step}-kill"})
        return Job(name=name, target=order.target, command=kill, epoch=order.epoch)

    @activity.defn
    async def reach(self, order: ReachOrder) -> list[HostReach]:
        """Which hosts answer over SSH as themselves. It also opens the connections that are needed soon."""
        return list(await asyncio.gather(*(self._reach(target, order.within_s) for target in order.targets)))

    async def _reach(self, target: Target, within_s: float) -> HostReach:
        try:
            seen = await asyncio.wait_for(
                self._remote.look(target, Command(run="true", timeout_s=within_s)), within_s
            )
        except (Refusal, Trouble) as error:
            return HostReach(host=target.label, reason=error.message)
        except TimeoutError:
            return HostReach(host=target.label, reason=f"no answer within {within_s:g} s")
        return HostReach(
            host=target.label, reason="" if seen.exit_code == 0 else f"exit code {seen.exit_code}"
        )

    async def _claimed(self, job: Job) -> bool:
        """A second delivery joins its job instead of looking: the job may be in the middle of its work."""
        return activity.info().attempt > 1 and await self._remote.find_job(job) is not None

    @staticmethod
    async def _unless_dead(
        order: ComponentOrder, act: Callable[[ComponentOrder], Awaitable[StepResult]]
    ) -> StepResult:
        """A host that stays out of reach, and of whose job no delivery has ever heard, is given up."""
        try:
            return await act(order)
        except HostUnreachable:
            if activity.info().attempt < DELIVERIES_TO_A_DEAD_HOST or was_answered():
                raise
            # Nobody knows whether a request reached it before it fell silent (law 2).
            return StepResult(
                outcome=Outcome.UNKNOWN, summary=f"{order.target.label} does not answer over SSH"
            )

    @staticmethod
    def _job(order: ComponentOrder) -> Job:
        return Job(name=order.name, target=order.target, command=order.act, epoch=order.epoch)

    def _lookout(self, order: ComponentOrder) -> Lookout:
        check, target = order.check, order.target
        if check.kind in ("tcp", "http"):
            return lambda: self._probes.check(check)
        if check.kind == "command" and check.command is not None:
            return lambda: self._look_by_command(target, check)
        if check.kind == "log":
            return lambda: self._look_in_log(target, check)
        raise BadOrder(f"{order.service}.{order.component}: a check of kind {check.kind} without a command")

    async def _look_by_command(self, target: Target, check: Check) -> Look:
        assert check.command is not None
        seen = await self._remote.look(target, check.command)
        if seen.exit_code == 0:
            return Look(well=True, seconds=seen.seconds)
        return Look(well=False, reason=f"its check ends with {seen.exit_code}", seconds=seen.seconds)

    async def _look_in_log(self, target: Target, check: Check) -> Look:
        """The newest 500 lines; a log is read as the SSH user."""
        quoted = "'" + check.path.replace("'", "'\\''") + "'"
        script = f"tail -n 500 {quoted}"
        seen = await self._remote.look(target, Command(run=script, timeout_s=check.timeout_s))
        if seen.exit_code != 0:
            return Look(well=False, reason=f"{check.path} cannot be read", seconds=seen.seconds)
        well = _found(check.says, seen.output)
        return Look(
            well=well,
            reason="" if well else f"{check.path} does not say {check.says!r}",
            seconds=seen.seconds,
        )

    async def _confirm(self, lookout: Lookout, order: ComponentOrder) -> Confirmed:
        first = await self._until(lookout, well=True, within_s=order.ready_within_s)
        if not first.well:
            return Confirmed(first, 0.0)
        await _pause(order.settle_s)
        again = await lookout()
        if not again.well:
            again = again.model_copy(
                update={"reason": f"it was well and {order.settle_s:g} s later {again.reason}"}
            )
        return Confirmed(again, order.settle_s)

    async def _well_twice(self, lookout: Lookout, settle_s: float) -> Confirmed:
        first = await lookout()
        if not first.well:
            return Confirmed(first, 0.0)
        await _pause(settle_s)
        return Confirmed(await lookout(), settle_s)

    @staticmethod
    async def _until(lookout: Lookout, *, well: bool, within_s: float) -> Look:
        """Look until it is (not) well, or the time is over; the last look is returned."""
        deadline = time.monotonic() + within_s
        pause = FIRST_PAUSE
        while True:
            seen = await lookout()
            if seen.well is well or time.monotonic() + pause > deadline:
                return seen
            await _pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


async def _pause(seconds: float) -> None:
    """Sleep, and say that we live: a settle time may be longer than the heartbeat timeout."""
    if activity.in_activity():
        activity.heartbeat(*activity.info().heartbeat_details)
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 3.0))
        if activity.in_activity():
            activity.heartbeat(*activity.info().heartbeat_details)


def _found(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text, re.MULTILINE) is not None
    except re.error as error:
        raise BadOrder(f"the log check {pattern!r} is no regular expression: {error}") from None


def _result(outcome: Outcome, summary: str, began: float, settle: float = 0.0) -> StepResult:
    return StepResult(
        outcome=outcome, summary=summary, seconds=time.monotonic() - began, settle_seconds=settle
    )


def _of_job(
    done: JobResult, began: float, outcome: Outcome | None = None, summary: str = "", settle: float = 0.0
) -> StepResult:
    return StepResult(
        outcome=outcome or done.outcome,
        summary=summary or done.summary,
        exit_code=done.exit_code,
        tail=done.tail,
        log=done.log,
        seconds=time.monotonic() - began,
        settle_seconds=settle,
    )
