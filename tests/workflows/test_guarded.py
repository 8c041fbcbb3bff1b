"""A declaration that reaches no fence device, and the guards of the old writers (laws 1, 8)."""

from __future__ import annotations

import asyncio
import time

import pytest
from temporalio.client import Client

from activities.models import EnrolRenewer
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, seen, start, wait_of
from tests.workflows.test_fence_watch import declare, told, watched
from tests.workflows.world import World
from workflows import names
from workflows.pages.details import page
from workflows.plan import Plan
from workflows.plan.datasets import Guard
from workflows.run.record import RunRecord, State

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
        (
            {"guard_heard": {"control": 0}},
            "nobody knows whom at control the guard of core-banking.ledger listens to",
        ),
        ({"guard_said": {"busan": "its process does not run"}}, "its process does not run"),
        ({"blind": {"busan"}}, "only 1 of 2 failure domains can see"),
    ],
    ids=["busan-silent", "control-silent", "never-armed", "unheard", "guard-dead", "blind"],
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


async def test_while_a_run_may_count_no_other_renewer_begins(
    client: Client, guarded: Plan, world: World
) -> None:
    """Law 1: whoever would renew from now on asks the estate first, and is refused until the run gives it back."""
    world.guard_after = {"control": 60.0}
    ask = EnrolRenewer(place="control", renewer="another")
    async with workers(client, world):
        await apply(client, guarded)
        estate = client.get_workflow_handle(names.estate_id(guarded.estate))
        run = await start(client, guarded)
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, FENCE)
        assert await estate.execute_update("enrol_renewer", ask) == 0
        await run.execute_update("abort", {"by": "ops", "reason": "no fence"})
        world.dark = set()
        await approve(run, "kim", "lee")
        await run.result()
        assert await estate.execute_update("enrol_renewer", ask) > 0


async def test_a_run_that_lost_the_estate_counts_no_guard(
    client: Client, guarded: Plan, world: World
) -> None:
    """Laws 1, 10: while it waits its lease is given back, so another worker may be let renew: nothing is counted."""
    world.guard_after = {"control": 3.0}
    async with workers(client, world):
        await apply(client, guarded)
        estate = client.get_workflow_handle(names.estate_id(guarded.estate))
        run = await start(client, guarded)
        await decide(run)
        await approve(run, "kim", "lee")
        assert "count as a fence at" in (await wait_of(run, FENCE)).title
        ours = {"workflow_id": run.id, "first_run_id": run.first_execution_run_id}
        assert await estate.execute_update("release", {"estate": guarded.estate, **ours})
        await seen(run, lambda r: any("this run does not hold the estate" in wait.title for wait in r.waits))
        assert world.count("drain") == world.count("promote") == 0
        await run.terminate()


def tried(record: RunRecord) -> int:
    return sum("open, and not fenced again" in entry.text for entry in record.journal)


def of_guards(world: World) -> list[str]:
    return [body for body in told(world) if "were closed by their own guards" in body]


async def test_what_guards_alone_hold_is_told_as_it_is_and_once(
    client: Client, guarded: Plan, world: World
) -> None:
    """Law 18: no device ever held it; a watch that sees it serve says what stops the writers, and what to look for."""
    seoul = guarded.centers["seoul"].model_copy(update={"fence_watch": 1.0})
    guarded = guarded.model_copy(update={"centers": {**guarded.centers, "seoul": seoul}})
    async with workers(client, world):
        watch = await declare(client, guarded, world)
        world.dark.discard("seoul")
        await watched(
            watch, lambda r: r.warnings and "only the expired guards of its writers" in r.warnings[0]
        )
        await watched(watch, lambda r: tried(r) == 1)
        await asyncio.sleep(
            3.0
        )  # both places have looked at all of it: what opens later is no more than that
        world.dark.add("seoul")
        await watched(watch, lambda r: "closed_again" in r.facts)
        before = len(of_guards(world))
        world.dark.discard("seoul")
        await watched(watch, lambda r: tried(r) >= 2)
    first, *rest = told(world)
    assert first.startswith(
        "No fence device holds seoul; its writers (core-banking.ledger) were closed by their own guards"
    )
    assert "where it is a database, somebody there opened it" in first and "'off seoul' at pdu-ctl" in first
    assert len(of_guards(world)) == before, told(world)
    assert not any("could not be fenced again" in body for body in [first, *rest])


async def test_a_renewer_that_began_before_and_is_silent_holds_the_run(
    client: Client, guarded: Plan, world: World
) -> None:
    """Law 1: a second worker of control began, and does not answer; the guard may listen to it: held."""
    async with workers(client, world):
        await apply(client, guarded)
        estate = client.get_workflow_handle(names.estate_id(guarded.estate))
        await estate.execute_update("enrol_renewer", EnrolRenewer(place="control", renewer="another"))
        run = await start(client, guarded)
        await decide(run)
        await approve(run, "kim", "lee")
        held = await wait_of(run, FENCE)
        assert "control (" in held.title and "does not say that it stopped" in held.title
        assert world.count("promote") == 0
        await run.terminate()


@pytest.mark.parametrize(
    ("said", "shows"),
    [
        ({}, ["heard 0 s ago: armed", "the guards count as a fence of writers, about 40 s after"]),
        (
            {"control": "", "busan": ""},
            ["control never heard of it", "are no fence: the guard of", "never seen armed"],
        ),
        ({"busan": "its process does not run"}, ["its process does not run", "are no fence: the guard of"]),
    ],
    ids=["armed", "never", "dead"],
)
async def test_approvers_see_the_guards(
    client: Client, guarded: Plan, world: World, said: dict[str, str], shows: list[str]
) -> None:
    """Law 6: for each guarded host what each place heard, until when its lease runs, and what it is worth."""
    world.guard_said, world.guard_after = said, {"control": 40.0, "busan": 20.0}
    async with workers(client, world):
        await apply(client, guarded)
        run = await start(client, guarded)
        await wait_of(run, "severity")
        record = await run.query("record", result_type=RunRecord)
        await run.terminate()
    shown = "\n".join(record.guards)
    assert all(text in shown for text in shows), shown
    assert len(record.guards) == 3 and "seoul/db-1" in shown
    assert world.count("stop renewing") == 0
    for language, title in (("en", "Guards of writers"), ("ko", "쓰기 감시기")):
        text = page(record.model_copy(update={"language": language}), record.started_at)
        assert title in text and "seoul/db-1" in text
