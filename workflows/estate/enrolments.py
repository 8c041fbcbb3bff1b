"""Who may renew guards: every renewer begins under a generation that the Estate gives (laws 1, 5). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from activities.models import EnrolRenewer, RenewerRef
from workflows.estate.book import DECLARATION
from workflows.estate.state import EstateState
from workflows.run.half_done import half_done

KEPT = 4  # of each place; a run counts no guard that may listen to one before them


def enrolled(known: Sequence[RenewerRef], ask: EnrolRenewer, now: float) -> list[RenewerRef]:
    """All that are known, oldest first, with the one that asks as the newest of them.

    Its generation goes by the clock of the day too, so that it rises over the loss of an Estate.
    """
    generation = max([int(now), *(one.generation + 1 for one in known)])
    mine = RenewerRef(place=ask.place, renewer=ask.renewer, generation=generation)
    here = [one for one in known if one.place == ask.place and one.renewer != ask.renewer]
    rest = [one for one in known if one.place != ask.place]
    return [*rest, *here[-(KEPT - 1) :], mine]


def enrol(state: EstateState, ask: EnrolRenewer, now: float) -> int:
    """The generation under which it may begin, or 0: a declaration may be counting, or have counted, on none."""
    is_declared = state.lease is not None and state.lease.scenario == DECLARATION
    if is_declared or half_done(state.actions):
        return 0
    state.renewers = enrolled(state.renewers, ask, now)
    return state.renewers[-1].generation
