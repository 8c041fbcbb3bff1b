"""Asking other runs to stop before an estate is changed under them (law 10)."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.estate_watch import WatchActivities
    from activities.models.estate import ClosedRun, RunRef, StillOrder, StopOrder
    from workflows import names, policies

STILL_WITHIN = policies.DEVICE_WITHIN + 10  # seconds
STOPS_WITHIN = 20.0  # seconds that other runs are given to stop; then the lease is taken whatever they do


async def stop_others(scenario: Scenario, estate: str, runs: list[RunRef]) -> None:
    """A cancel is an abort, for each as far as it can be undone. What they did stands in the journal."""
    shown = ", ".join(run.workflow_id for run in runs)
    scenario.note("order", f"{shown} asked to stop, for at most {STOPS_WITHIN:.0f} s")
    try:
        closed: list[ClosedRun] = await workflow.execute_activity_method(
            WatchActivities.stop_runs,
            StopOrder(estate=estate, runs=runs, within_s=STOPS_WITHIN),
            task_queue=names.queue(estate, names.CONTROL),
            summary=scenario.summary("sum_stop", runs=shown),
            **policies.stop(STOPS_WITHIN),
        )
    except ActivityError as error:
        scenario.note("warning", f"{shown} could not be asked to stop: {error.cause}")
        return
    ended = {one.workflow_id: one.how for one in closed}
    for run in runs:
        how = ended.get(run.workflow_id)
        told = (
            f"is over ({how})" if how else "did not stop in time; it may act until a host refuses its epoch"
        )
        scenario.note("fact" if how else "warning", f"{run.workflow_id} {told}")


async def until_still(scenario: Scenario, estate: str, run: RunRef) -> None:
    """Until no device is moved any more for a run that lost its lease: two would move it against each other (law 1).

    Called once the lease is taken: from then on the Estate refuses the other run's intents. One that was terminated
    asks for none, but what it had begun at a device goes on without it.
    """
    shown = run.workflow_id
    try:
        moving: list[RunRef] = await workflow.execute_activity_method(
            WatchActivities.await_still,
            StillOrder(runs=[run], within_s=STILL_WITHIN, outlives_s=policies.DEVICE_WITHIN),
            task_queue=names.queue(estate, names.CONTROL),
            summary=scenario.summary("sum_still", run=shown),
            **policies.stop(STILL_WITHIN),
        )
    except ActivityError as error:
        scenario.note("warning", f"whether {shown} still moves a device is not known: {error.cause}")
        return
    if moving:
        scenario.note("warning", f"{shown} may still move a device after {STILL_WITHIN:.0f} s; going on")
    else:
        scenario.note("fact", f"{shown} moves no device any more")
