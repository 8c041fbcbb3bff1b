"""What the former self of a run that was reset has left: the run does not know of it, its Estate does (laws 1, 8)."""

from __future__ import annotations

from temporalio import workflow

from workflows.scenario.lease import LeaseKeeper
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.models.estate import EstateView
    from workflows.run.fenced import why_only_failback
    from workflows.run.half_done import half_done


async def left_fenced(scenario: Scenario, lease: LeaseKeeper) -> str:
    """For a run that knows of no fence of its own: what of it stands all the same, with the way out. Empty: nothing."""
    # Asked by every run: a replay of what was done before a reset must do the same as that run did.
    view = await lease.read()
    if not scenario.was_reset:
        return ""
    if view is None:
        return scenario.say("former_unknown", estate=scenario.record.estate)
    first = workflow.info().first_execution_run_id
    fences = [one.target for one in view.obligations if one.kind == "fence" and one.first_run_id == first]
    return "; ".join(_told(scenario, view, center) for center in fences)


def _told(scenario: Scenario, view: EstateView, center: str) -> str:
    left = scenario.say("former_fenced", center=center)
    half = half_done(view.actions)
    if half and half.old == center:
        way = scenario.say("cleanup_forward", center=center, earlier=half.words)
    elif why := why_only_failback(view, center):
        way = scenario.say("lift_failback", center=center, why=why)
    else:
        way = scenario.say("lift_way", estate=scenario.record.estate, center=center)
    return f"{left}; {way}"
