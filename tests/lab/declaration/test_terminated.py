"""A declaration that somebody terminates half way on the lab: it ran no code at its end, and nothing is left open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from temporalio.client import Client

from deploy.site import Site, begin_anew
from tests.lab.declaration.declaring import NEW, OLD, PATIENCE, SERVICES
from tests.lab.declaration.gated import Gated
from tests.lab.seen import served, web
from workflows import names
from workflows.estate.estate import EstateState
from workflows.run.record import RunRecord, State

pytestmark = pytest.mark.lab

FENCE, PROMOTE = f"fence-{OLD}", "promote-core-banking.ledger"


@pytest.fixture
async def gated(site: Site, client: Client) -> AsyncIterator[Gated]:
    """An estate whose power switch and promotion stand still in the middle."""
    made = Gated(site, client)
    await begin_anew(site, client, made.changes)
    yield made
    made.outside.stop()


async def estate(gated: Gated, so: Callable[[EstateState], Any], within: float = PATIENCE) -> Any:
    """What `so` finds in the Estate, as soon as it is there."""
    handle = gated.client.get_workflow_handle(names.estate_id(gated.site.estate))
    deadline = time.monotonic() + within
    while True:
        state = await handle.query("state", result_type=EstateState)
        if found := so(state):
            return found
        assert time.monotonic() < deadline, state.model_dump(exclude={"plan_data", "sampling"})
        await asyncio.sleep(0.2)


def cleaner(state: EstateState) -> str:
    return state.lease.workflow_id if state.lease and state.lease.scenario == "cleanup" else ""


async def test_terminated_after_the_fence(gated: Gated) -> None:
    """Laws 5, 8: noticed without anybody's asking; lifted by the approvers' word alone; the old side serves again."""
    gated.lose()
    await gated.declared()
    await gated.stands(FENCE)
    await gated.handle.execute_update("hold", {"by": "ops", "reason": "wait"})
    gated.open(FENCE)
    await gated.wait_of("pause", within=60.0)
    await gated.handle.terminate("by mistake")
    gated.lab.heal(OLD)

    workflow_id = await estate(gated, cleaner)
    cleanup = gated.client.get_workflow_handle(workflow_id, result_type=RunRecord)
    assert not served(web(gated.lab, OLD)), "it is not fenced: this shows nothing"
    token = ""
    while not token:
        record: RunRecord = await cleanup.query("record", result_type=RunRecord)
        token = next((wait.token for wait in record.waits if wait.name == "declaration"), "")
        await asyncio.sleep(0.2)
    for by in ("kim", "lee"):
        await cleanup.signal("approve", {"by": by, "token": token, "reason": "it was a mistake"})
    # The power was its worker's too; somebody starts it again, and the hosts are told the epoch (law 5).
    while not served(web(gated.lab, OLD)):
        await asyncio.sleep(0.5)
    worker = gated.site.workers[OLD]
    await asyncio.to_thread(worker.kill)
    await asyncio.to_thread(worker.start)
    result = await asyncio.wait_for(cleanup.result(), 300.0)
    assert result.state is State.DONE, result.conclusion
    assert f"the fence of {OLD} was lifted, and it serves again" in result.conclusion, result.conclusion
    assert served(web(gated.lab, OLD), timeout=3.0)
    await estate(gated, lambda s: not s.lease and not s.obligations and s.epoch == 3)
    assert gated.promotions() == [] and gated.begun(PROMOTE) == 0
    shown = await asyncio.to_thread(gated.site.muster_json, "estate", str(gated.site.plan))
    assert (shown["epoch"], shown["obligations"]) == (3, [])


async def test_terminated_in_the_promotion(gated: Gated) -> None:
    """Laws 4, 8, 10: only forward: the fence stays, a new declaration finds what was done and brings it to its end."""
    await gated.load(seconds=0.5)
    gated.lab.local_writer(OLD).start()
    gated.lose()
    gated.open(FENCE)
    await gated.declared()
    await gated.going(PROMOTE)
    await gated.stands(PROMOTE)
    first = (await gated.handle.describe()).run_id
    await gated.handle.terminate("by mistake")
    gated.open(PROMOTE)
    await estate(gated, lambda s: s.remarks and not s.lease and s.obligations)
    await asyncio.sleep(2.0)

    await gated.declare()
    shown = await gated.decide()
    assert any("begun to promote" in line for line in shown.warnings), shown.warnings
    (estimate,) = shown.estimates
    assert "promoted already" in estimate.reason, estimate
    await gated.approve()
    result = await gated.end()
    gated.first_write()
    truth = gated.truth()
    assert result.run_id != first
    steps = {step.name: str(step.outcome) for step in result.steps}
    assert [steps[f"{verb}-core-banking.ledger"] for verb in ("drain", "check", "promote")] == ["already"] * 3
    assert (gated.begun(PROMOTE), gated.ended(PROMOTE), len(gated.promotions())) == (1, 1, 1)
    assert {name: len(times) for name, times in gated.starts().items()} == dict.fromkeys(sorted(SERVICES), 1)
    assert not truth.both_sides_accepted_writes
    assert gated.doubled() == ""
    owed = await estate(gated, lambda s: not s.lease and s.active["core-banking"] == NEW and s.obligations)
    assert [one.id for one in owed] == [f"fence/{OLD}"]
