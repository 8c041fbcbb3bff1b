"""A declaration that reaches no fence device, and the guards of the old writers (laws 1, 8)."""

from __future__ import annotations

import time

import pytest
from temporalio.client import Client

from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, start, wait_of
from tests.workflows.world import World
from workflows.plan import Plan
from workflows.plan.datasets import Guard
from workflows.record import State

FENCE = "fence-seoul"
BOTH = ["stop renewing from busan", "stop renewing from control"]


@pytest.fixture
def guarded(plan: Plan, world: World) -> Plan:
    """The lab's plan with a guard on its dataset; no fence device answers."""
    service = plan.services["core-banking"]
    guard = Guard.model_validate({"after": "60s", "close": "stop it"})
    data = {name: one.model_copy(update={"guard": guard}) for name, one in service.data.items()}
    services = plan.services | {"core-banking": service.model_copy(update={"data": data})}
    world.devices_gone = True
    return plan.model_copy(update={"services": services})


async def test_guards_that_expire_are_a_fence(client: Client, guarded: Plan, world: World) -> None:
    """Held with the time at which they count, it goes on by itself then; the report says what stopped the writers."""
    world.guard_after = {"control": 3.0, "busan": 5.0}
    at = time.time() - time.monotonic()
    async with workers(client, world):
        await apply(client, guarded)
        run = await start(client, guarded)
        await decide(run)
        await approve(run, "kim", "lee")
        held = await wait_of(run, FENCE)
        assert "count as a fence at" in held.title
        assert world.count("drain") == world.count("promote") == 0
        result = await run.result()
    assert result.state is State.DONE
    assert sorted(set(world.does[: world.index("drain")])) == BOTH
    assert result.facts["fenced"] - at > world.guard_stopped["busan"] + 5.0
    (told,) = [line for line in result.warnings if "own guards" in line]
    assert "core-banking.ledger" in told
    assert any("writers stopped by their guards" in entry.text for entry in result.journal)


@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        ({"guard_keeps": {"busan"}}, "busan"),
        ({"guard_keeps": {"control"}}, "control"),
        ({"guard_said": {"control": "", "busan": ""}}, "never seen armed"),
        ({"guard_said": {"busan": "its process does not run"}}, "its process does not run"),
        ({"blind": {"busan"}}, "only 1 of 2 failure domains can see"),
    ],
    ids=["busan-silent", "control-silent", "never-armed", "guard-dead", "blind"],
)
async def test_guards_that_do_not_count_hold_the_run(
    client: Client, guarded: Plan, world: World, spoiled: dict[str, object], says: str
) -> None:
    """Law 1: nothing is promoted, whatever time goes by; an abort makes both places renew again, and says what else."""
    for name, value in spoiled.items():
        setattr(world, name, value)
    async with workers(client, world):
        await apply(client, guarded)
        run = await start(client, guarded)
        await decide(run)
        await approve(run, "kim", "lee")
        held = await wait_of(run, FENCE)
        assert says in held.title and "count as a fence at" not in held.title
        assert world.count("drain") == world.count("promote") == 0
        await run.execute_update("abort", {"by": "ops", "reason": "no fence"})
        world.dark = set()
        await approve(run, "kim", "lee")
        result = await run.result()
    assert result.state is State.ABORTED
    assert {"resume renewing from control", "resume renewing from busan"} <= set(world.does)
    assert "guard.sh rearm" in result.conclusion


async def test_a_device_that_confirms_needs_no_guard(client: Client, guarded: Plan, world: World) -> None:
    """Nothing is told to stop renewing while a fence device does its work."""
    world.devices_gone = False
    async with workers(client, world):
        await apply(client, guarded)
        run = await start(client, guarded)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await run.result()
    assert result.state is State.DONE
    assert world.count("stop renewing") == 0
