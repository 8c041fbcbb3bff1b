"""Orders that carry one-time codes, where the plan says so: real workflows, Estate, server and codes (laws 6, 13)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.client import Client

from tests.workflows.conftest import apply, workers
from tests.workflows.test_codes import SECRETS, code, refused, wrong
from tests.workflows.test_codes_override import coded
from tests.workflows.test_declaration import Handle, approve, decide, record, seen, start, wait_of
from tests.workflows.test_floods import details
from tests.workflows.world import World
from workflows.plan import Plan, SteeringSpec
from workflows.run.proofs import STOP_S
from workflows.run.record import RunRecord, State

DNS = "dns-www-A"
WAS = "start-was@was-1"


@pytest.fixture
def plan(plan: Plan) -> Plan:
    return coded(plan).model_copy(update={"steering": SteeringSpec(proof="code")})


@pytest.fixture
def world(plan: Plan) -> World:
    return World(plan, secrets={f"{name}-code": secret for name, secret in SECRETS.items()})


async def order(run: Any, verb: str, by: str, given: str | None, by_signal: bool = True, **more: Any) -> Any:
    message = {"by": by, "reason": "because", "code": given, **more}
    if by_signal:
        return await run.signal(verb, message)
    return await run.execute_update(verb, message)


async def journal(run: Handle, kind: str, text: str) -> RunRecord:
    """Once it stands there."""

    def so(found: RunRecord) -> RunRecord | None:
        return found if any(one.kind == kind and text in one.text for one in found.journal) else None

    found: RunRecord = await seen(run, so)
    return found


async def held_at_dns(client: Client, plan: Plan, world: World) -> Handle:
    world.failing = {"dns": 1}
    await apply(client, plan)
    run = await start(client, plan)
    await decide(run)
    await approve(run, "kim", "lee")
    await wait_of(run, DNS)
    return run


@pytest.mark.parametrize("by_signal", [True, False])
async def test_an_order_is_followed_once_its_code_is_verified(
    client: Client, plan: Plan, world: World, by_signal: bool
) -> None:
    """Law 6: no code, a wrong one, another's, a used one: refused in words, nothing is done; law 18: all is told."""
    async with workers(client, world):
        run = await held_at_dns(client, plan, world)
        wait = await wait_of(run, DNS)
        assert wait.proof == "code" and all('"code": "YOUR CODE"' in paste.json_text for paste in wait.send)
        used = code("lee")
        await order(run, "retry", "sre", "123456", by_signal, step=DNS)
        await order(run, "retry", "ops", None, by_signal, step=DNS)
        await order(run, "retry", "ops", "YOUR CODE", by_signal, step=DNS)
        await order(run, "retry", "ops", wrong("ops"), by_signal, step=DNS)
        await order(run, "skip", "lee", used, by_signal, step="no such step")
        await order(run, "retry", "lee", used, by_signal, step=DNS)
        await order(run, "force", "ops", code("kim"), by_signal, step=DNS)
        told = await refused(run, 7)
        for says, count in [
            ("names no secret that makes those of sre", 1),
            ("orders carry a one-time code here: add", 1),
            ("not the six digits", 1),
            ("the code is wrong", 2),
            ("is not held", 1),
            ("was sent before", 1),
        ]:
            assert sum(says in line for line in told) == count, (says, told)
        now = await record(run)
        assert (now.state, now.orders_proving, world.count("dns")) == (State.HELD, [], 1)
        assert await order(run, "retry", "ops", code("ops"), by_signal, step=DNS) is None
        result = await run.result()
    assert result.state is State.DONE
    assert "retry dns-www-A (code verified): because" in [one.text for one in result.journal]


