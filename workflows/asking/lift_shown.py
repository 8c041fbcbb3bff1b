"""What people are shown when a fence is to be lifted: since when it stands, what opens, what serves then (law 6)."""

from __future__ import annotations

from collections.abc import Sequence

from temporalio import workflow

from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.models.estate import Action, EstateView
    from workflows import slices
    from workflows.pages.times import Times
    from workflows.plan import Plan
    from workflows.run.direction import what_stops


def lift_shown(
    scenario: Scenario, plan: Plan, estate: EstateView | None, unknown: Sequence[str] = ()
) -> list[str]:
    """A line each, of the fence of `record.old`. `estate` None: its record does not answer.

    `unknown`: lines of what nobody could tell of the data of the other side.
    """
    record, say = scenario.record, scenario.say
    devices = ", ".join(f"{order.name} ({order.stops})" for order in slices.lifts(plan, record.old))
    return [
        *_since(scenario, estate),
        say("lift_opens", devices=devices or say("none")),
        say("lift_serves", services=", ".join(record.services), old=record.old, new=record.new),
        *unknown,
        _others(scenario, estate),
        say("lift_no", old=record.old, again=say("lift_again", estate=plan.estate, center=record.old)),
    ]


def _since(scenario: Scenario, estate: EstateView | None) -> list[str]:
    """By the estate's record; by this run's own where that is silent."""
    record, say = scenario.record, scenario.say
    acts = [act for act in (estate.actions if estate else []) if _is_fence(act, record.old)]
    acts = [
        act for act in acts if act.epoch == acts[-1].epoch
    ]  # an earlier fence may have been lifted long ago
    done = [act for act in acts if act.stage == "done"]
    if newest := (done or acts)[-1:]:
        at, by = newest[0].at, newest[0].workflow_id
    elif "fenced" in record.facts:
        at, by = record.facts["fenced"], record.workflow_id
    else:
        return []
    times = Times.of(record.timezone, scenario.now())
    when = f"{times.at(at)} {times.zone}"
    if acts and not done:
        return [say("lift_begun", old=record.old, at=when, by=by)]
    return [say("lift_since", old=record.old, at=when, by=by)]


def _is_fence(act: Action, center: str) -> bool:
    return act.what == "fence" and act.target == center


def _others(scenario: Scenario, estate: EstateView | None) -> str:
    if estate is None:
        return scenario.say("lift_unseen")
    runs = what_stops(estate, scenario.record.workflow_id)
    return scenario.say("lift_others", runs=", ".join(runs)) if runs else scenario.say("lift_alone")
