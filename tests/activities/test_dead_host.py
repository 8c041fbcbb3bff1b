"""A component's step on a host that answers nothing: it comes to an end, and soon (law 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.errors import HostUnreachable
from activities.models import Check, Command, ComponentOrder, Job, JobName, JobResult, Outcome, Target
from activities.probes import Probes
from activities.remote import Remote
from activities.services import DELIVERIES_TO_A_DEAD_HOST, ServiceActivities

ORDER = ComponentOrder(
    service="core-banking",
    component="was",
    target=Target(estate="e", center="busan", host="was-2", address="192.0.2.1", user="u", key="k"),
    check=Check(kind="command", command=Command(run="true")),
    act=Command(run="sv up was"),
    settle_s=0.0,
    epoch=2,
    name=JobName(workflow_id="w", first_run_id="r", step="start-was@was-2", attempt=1),
)


@dataclass
class Dead:
    """No question is answered, whatever it is."""

    async def run_job(self, job: Job) -> JobResult:
        raise HostUnreachable(f"{job.target.label} is dead")

    async def find_job(self, job: Job) -> JobResult | None:
        raise HostUnreachable(f"{job.target.label} is dead")

    async def look(self, target: Target, command: Command) -> Any:
        raise HostUnreachable(f"{target.label} is dead")


def delivered(attempt: int, *details: Any) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt, heartbeat_details=list(details))
    return environment


@pytest.mark.parametrize("verb", ["bring_up", "take_down"])
async def test_a_dead_host_is_given_up(verb: str) -> None:
    """After a few deliveries nobody knows (law 2); before that each is asked again."""
    act = getattr(ServiceActivities(cast(Remote, Dead()), Probes()), verb)
    for attempt in range(1, DELIVERIES_TO_A_DEAD_HOST):
        with pytest.raises(HostUnreachable):
            await delivered(attempt).run(act, ORDER)
    unheard = {"job": "w/r/start-was@was-2/1", "offset": 0, "tail": "", "answered": False}
    given_up = await delivered(DELIVERIES_TO_A_DEAD_HOST, unheard).run(act, ORDER)
    assert given_up.outcome is Outcome.UNKNOWN
    assert "busan/was-2" in given_up.summary


async def test_a_job_that_was_heard_of_is_joined_for_as_long_as_it_takes() -> None:
    """Law 4: a host that answered once has the job; a link that is cut for long does not give it up."""
    heard = {"job": "w/r/start-was@was-2/1", "offset": 0, "tail": "", "answered": True}
    activities = ServiceActivities(cast(Remote, Dead()), Probes())
    with pytest.raises(HostUnreachable):
        await delivered(DELIVERIES_TO_A_DEAD_HOST + 5, heard).run(activities.bring_up, ORDER)
