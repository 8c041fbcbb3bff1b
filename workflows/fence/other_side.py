"""What the data of the other side says before a fence is lifted: records may be wrong, data is not (laws 1, 2, 17)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.datasets import DatasetActivities
    from activities.models import DatasetStatus
    from activities.models.estate import EstateView
    from workflows import names, policies, slices
    from workflows.plan import Plan
    from workflows.run.half_done import all_half_done

LOOK_WITHIN = 5.0  # seconds; people wait for it


@dataclass(frozen=True)
class OtherSide:
    """By dataset: a line for each that takes writes there, and for each of which nobody could tell."""

    writable: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    def is_known_from(self, shown: OtherSide) -> bool:
        """Whether a yes to what was shown is one to this: nothing takes writes, and no more is unknown."""
        return not self.writable and set(self.unknown) <= set(shown.unknown)


def guarded(plan: Plan, estate: EstateView | None, center: str, services: Collection[str]) -> list[str]:
    """The services that the fence of a center keeps from a second writer: those of the run, all that live there, and
    those of which a promotion is half done: their writer may be anywhere.

    `estate` None: nobody knows which live there, so every service of the plan counts.
    """
    if estate is None:
        return sorted(plan.services)
    begun = {service for half in all_half_done(estate.actions) for service in half.services}
    return sorted(one for one in {*services, *estate.at(center), *begun} if one in plan.services)


async def see_other_side(scenario: Scenario, plan: Plan, center: str, services: list[str]) -> OtherSide:
    """The datasets of `services` themselves at `center`, each asked now. A look that fails is unknown (law 2)."""
    own = [label for label in slices.datasets(plan, services) if label.partition(".")[0] in services]
    found = await asyncio.gather(*(_status(scenario, plan, center, label) for label in own))
    hosts = {label: slices.side(plan, label, center).target.label for label in own}
    seen = dict(zip(own, found, strict=True))
    say = scenario.say
    return OtherSide(
        writable={
            label: say("lift_writable", label=label, host=hosts[label])
            for label, status in seen.items()
            if status.writable
        },
        unknown={
            label: say("lift_unknown", label=label, host=hosts[label], why=status.error or say("lift_silent"))
            for label, status in seen.items()
            if status.writable is None
        },
    )


async def _status(scenario: Scenario, plan: Plan, center: str, label: str) -> DatasetStatus:
    try:
        status: DatasetStatus = await workflow.execute_activity_method(
            DatasetActivities.dataset_status,
            slices.side(plan, label, center),
            task_queue=names.queue(plan.estate, center),
            summary=scenario.summary("sum_replica", label=label, center=center),
            **policies.look(LOOK_WITHIN),
        )
    except ActivityError as error:
        return DatasetStatus(reachable=False, at=scenario.now(), error=why_it_failed(error).summary)
    return status
