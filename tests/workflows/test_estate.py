"""The Estate on a real server: its watch over closed runs, take-over, guests, and its continuing as new."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from temporalio.client import Client, WorkflowHandle

from activities.models.estate import Action, Entrance, Granted, Oblige, Owed
from tests.workflows.conftest import apply, workers
from tests.workflows.holders import ask, entrance, holder
from tests.workflows.test_declaration import LONGEST, approve, decide, estate_of, seen, start, wait_of
from tests.workflows.world import World
from workflows import names, slices
from workflows.estate.estate import Estate, EstateState
from workflows.plan import Plan, snapshot
from workflows.run.record import State


def estate_handle(client: Client, plan: Plan) -> WorkflowHandle[Any, Any]:
    return client.get_workflow_handle(names.estate_id(plan.estate))


async def estate_seen(client: Client, plan: Plan, so: Callable[[EstateState], Any]) -> Any:
    """Poll the Estate until `so` gives something."""
    deadline = time.monotonic() + LONGEST
    while not (found := so(await estate_of(client, plan))):
        assert time.monotonic() < deadline, (await estate_of(client, plan)).model_dump(exclude={"plan_data"})
        await asyncio.sleep(0.05)
    return found


async def tell(client: Client, plan: Plan, name: str, message: Any) -> Any:
    return await estate_handle(client, plan).execute_update(name, message)


async def test_the_lease_of_a_terminated_run_is_freed(client: Client, plan: Plan, world: World) -> None:
    """Law 10: nobody has to come for it; guests and announcements of closed runs go the same way."""
    async with (
        workers(client, world),
        holder(client, plan.estate, "ipl") as ipl,
        holder(client, plan.estate, "batch") as batch,
        holder(client, plan.estate, "declaration") as other,
    ):
        await apply(client, plan)
        assert await tell(client, plan, "join", entrance(plan.estate, batch, "batch")) is None
        await tell(client, plan, "acquire", ask(plan.estate, ipl, "ipl"))
        await tell(client, plan, "announce", entrance(plan.estate, other, "declaration"))
        for run in (ipl, batch, other):
            await run.terminate("by mistake")
        state: EstateState = await estate_seen(
            client, plan, lambda s: s if not (s.lease or s.guests or s.announcements) else None
        )
        await estate_seen(client, plan, lambda s: not s.exports)
    told = [one.text for one in state.remarks]
    assert len(told) == 3 and all("terminated" in line for line in told), told
    assert sorted(order.workflow_id for order in world.exported) == sorted([ipl.id, batch.id, other.id])


async def test_a_declaration_takes_over_from_whom_it_cannot_stop(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 10: shown to the approvers, asked to stop, taken with a new epoch; the old holder is refused then."""
    async with (
        workers(client, world),
        holder(client, plan.estate, "ipl", stubborn=True) as ipl,
        holder(client, plan.estate, "batch") as batch,
    ):
        await apply(client, plan)
        old = ask(plan.estate, ipl, "ipl")
        await tell(client, plan, "acquire", old)
        await tell(client, plan, "join", entrance(plan.estate, batch, "batch"))
        run = await start(client, plan)
        await estate_seen(client, plan, lambda s: s.announcements)
        assert "is announced" in await tell(client, plan, "join", entrance(plan.estate, ipl, "drill"))
        await decide(run)
        await wait_of(run, "declaration")
        shown = await seen(run, lambda r: r.will_stop)
        assert any(ipl.id in line for line in shown) and any(batch.id in line for line in shown), shown
        await approve(run, "kim", "lee")
        result = await run.result()
        late = Action(**_run(old), epoch=2, what="promote", target="x", stage="intent", at=1.0)
        assert "was overtaken" in await tell(client, plan, "record", late)
        again = Granted.model_validate(await tell(client, plan, "acquire", old))
        assert not again.granted and "was overtaken" in again.reason
        state = await estate_of(client, plan)
    assert (result.state, result.epoch) == (State.DONE, 3)
    assert world.index("stop ") < world.index("fence "), world.does
    journal = "\n".join(entry.text for entry in result.journal)
    assert f"{ipl.id} did not stop in time" in journal and f"{batch.id} is over (canceled)" in journal
    assert f"taken over from {ipl.id}" in journal
    assert any("although it lives" in one.text for one in state.remarks)


