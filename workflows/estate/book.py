"""The rules of an Estate: one exclusive holder, epochs, guests, obligations (laws 5, 8, 10). No Temporal in here.

Every method that may say no returns the reason or None. A run is named by workflow id and first run id.
"""

from __future__ import annotations

from typing import Any

from activities.models.estate import (
    Acquire,
    Action,
    Announcement,
    Clear,
    Entrance,
    Granted,
    Guest,
    Lease,
    Obligation,
    Oblige,
    Registration,
    Release,
    RunRef,
    SetActive,
)
from workflows.estate.ends import ends_with
from workflows.estate.obligations import Obligations
from workflows.estate.state import EstateState, Named, Remark, SetAside, same, without
from workflows.run.fenced import begins_at, why_only_failback
from workflows.run.half_done import HalfDone, half_done

DECLARATION = "declaration"
CLEANUP = "cleanup"
URGENT = (DECLARATION, CLEANUP)  # they may take over what a closed run left half done
KEPT_ACTIONS = 200  # of irreversible steps; older ones are in the reports
KEPT_REMARKS = 50
KEPT_OVERTAKEN = 50


class EstateBook:
    """One estate's state and what may be done to it."""

    def __init__(self, state: EstateState) -> None:
        self.state = state
        self.obligations = Obligations(state)

    def register(self, registration: Registration, now: float) -> None:
        """Take over a plan. A watch that the plan before had no place for is tried again at once."""
        state = self.state
        state.epoch = max(state.epoch, 1)
        state.plan_hash, state.plan_data = registration.plan_hash, registration.plan_data
        state.applied_at = now
        state.sampling = registration.sampling
        state.watches = {}
        self._settle_services(registration, now)

    def _settle_services(self, registration: Registration, now: float) -> None:
        """Services that are known keep their active center, also over a plan that does not name them (law 11)."""
        state = self.state
        known = {**state.left, **state.active}
        state.left = {name: center for name, center in known.items() if name not in registration.homes}
        state.active = {}
        for name, home in registration.homes.items():
            state.active[name] = known.get(name) or begins_at(state, home, registration.sampling)
            if name not in known and state.active[name] != home:
                self.remark(now, f"{name} begins at {state.active[name]}: {home} is fenced")

    # --- the lease

    def acquire(self, ask: Acquire, now: float) -> Granted:
        """The exclusive lease, with a new epoch; or why not. The same holder gets what it has."""
        state, held = self.state, self.state.lease
        if held is not None and same(held, ask):
            return Granted(granted=True, epoch=held.epoch, holder=held, guests=self._others(ask))
        if reason := self.why_not_any(ask):
            return Granted(granted=False, epoch=state.epoch, reason=reason)
        if held is not None and (reason := self.why_not_over(held, ask)):
            others = self._others(ask)
            return Granted(granted=False, epoch=state.epoch, holder=held, reason=reason, guests=others)
        state.set_aside = self._overtake(held, ask, now) if held is not None else None
        state.epoch += 1
        state.lease = Lease(
            workflow_id=ask.workflow_id,
            first_run_id=ask.first_run_id,
            scenario=ask.scenario,
            reason=ask.reason,
            since=now,
            epoch=state.epoch,
            started_by=ask.started_by,
        )
        state.announcements = without(state.announcements, ask)
        self.obligations.add(ask, ask.oblige, state.epoch, now)
        if ask.what:
            self._keep(_intent(ask, state.epoch, now))
        return Granted(
            granted=True, epoch=state.epoch, holder=state.lease, over=held, guests=self._others(ask)
        )

    def why_not_any(self, ask: Acquire) -> str | None:
        """Why a run would not get the lease even if nobody held it (law 10), or None."""
        state = self.state
        if any(same(run, ask) for run in state.overtaken):
            return f"{ask.workflow_id} was overtaken: it changes nothing more"
        half = self.half_done
        if half and ask.scenario not in URGENT:
            return f"{half.words}: only a new declaration goes on from there"
        others = [one for one in state.announcements if not same(one, ask)]
        if others and ask.scenario != DECLARATION:
            return f"{others[0].workflow_id} is announced ({others[0].reason})"
        return None

    def why_not_over(self, held: Lease, ask: Acquire) -> str | None:
        """Why a run does not get the lease of its holder (law 10), or None."""
        # A run's id is its lock: an earlier run of the same id is over.
        if held == ask.over or held.workflow_id == ask.workflow_id:
            owed = [] if ask.scenario in URGENT else self.owed(held)
            return f"what {held.workflow_id} left is being undone: {owed[0].id}" if owed else None
        if held == ask.take_over and ask.scenario == DECLARATION:
            return None
        return f"the lease is held by {held.workflow_id} ({held.reason})"

    def _overtake(self, held: Lease, ask: Acquire, now: float) -> SetAside:
        state = self.state
        ref = RunRef(workflow_id=held.workflow_id, first_run_id=held.first_run_id)
        state.overtaken = [*state.overtaken, ref][-KEPT_OVERTAKEN:]
        lives = " although it lives" if held == ask.take_over else ", which is over"
        self.remark(now, f"{ask.workflow_id} took the lease over from {held.workflow_id}{lives}")
        departed = [one for one in state.departed if same(one.run, held)]
        state.departed = [one for one in state.departed if one not in departed]
        return SetAside(lease=held, departed=departed)

    def _restore(self, aside: SetAside) -> None:
        """What a run owes again is undone by a cleanup again, if that run is over or when it will be."""
        if self.owed(aside.lease):
            self.state.lease = aside.lease
            self.state.departed = [*self.state.departed, *aside.departed]

    def release(self, run: Release, now: float) -> bool:
        """All that the run has here but its obligations; another's stays. Returns whether it held the lease.

        Of a run that changed nothing its obligations go too.
        """
        state, held = self.state, self.state.lease
        state.announcements = without(state.announcements, run)
        state.guests = without(state.guests, run)
        state.departed = [one for one in state.departed if not same(one.run, run)]
        if run.untouched:
            for told in self.obligations.drop(run):
                self.remark(now, told)
        if held is None or not same(held, run):
            return False
        state.lease, aside, state.set_aside = None, state.set_aside, None
        if run.untouched and aside is not None:
            self._restore(aside)
        if run.finished:
            for end in ends_with(state, held, now):
                self._keep(end)
        return True

    def why_not_write(self, run: Named, epoch: int) -> str | None:
        """Why a run may not write here (laws 5, 10), or None: only the holder of the lease may, and a guest.

        A run that gave its lease back and was reset since is neither: it takes the lease anew, with what it owes.
        """
        if any(same(guest, run) for guest in self.state.guests):
            return None
        if reason := self.why_overtaken(run, epoch):
            return reason
        return None if same(self.state.lease, run) else f"{run.workflow_id} does not hold the lease"

    def why_overtaken(self, run: Named, epoch: int) -> str | None:
        """Why what a run knows of its estate is no longer so (law 5), or None."""
        state = self.state
        if epoch == state.epoch and not any(same(one, run) for one in state.overtaken):
            return None
        return f"epoch {epoch} of {run.workflow_id} was overtaken: the estate is at epoch {state.epoch}"

    def record(self, action: Action, now: float) -> str | None:
        """An intent before, a result after an irreversible step (law 10). The same one twice is once."""
        if reason := self.why_not_write(action, action.epoch) or self.why_not_lift(action):
            return self._refuse(now, f"{action.stage} of {action.what} {action.target}", reason)
        if action not in self.state.actions:
            self._keep(action)
        return None

    def why_not_lift(self, action: Action) -> str | None:
        """Why a run may not open the center again that it closed: a promotion of the other side is known (law 1)."""
        own_fence = action.what == "lift" and action.stage == "intent" and action.target == action.old
        return why_only_failback(self.state, action.target, action.services) if own_fence else None

    def set_active(self, change: SetActive, now: float) -> str | None:
        """The active center of services, by the holder of the lease alone."""
        held = self.state.lease
        if not same(held, change) or held is None or held.epoch != change.epoch:
            reason = f"epoch {change.epoch} of {change.workflow_id} does not hold the lease"
            return self._refuse(now, f"{change.center} as the active center", reason)
        self.state.active = {**self.state.active, **dict.fromkeys(change.services, change.center)}
        return None

    # --- announcements and guests

    def announce(self, ask: Entrance, now: float) -> None:
        """A run that will want the lease; from here on no new guests. Twice is once."""
        if any(same(one, ask) for one in self.state.announcements) or same(self.state.lease, ask):
            return
        # An earlier run of the same id is over.
        others = [one for one in self.state.announcements if one.workflow_id != ask.workflow_id]
        self.state.announcements = [*others, Announcement(**_entry(ask), since=now)]

    def join(self, ask: Entrance, now: float) -> str | None:
        """A guest beside the lease, or why not."""
        state = self.state
        if any(same(guest, ask) for guest in state.guests):
            return None
        if reason := self.why_not_join():
            return self._refuse(now, f"{ask.workflow_id} as a guest", reason)
        state.guests = [*state.guests, Guest(**_entry(ask), since=now)]
        return None

    def why_not_join(self) -> str | None:
        """Why no new guest is let in (law 10), or None."""
        state, held = self.state, self.state.lease
        if state.announcements:
            one = state.announcements[0]
            return f"{one.workflow_id} is announced ({one.reason})"
        if held is not None and held.scenario in URGENT:
            return f"{held.workflow_id} holds the estate ({held.reason})"
        return self.half_done.words if self.half_done else None

    # --- obligations

    def oblige(self, ask: Oblige, now: float) -> str | None:
        if reason := self.why_not_write(ask, ask.epoch):
            return self._refuse(now, f"an obligation of {ask.workflow_id}", reason)
        self.obligations.add(ask, ask.obligations, ask.epoch, now)
        return None

    def clear(self, ask: Clear, now: float) -> str | None:
        """Off the book, by a proof alone. What is not there is cleared already."""
        if not ask.proof.strip():
            return self._refuse(now, f"clearing {ask.id}", "there is no proof that nothing is left of it")
        # A cleanup of a guest holds no lease.
        if reason := self.why_overtaken(ask, ask.epoch):
            return self._refuse(now, f"clearing {ask.id}", reason)
        if any(one.id == ask.id for one in self.state.obligations):
            self.remark(now, f"{ask.id} is cleared by {ask.workflow_id}: {ask.proof}")
        self.state.obligations = [one for one in self.state.obligations if one.id != ask.id]
        return None

    def remark(self, now: float, text: str) -> None:
        self.state.remarks = [*self.state.remarks, Remark(at=now, text=text)][-KEPT_REMARKS:]

    # --- parts

    @property
    def half_done(self) -> HalfDone | None:
        return half_done(self.state.actions)

    def owed(self, run: Named) -> list[Obligation]:
        """What a run must undo, or have undone."""
        return self.obligations.of(run)

    def _others(self, run: Named) -> list[Guest]:
        return without(self.state.guests, run)

    def _refuse(self, now: float, what: str, reason: str) -> str:
        self.remark(now, f"refused: {what}: {reason}")
        return reason

    def _keep(self, action: Action) -> None:
        self.state.actions = [*self.state.actions, action][-KEPT_ACTIONS:]


def _entry(ask: Entrance) -> dict[str, Any]:
    return ask.model_dump(exclude={"estate"})


def _intent(ask: Acquire, epoch: int, now: float) -> Action:
    """The intent of the first irreversible step, recorded with the grant."""
    return Action(
        estate=ask.estate,
        workflow_id=ask.workflow_id,
        first_run_id=ask.first_run_id,
        epoch=epoch,
        what=ask.what,
        target=ask.target,
        stage="intent",
        at=now,
        old=ask.old,
        new=ask.new,
        services=ask.services,
    )