async def test_a_child_takes_no_order_without_a_code(client: Client, plan: Plan, world: World) -> None:
    """Law 6: what runs on a host is changed by nobody who only says a name; a relayed hold needs no second code."""
    world.failing = {"was@was-1": 1, "was@was-2": 1, "dns": 1}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda r: any(len(child.waits) >= 2 for child in r.children))
        child: Any = client.get_workflow_handle(f"{run.id}/core-banking")
        await order(child, "retry", "ops", None, step=WAS, command="evil")
        await order(child, "retry", "ops", wrong("ops"), step=WAS, command="evil")
        await order(child, "hold", "ops", None)
        await order(child, "relayed", "ops", None, nonce="guessed")
        await refused(child, 4)
        assert "evil" not in world.commands and not (await record(child)).waits[0].pairs
        await order(run, "hold", "kim", code("kim"))
        await seen(
            child, lambda r: any("hold before the next step (of the run above)" in e.text for e in r.journal)
        )
        await order(run, "resume", "kim", code("kim", 1))
        await seen(child, lambda r: any("resume (of the run above)" in e.text for e in r.journal))
        await order(child, "retry", "ops", code("ops"), step=WAS, command="other start")
        await wait_of(run, DNS)
        assert "other start" in world.commands
        report = await record(run)
        told = [entry.text for child in report.children for entry in child.journal]
        assert any(f"retry {WAS} (code verified)" in text for text in told), told
        await order(run, "retry", "lee", code("lee"), step=DNS)
        assert (await run.result()).state is State.DONE


async def test_what_only_stops_needs_nobody_who_verifies(client: Client, plan: Plan, world: World) -> None:
    """Law 9: while codes cannot be verified a hold and an abort are followed after a short time, a retry is not."""
    world.gates["burn"] = asyncio.Event()
    async with workers(client, world):
        run = await held_at_dns(client, plan, world)
        await order(run, "retry", "ops", code("ops"), step=DNS)
        await order(run, "hold", "kim", wrong("kim"))
        now = await record(run)
        assert [(one.by, one.verb) for one in now.orders_proving] == [("ops", "retry"), ("kim", "hold")]
        assert not [one for one in now.journal if one.kind == "order"]
        now = await journal(run, "order", "hold before the next step (unproven")
        [(why, told)] = [(one.text, one.at) for one in now.journal if one.text.startswith("codes are not")]
        assert now.unverified and now.unverified in why and now.unverified in await details(run)
        held_at = next(one.at for one in now.journal if one.text.startswith("hold before"))
        assert held_at - now.orders_proving[1].at >= STOP_S and held_at >= told
        assert [notice.audience for notice in world.notices if "not verified" in notice.title] == [
            "operators"
        ]
        assert [one.verb for one in now.orders_proving] == ["retry", "hold"] and world.count("dns") == 1
        world.gates["burn"].set()
        await journal(run, "warning", "hold was followed unproven, and the code is wrong")
        await journal(run, "order", "the hold of kim ends")
        await journal(run, "order", "retry dns-www-A (code verified)")
        result = await run.result()
    assert (result.state, result.unverified) == (State.DONE, "")


@pytest.mark.parametrize("verb", ["hold", "abort"])
async def test_nothing_is_promoted_before_a_stop_is_judged(
    client: Client, plan: Plan, world: World, verb: str
) -> None:
    """Laws 6, 8: an order to stop that came before the promotion stops it, however long its code takes."""
    world.gates |= {"drain": asyncio.Event(), "burn": asyncio.Event()}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await seen(run, lambda _: world.count("drain") == 1)
        await order(run, verb, "ops", code("ops"))
        world.gates["drain"].set()
        await journal(run, "step", "drain-core-banking.ledger: done")
        await asyncio.sleep(0.5)
        now = await record(run)
        assert (now.state, world.count("promote"), len(now.orders_proving)) == (State.RUNNING, 0, 1)
        world.gates["burn"].set()
        if verb == "hold":
            await wait_of(run, "pause")
            assert world.count("promote") == 0
            await order(run, "resume", "kim", code("kim"))
            assert (await run.result()).state is State.DONE
        else:
            await journal(run, "order", "abort (code verified)")
            assert world.count("promote") == 0
            await run.terminate()


async def test_an_unproven_abort_lifts_nothing_by_itself(client: Client, plan: Plan, world: World) -> None:
    """Laws 8, 9: it stands down before the fence; after it the approvers are asked, with all that their gate asks."""
    world.gates["burn"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await wait_of(run, "severity")
        await order(run, "abort", "ops", code("ops"))
        result = await run.result()
        world.gates["burn"].set()
    assert result.state is State.ABORTED
    assert any("abort (unproven" in one.text for one in result.journal)
