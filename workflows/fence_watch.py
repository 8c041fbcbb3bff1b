"""FenceWatch: a fenced center is watched until a failback, or an approved lift, clears its fence (laws 1, 8, 15, 18).

What comes back by itself — power with a database that starts on its own, a fence that somebody lifted by hand, an
edge that was opened — is found within seconds, fenced again and told. The Estate is asked right before each new fence:
the active center is never fenced from here, nor one whose obligation was cleared.

What was dark is protected by its fence and not by epochs (law 5): its hosts never heard of the epochs that were granted
since. A failback therefore lets this watch end (`end_fence_watch`, which waits for its word that it acts no more)
before it opens anything, writes the current epoch to the hosts of the center first, and clears the obligation
`fence/CENTER` last. If it stands down half-way, it fences again and begins a new watch.
"""

from __future__ import annotations

import builtins
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError

from workflows.evidence.recognition import Recognition
from workflows.fence.fencing import Fencing
from workflows.fence.looking import FenceLooking
from workflows.fence.staying_open import StayingOpen
from workflows.scenario.handlers import NO_PAYLOAD
from workflows.scenario.notify import OPERATORS, Notifier
from workflows.scenario.proving import Prover, alarm_by, proofs_of
from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.estate_client import EstateActivities
    from activities.models import FenceSeen, StopWatch
    from activities.models.estate import EstateView
    from workflows import names, policies, slices
    from workflows.fence.watch_record import first_record
    from workflows.orders import FenceWatchOrder, read_fenced
    from workflows.run.fenced import (
        both_fenced,
        is_obliged,
        why_not_again,
        why_over,
        why_unfenced,
        why_unsure,
    )
    from workflows.run.messages import RunOrder
    from workflows.run.record import RunRecord, State
    from workflows.run.run import Run, Stretch
    from workflows.run.watch_state import WatchState


