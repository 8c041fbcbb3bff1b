"""Overrides with one-time codes: two people, each with an own one, at a gate of its own (laws 1, 6, 13)."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio.client import Client

from tests.workflows.conftest import apply, workers
from tests.workflows.test_codes import SECRETS, code, refused, say, wrong
from tests.workflows.test_declaration import Handle, approve, decide, record, seen, start, wait_of
from tests.workflows.test_reset import reset, schedules
from tests.workflows.world import World
from workflows.plan import Plan
from workflows.run.record import RunRecord, State

FENCE = "fence-seoul"
GATE = f"override:{FENCE}"


def coded(plan: Plan, *gates: str) -> Plan:
    """With codes of everybody, asked for at these gates."""
    people = {
        name: person.model_copy(update={"code": f"{name}-code"} if name in SECRETS else {})
        for name, person in plan.people.items()
    }
    asked = {name: plan.gates[name].model_copy(update={"proof": "code"}) for name in gates}
    return plan.model_copy(update={"people": people, "gates": plan.gates | asked})


@pytest.fixture
def world(plan: Plan) -> World:
    secrets = {f"{name}-code": secret for name, secret in SECRETS.items()}
    return World(plan, secrets=secrets, devices_gone=True)


async def voice(run: Handle, by: str, given: str | None, **more: Any) -> None:
    """A yes at the open round of the override, as the Web UI sends it."""
    token = (await wait_of(run, GATE)).token
    await run.signal("approve", {"by": by, "token": token, "reason": "go", "code": given, **more})


async def asked(run: Handle) -> None:
    """The fence is held, and somebody asks two people to go on without it."""
    await wait_of(run, FENCE)
    await run.signal("override", {"by": "ops", "step": FENCE, "reason": "the vendor cannot come"})
    await wait_of(run, GATE)


def said_of(found: RunRecord) -> list[str]:
    return [entry.text for entry in found.journal if entry.kind == "refused"]


async def test_two_people_with_their_own_codes_override(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 6, 13: codes of the declaration are burnt here, a second person is not forged with the first one's."""
    plan = world.plan = coded(plan, "declaration", "override")
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        used = {name: code(name) for name in ("kim", "lee")}
        for name, given in used.items():
            await say(run, name, given)
        await asked(run)
        wait = await wait_of(run, GATE)
        assert (wait.proof, wait.quorum) == ("code", 2)
        await voice(run, "kim", used["kim"])
        await voice(run, "kim", None)
        fresh = code("kim", 1)
        await voice(run, "kim", fresh)
        await heard_at(run, GATE, "kim")
        await voice(run, "lee", fresh)
        await voice(run, "lee", wrong("lee"))
        await voice(run, "lee", used["lee"])
        await voice(run, "Lee", used["lee"])
        await voice(run, "kim", code("kim"))
        told = await refused(run, 7)
        assert sum("was sent before" in line for line in told) == 2, told
        assert sum("the code is wrong" in line for line in told) == 2, told
        assert sum("asks for a one-time code" in line for line in told) == 1, told
        assert world.count("drain") == 0
        await voice(run, "lee", code("lee", 1))
        result = await run.result()
    assert result.state is State.DONE, result.conclusion
    assert [one.people for one in result.overrides] == [["kim", "lee"]]
    [opened] = [one for one in result.rounds if one.gate == GATE]
    assert [(one.by, one.proof) for one in opened.voices] == [("kim", "code"), ("lee", "code")]


async def heard_at(run: Handle, gate: str, *people: str) -> RunRecord:
    """Once these have been heard at a gate, over all of its rounds, and nobody else."""

    def so(found: RunRecord) -> RunRecord | None:
        voices = [one.by for opened in found.rounds if opened.gate == gate for one in opened.voices]
        return found if voices == list(people) else None

    found: RunRecord = await seen(run, so)
    return found


async def test_a_code_of_an_override_counts_at_no_other_gate(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 13: what was burnt at the override lifts no fence: the abort asks at the declaration's gate."""
    plan = world.plan = coded(plan, "declaration", "override")
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await say(run, "kim", code("kim"))
        await say(run, "lee", code("lee"))
        await asked(run)
        used = code("cho")
        await voice(run, "cho", used)
        await heard_at(run, GATE, "cho")
        await run.signal("abort", {"by": "ops", "reason": "seoul is back"})
        await wait_of(run, "declaration")
        await say(run, "cho", used)
        assert "was sent before" in (await refused(run, 1))[-1]
        assert await heard_at(run, "declaration", "kim", "lee") and world.count("lift") == 0
        await say(run, "cho", code("cho", 1))
        await heard_at(run, "declaration", "kim", "lee", "cho")
        await run.terminate()


async def test_a_reset_voids_an_override(client: Client, plan: Plan, world: World) -> None:
    """Laws 1, 6, 13: after a reset the voices come again with an old token and burnt codes, and open nothing."""
    plan = world.plan = coded(plan, "override")
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await asked(run)
        used = {name: code(name) for name in ("kim", "lee")}
        for name, given in used.items():
            await voice(run, name, given)
        assert (await run.result()).state is State.DONE
        world.does.clear()
        again = await reset(client, run, before=schedules("fence"))
        await asked(again)
        for name, given in used.items():
            await voice(again, name, given)
        await seen(again, lambda found: sum("was sent before" in line for line in said_of(found)) == 2)
        assert world.count("drain") == 0 and (await record(again)).overrides == []
        for name in used:
            await voice(again, name, code(name, 1))
        result = await again.result()
    assert result.state is State.DONE and [one.people for one in result.overrides] == [["kim", "lee"]]