async def test_a_new_holder_opens_a_new_round(client: Client, plan: Plan, world: World) -> None:
    """Law 6: what will be stopped is part of what a voice is bound to; here it ends while people think."""
    async with workers(client, world), holder(client, plan.estate, "ipl") as ipl:
        await apply(client, plan)
        await tell(client, plan, "acquire", ask(plan.estate, ipl, "ipl"))
        run = await start(client, plan)
        await decide(run)
        token = (await wait_of(run, "declaration")).token
        await ipl.terminate("gone")
        async with asyncio.timeout(LONGEST * 4):  # the first look at whether it still holds comes after 15 s
            while (await wait_of(run, "declaration")).token == token:
                await asyncio.sleep(0.5)
        assert not any(ipl.id in line for line in (await seen(run, lambda r: r.will_stop)))
        await run.terminate("the test is over")


async def test_a_reset_run_is_not_taken_for_a_closed_one(client: Client, plan: Plan, world: World) -> None:
    """A reset ends one run and begins another under the same first run id: what it holds is still its own."""
    from tests.workflows.test_reset import reset, schedules

    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await wait_of(run, "declaration")
        again = await reset(client, run, before=schedules("sight"))
        await asyncio.sleep(2.5)
        state = await estate_of(client, plan)
        await again.terminate("the test is over")
    assert [one.workflow_id for one in state.announcements] == [run.id], state.remarks


async def test_a_cancel_request_does_not_end_an_estate(client: Client, plan: Plan, world: World) -> None:
    """What everybody asks is not stopped by a wrong click."""
    async with workers(client, world), holder(client, plan.estate, "ipl") as ipl:
        await apply(client, plan)
        await tell(client, plan, "acquire", ask(plan.estate, ipl, "ipl"))
        await estate_handle(client, plan).cancel()
        await estate_seen(client, plan, lambda s: [one for one in s.remarks if "not followed" in one.text])
        await ipl.terminate("still watched")
        await estate_seen(client, plan, lambda s: s.lease is None)


async def test_no_update_is_lost_where_it_continues_as_new(client: Client, plan: Plan, world: World) -> None:
    """Each of hundreds of updates is answered once, over many borders; what was said before is known after."""
    async with workers(client, world), holder(client, plan.estate, "ipl") as ipl:
        handle = await client.start_workflow(
            Estate.run,
            EstateState(estate=plan.estate, turn_over_at=40),
            id=names.estate_id(plan.estate),
            task_queue=names.queue(plan.estate, names.CONTROL),
        )
        await handle.execute_update("register", slices.registration(plan, snapshot(plan)))
        estate = estate_handle(client, plan)
        granted = Granted.model_validate(await tell(client, plan, "acquire", ask(plan.estate, ipl, "ipl")))
        pace = asyncio.Semaphore(8)  # the server takes ten at a time for one run

        async def oblige(number: int) -> Any:
            made = Owed(id=f"clone/{number}", kind="clone", target=str(number))
            message = Oblige(**_run(ask(plan.estate, ipl, "ipl")), epoch=granted.epoch, obligations=[made])
            async with pace:
                return await estate.execute_update("oblige", message, id=f"u{number}")

        answers = await asyncio.gather(*(oblige(number) for number in range(300)))
        state = await estate_of(client, plan)
        about = await estate.describe()
        await estate.terminate("the test is over")
    assert answers == [None] * 300
    assert sorted(one.id for one in state.obligations) == sorted(f"clone/{n}" for n in range(300))
    assert about.run_id != handle.first_execution_run_id
    assert state.lease is not None and state.lease.epoch == granted.epoch


async def test_an_answer_is_the_same_over_the_border(client: Client, plan: Plan, world: World) -> None:
    """The server knows update ids within one run; a release that is asked again is still the one that released."""
    async with workers(client, world), holder(client, plan.estate, "ipl") as ipl:
        handle = await client.start_workflow(
            Estate.run,
            EstateState(estate=plan.estate, turn_over_at=1),
            id=names.estate_id(plan.estate),
            task_queue=names.queue(plan.estate, names.CONTROL),
        )
        await handle.execute_update("register", slices.registration(plan, snapshot(plan)))
        estate = estate_handle(client, plan)
        asked = ask(plan.estate, ipl, "ipl")
        await estate.execute_update("acquire", asked)
        runs = set()
        for _ in range(3):
            assert await estate.execute_update("release", Entrance(**_entrance(asked)), id="r1") is True
            runs.add((await estate.describe()).run_id)
            await asyncio.sleep(0.3)
        await estate.terminate("the test is over")
    assert len(runs) > 1, "it never continued as new"


def _run(asked: Any) -> dict[str, str]:
    return {
        "estate": asked.estate,
        "workflow_id": asked.workflow_id,
        "first_run_id": asked.first_run_id,
    }


def _entrance(asked: Any) -> dict[str, str]:
    return {**_run(asked), "scenario": asked.scenario, "reason": asked.reason}