@workflow.defn(name="FenceWatch")
class FenceWatch(Scenario):
    @workflow.init
    def __init__(self, order: FenceWatchOrder) -> None:
        self.order = order
        self.plan = order.plan.plan()
        self.fenced = order.fenced
        self.center = self.fenced.center
        self.kept = order.state or WatchState(record=self._first_record(), obliged=True)
        # There is only forward: what a cancel request would end, only a failback or a lift may end.
        people, proofs = frozenset(self.plan.people), proofs_of(self.plan)
        self.state = Run(self.kept.record, people, proofs=proofs, stretch=Stretch.FORWARD)
        self.record.run_id = workflow.info().run_id
        self.notifier = Notifier(self, self.plan, self.kept.notices)
        self.prover = Prover(self, alarm_by(self, self.notifier), self.notifier)
        self.looking = FenceLooking(self, self.plan, self.center)
        self.staying_open = StayingOpen(self, self.plan, self.center, self.kept)
        self.seen: dict[str, FenceSeen] = {}  # by vantage point, since it was fenced the last time
        self.stopped: StopWatch | None = None
        self.over = ""

    def _first_record(self) -> RunRecord:
        info = workflow.info()
        return first_record(self.order, self.plan, info.workflow_id, info.run_id, workflow.now().timestamp())

    @property
    def is_ended(self) -> bool:
        return bool(self.stopped or self.over)

    @workflow.run
    async def run(self, order: FenceWatchOrder) -> RunRecord:
        await self.unhurried(self.watch())
        await self.unhurried(self.close())
        if self.record.state.is_end:
            return self.record
        self.kept.notices = self.notifier.sent
        next_order = order.model_copy(update={"fenced": self.fenced, "state": self.kept.shortened()})
        workflow.continue_as_new(next_order)

    async def watch(self) -> None:
        """Until it is over, or this run has grown long."""
        if self.order.state is None:
            self.enter("watch")
            if self.order.after:
                self.tell(self.say("watch_anew", center=self.center, how=self.order.after))
            # The fence is just being made, by a run that has better things to do than to wait for looks.
            await self.pause()
        while not self.is_ended and not self._is_long:
            seen = await self.looking.look(self.kept.patience, lambda: self.is_ended)
            await (self.weigh(seen) if seen else self.pause())

    @property
    def _is_long(self) -> bool:
        info = workflow.info()
        limit = self.order.turn_over_at
        return info.is_continue_as_new_suggested() or info.get_current_history_length() > limit

    async def pause(self) -> None:
        try:
            await workflow.wait_condition(
                lambda: self.is_ended,
                timeout=timedelta(seconds=self.plan.centers[self.center].fence_watch),
                timeout_summary=self.summary("sum_look_again"),
            )
        except builtins.TimeoutError:
            return

    async def weigh(self, seen: list[FenceSeen]) -> None:
        self.seen |= {one.sighting.vantage: one for one in seen}
        shown = {one.vantage: one for one in self.record.evidence}
        self.record.evidence = list(
            (shown | {name: one.sighting for name, one in self.seen.items()}).values()
        )
        devices = slices.fences(self.plan, self.center)
        reasons = {name: why_unfenced(devices, one, self.kept.held) for name, one in self.seen.items()}
        new = {one.sighting.vantage for one in seen}
        if reason := next((found for name, found in reasons.items() if found and name in new), None):
            await self.found(reason)
        elif not any(reasons.values()):
            # What the other one saw before is no reason to act, nor to be at ease.
            self.kept.held = sorted({name for one in seen for name in one.fenced}) or self.kept.held
            self.closed(self.say("watch_seen_closed"))
        self.mention_silence()
        self.show()

    def mention_silence(self) -> None:
        """Silence is told once it lasts, and when it is over; it never counts as fenced."""
        if not set(self.looking.vantages) <= {*self.seen, *self.looking.trouble}:
            return
        lasting = {
            f"{name} ({one.silent.get(name) or vantage})"
            for vantage, one in self.seen.items()
            for name in one.lasting
        }
        unknown = sorted(lasting | {f"{name} ({why})" for name, why in self.looking.trouble.items()})
        who = [line.partition(" (")[0] for line in unknown]
        text = self.say("watch_unknown", center=self.center, what="; ".join(unknown))
        if who != self.kept.unknown:
            self.kept.unknown = who
            self.tell(text if who else self.say("watch_known", center=self.center))
        still_open = self.record.warnings[:1] if self.kept.since is not None else []
        self.record.warnings = [*still_open, *([text] if unknown else [])]

    async def found(self, reason: str) -> None:
        """Ask the Estate, fence again, tell; what does not succeed is tried again, and told once, then seldom."""
        if self.kept.found(self.now()):
            self.note("fact", f"found open: {reason}")
        self.record.warnings = [self.staying_open.line(self.fenced, reason)]
        self.show()
        view = await self.ask_estate()
        if self.is_ended:
            return
        if isinstance(view, str):
            self.stays_open(reason, view)
        elif why := why_not_again(view, self.fenced):
            self.left_open(reason, why, view)
        else:
            await self.fence_again(reason)

    def left_open(self, reason: str, why: str, view: EstateView) -> None:
        """The run that has the lease knows what it does, and tells it. Where none lives, people are told once."""
        self.note_once(f"not fenced again: {why}")
        if view.holder is None and not self.kept.told_at:
            self.kept.told_at = self.now()
            self.tell(
                self.say("watch_left", center=self.center, estate=self.plan.estate, reason=reason, why=why)
            )

    async def ask_estate(self) -> EstateView | str:
        """Its word of now, or why there is none (laws 10, 11)."""
        try:
            view: EstateView = await workflow.execute_activity_method(
                EstateActivities.read_estate,
                self.plan.estate,
                task_queue=names.queue(self.plan.estate, names.CONTROL),
                summary=self.summary("step_estate"),
                **policies.estate_now(),
            )
        except ActivityError as error:
            return self.say("watch_no_estate", reason=why_it_failed(error).summary)
        self.over = self.over or why_over(view, self.fenced, was_obliged=self.kept.obliged) or ""
        self.kept.obliged = self.kept.obliged or is_obliged(view, self.fenced)
        return why_unsure(view, self.fenced) or view

    async def fence_again(self, reason: str) -> None:
        self.kept.attempts += 1
        recognition = Recognition(self, self.plan, self.center, self.plan.other(self.center), [])
        fencing = Fencing(self, self.plan, self.center, recognition)
        result = await fencing.fence_again(self.kept.attempts)
        if problem := fencing.why_not(result):
            self.stays_open(reason, problem)
            return
        self.kept.held = []
        self.seen = {}
        self.looking.forget()
        self.closed(result.summary, reason)

    def stays_open(self, reason: str, why: str) -> None:
        self.note_once(f"open, and not fenced again: {why}")
        if told := self.staying_open.notice(self.fenced, self.seen.values(), reason, why):
            self.tell(told)

    def closed(self, how: str, reason: str = "") -> None:
        """It counts as fenced. People are told when this watch did it, or when they were told that it was open."""
        was_told = bool(self.kept.told_at)
        open_for = self.kept.closed(self.now())
        if open_for is None:
            return
        self.note("fact", f"closed again after {open_for:.1f} s: {how}")
        self.record.facts["closed_again"] = self.now()
        self.record.warnings = []
        seconds = f"{open_for:.1f}"
        if reason:
            self.tell(self.say("watch_again", center=self.center, reason=reason, seconds=seconds, how=how))
        elif was_told:
            self.tell(self.say("watch_by_itself", center=self.center, seconds=seconds, how=how))

    def note_once(self, line: str) -> None:
        if not self.record.journal or self.record.journal[-1].text != line:
            self.note("warning", line)

    def tell(self, body: str) -> None:
        """Operators and executives; what is too much is held back, and counted in the next notice."""
        if not self.kept.may_tell(self.now()):
            self.note("warning", f"not told, it would be too often: {body}")
            return
        if self.kept.held_back:
            body += " " + self.say("watch_held_back", count=self.kept.held_back)
            self.kept.held_back = 0
        title = self.say("notice_watch_title", estate=self.plan.estate, center=self.center)
        for audience in (OPERATORS, "executives"):
            self.notifier.tell(audience, title, body)

    async def close(self) -> None:
        await self.prover.finish()
        await self.notifier.finish()
        if self.stopped is not None:
            self.over = self.over or f"{self.stopped.by}: {self.stopped.reason}"
        if self.over and not self.record.state.is_end:
            self.conclude(State.DONE, self.say("watch_over", center=self.center, why=self.over))
            await self.archive()
        # A stop that comes just now waits for this end: a run that goes on as a new one must not leave it behind.
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() or self._is_stopped_late)
        if self._is_stopped_late:
            await self.close()

    @property
    def _is_stopped_late(self) -> bool:
        return self.stopped is not None and not self.record.state.is_end

    @workflow.update(name="stop")
    async def stop(self, ask: StopWatch) -> str:
        """From a run that opens the center: answered when this watch acts no more, and never will again."""
        if self.stopped is None:
            self.stopped = ask
            self.note("order", f"stop: {ask.reason}", ask.by)
        await workflow.wait_condition(lambda: self.record.state.is_end)
        return self.record.conclusion

    @workflow.signal(name="fenced_anew", description="From a run: it fences the same center")
    def fenced_anew(self, raw: RawValue = NO_PAYLOAD) -> None:
        fenced = read_fenced(raw.payload.data if raw is not None else None)
        if fenced is None or fenced.center != self.center or fenced.epoch < self.fenced.epoch:
            self.forged("fenced_anew", "not what a later run fences here", raw)
            return
        self.fenced = both_fenced(self.fenced, fenced)
        self.record.services, self.record.epoch = self.fenced.services, fenced.epoch
        self.note("fact", f"fenced anew, {fenced.how}")
        self.show()

    def _abort(self, raw: RawValue | None) -> str | None:
        return self._no("abort", raw)

    def _hold(self, raw: RawValue | None) -> str | None:
        return self._no("hold", raw)

    def _no(self, verb: str, raw: RawValue | None) -> str | None:
        """Whoever could end this watch by a word could open the center: only what clears its fence ends it."""
        way = self.say("watch_no_end", center=self.center)

        def refuse(order: RunOrder) -> str:
            return self.state.refuse(self.now(), f"{order.by}: {verb}: {way}", order.by, verb)

        return self.take(verb, RunOrder, raw, refuse)
