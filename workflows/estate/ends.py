"""Which promotions come to their end with the lease of a run that ended well (laws 8, 10). Pure."""

from __future__ import annotations

from activities.models.estate import Action, Lease
from workflows.estate.state import EstateState, same
from workflows.run.half_done import END, HalfDone, all_half_done


def ends_with(state: EstateState, held: Lease, now: float) -> list[Action]:
    """Those of what its run moved, of the runs before it too; what others began elsewhere stays half done."""
    own = {service for one in state.actions if same(one, held) for service in one.services}
    begun = [half for half in all_half_done(state.actions) if half.epoch <= held.epoch]
    return [_end(state, held, half, now) for half in begun if own.issuperset(half.services)]


def _end(state: EstateState, held: Lease, half: HalfDone, now: float) -> Action:
    return Action(
        estate=state.estate,
        workflow_id=held.workflow_id,
        first_run_id=held.first_run_id,
        epoch=held.epoch,
        what=END,
        target=", ".join(half.labels),
        stage="done",
        at=now,
        old=half.old,
        new=half.new,
        services=half.services,
    )
