"""One-time codes at a gate, from the signal to the Estate: real workflows, Estate, server and codes (laws 6, 13)."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import pyotp
import pytest
from temporalio.client import Client

from activities.models.codes import STEP_S
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import Handle, approve, decide, record, seen, start, wait_of
from tests.workflows.test_reset import reset, schedules
from tests.workflows.world import World
from workflows.plan import GateSpec, Plan
from workflows.run.record import RunRecord, State

SECRETS = {name: pyotp.random_base32() for name in ("kim", "lee", "cho", "ops")}


def code(person: str, ahead: int = 0) -> str:
    """What the authenticator of a person shows, so many steps from now.

    Tests use those of now and of the next step: both are still good when a step ends in the middle of a test.
    """
    return pyotp.TOTP(SECRETS[person]).generate_otp(int(time.time() // STEP_S) + ahead)


def wrong(*people: str) -> str:
    """A code that nobody of these has around now."""
    right = {code(person, ahead) for person in people for ahead in range(-3, 4)}
    return next(made for made in ("111111", "222222", "333333", "444444") if made not in right)


@pytest.fixture
def plan(plan: Plan) -> Plan:
    """The lab's plan with codes at the declaration."""
    people = {
        name: person.model_copy(update={"code": f"{name}-code"} if name in SECRETS else {})
        for name, person in plan.people.items()
    }
    gates = plan.gates | {"declaration": plan.gates["declaration"].model_copy(update={"proof": "code"})}
    return plan.model_copy(update={"people": people, "gates": gates})


@pytest.fixture
def world(plan: Plan) -> World:
    return World(plan, secrets={f"{name}-code": secret for name, secret in SECRETS.items()})


async def at_the_gate(client: Client, plan: Plan) -> Handle:
    run = await start(client, plan)
    await decide(run)
    await wait_of(run, "declaration")
    return run


async def say(run: Handle, by: str, given: str | None, **more: Any) -> None:
    """A yes at the open round, as the Web UI sends it."""
    token = (await wait_of(run, "declaration")).token
    content = {"by": by, "token": token, "reason": "go", **({"code": given} if given else {}), **more}
    await run.signal("approve", content)


def refusals(run: RunRecord) -> list[str]:
    return [entry.text for entry in run.journal if entry.kind == "refused"]


async def refused(run: Handle, count: int) -> list[str]:
    found: RunRecord = await seen(run, lambda r: r if len(refusals(r)) >= count else None)
    return refusals(found)


async def heard(run: Handle, *people: str) -> RunRecord:
    def so(found: RunRecord) -> RunRecord | None:
        return found if {voice.by for voice in found.rounds[-1].voices} >= set(people) else None

    found: RunRecord = await seen(run, so)
    return found


async def test_voices_count_when_their_codes_are_verified(client: Client, plan: Plan, world: World) -> None:
    """Law 6: with the code that the authenticator shows, or the one before or after, the quorum is reached."""
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        wait = await wait_of(run, "declaration")
        assert wait.proof == "code"
        assert all(json.loads(paste.json_text)["code"] == "YOUR CODE" for paste in wait.send)
        await say(run, "kim", code("kim"))
        await say(run, "lee", code("lee", 1))
        result = await run.result()
    assert result.state is State.DONE, result.conclusion
    assert [(voice.by, voice.proof) for voice in result.rounds[-1].voices] == [
        ("kim", "code"),
        ("lee", "code"),
    ]


async def test_without_a_right_code_nobody_speaks(client: Client, plan: Plan, world: World) -> None:
    """Law 6: no code, a wrong one, another person's, an old one, letters: refused in words, nothing is touched."""
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        await say(run, "kim", None)
        await say(run, "kim", "YOUR CODE")
        await say(run, "kim", wrong("kim", "lee"))
        await say(run, "kim", code("lee"))
        await say(run, "kim", code("kim", -3))
        told = await refused(run, 5)
        assert sum("asks for a one-time code" in line for line in told) == 1
        assert sum("not the six digits" in line for line in told) == 1
        assert sum("the code is wrong" in line for line in told) == 3
        now = await record(run)
        assert now.rounds[-1].voices == [] and world.does == []


async def test_a_code_counts_once_in_no_gate_and_no_run(client: Client, plan: Plan, world: World) -> None:
    """Law 13: burnt on sight, in a refused message, in a wrong field and under another's name too."""
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        used, shown, other = code("kim"), code("kim", 1), code("lee")
        await run.signal("approve", {"by": "kim", "token": "oldone", "code": used})
        await run.signal("aprove", {"by": "kim", "token": "oldone", "reason": f"my code is {shown}"})
        await run.signal("approve", {"by": "Lee", "token": other, "reason": "x"})
        await say(run, "kim", used)
        await say(run, "kim", shown)
        await say(run, "lee", other)
        told = await refused(run, 6)
        assert sum("was sent before" in line for line in told) == 3, told
        await run.signal("abort", {"by": "ops", "reason": "again"})
        await run.result()
        second = await at_the_gate(client, plan)
        await say(second, "lee", other)
        assert "was sent before" in (await refused(second, 1))[0]


async def test_nobody_is_locked_out_by_others(client: Client, plan: Plan, world: World) -> None:
    """A stranger's wrong codes in kim's name are alarmed once, and kim speaks with two codes that follow each other."""
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        for _ in range(30):
            await say(run, "kim", wrong("kim"))
        await refused(run, 30)
        assert (await seen(run, lambda r: next((w.pairs for w in r.waits if w.pairs), None))) == ["kim"]
        await say(run, "kim", wrong("kim"))
        assert "two that follow each other" in (await refused(run, 31))[-1]
        for _ in range(30):
            await say(run, "kim", f"{wrong('kim')} 555555")
        await say(run, "kim", f"{code('kim', 0)} {code('kim', 1)}")
        await say(run, "lee", code("lee"))
        result = await run.result()
    assert result.state is State.DONE, result.conclusion
    alarms = [notice for notice in world.notices if "wrong one-time codes" in notice.title]
    assert sorted(notice.audience for notice in alarms) == ["operators", "people"]


async def test_a_voice_that_nobody_can_verify_waits(client: Client, plan: Plan, world: World) -> None:
    """Law 9: while the Estate does not answer a voice is pending and shown so; then it counts, and is not lost."""
    answers = asyncio.Event()
    world.gates["burn"] = answers
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        await say(run, "kim", code("kim"))
        wait = await seen(run, lambda r: next((w for w in r.waits if w.proving), None))
        assert (wait.proving, wait.yes) == (["kim"], 0)
        await asyncio.sleep(0.3)
        assert (await record(run)).rounds[-1].voices == []
        answers.set()
        await heard(run, "kim")
        await say(run, "lee", code("lee"))
        assert (await run.result()).state is State.DONE


async def test_a_missing_secret_is_told(client: Client, plan: Plan, world: World) -> None:
    """A control worker without the secret says which, and what makes one; the voice does not count."""
    del world.secrets["kim-code"]
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        await say(run, "kim", "123456")
        told = await refused(run, 1)
        assert "no secret kim-code" in told[0] and "approver enroll kim" in told[0]


async def test_codes_stand_in_no_record(client: Client, plan: Plan, world: World) -> None:
    """Law 13: neither journal, page nor archive repeats a code, whatever field it stood in."""
    used = [code("kim"), code("kim", 1), code("lee"), code("cho")]
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        await run.signal("approve", {"by": used[0], "token": used[0], "reason": used[0], "code": used[0]})
        await run.signal("hold", {"by": "kim", "reason": f"code {used[1]}."})
        await run.signal("resume", {"by": "kim", "reason": used[1]})
        await run.signal(used[1], {"by": "kim"})
        await run.signal("approve", f"kim {used[1]}")
        await say(run, "lee", used[2])
        await say(run, "cho", used[3])
        result = await run.result()
    kept = result.model_dump_json() + "".join(str(order.record) for order in world.archived)
    kept += "".join(notice.model_dump_json() for notice in world.notices)
    assert [one for one in used if re.search(rf"(?<![0-9]){one}(?![0-9])", kept)] == []
    assert "······" in kept


async def test_a_reset_voids_codes_with_their_voices(client: Client, plan: Plan, world: World) -> None:
    """Laws 6, 13: after a reset to before the approval the signals come again, with old tokens and burnt codes."""
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        await say(run, "kim", code("kim"))
        await say(run, "lee", code("lee"))
        used = code("kim")
        assert (await run.result()).state is State.DONE
        world.does.clear()
        again = await reset(client, run, before=schedules("sight"))
        await decide(again)
        await wait_of(again, "declaration")
        await say(again, "kim", used)
        await seen(again, lambda r: any("was sent before" in line for line in refusals(r)))
        assert world.does == []
        await say(again, "kim", code("kim", 1))
        await say(again, "lee", code("lee", 1))
        assert (await again.result()).state is State.DONE


async def test_a_reset_after_the_approval_is_not_stuck(client: Client, plan: Plan, world: World) -> None:
    """Laws 4, 6: voices that were verified before the point are replayed and count."""
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        await say(run, "kim", code("kim"))
        await say(run, "lee", code("lee"))
        first = await run.result()
        again = await reset(client, run, before=schedules("promote_dataset"))
        second = await again.result()
    assert (first.state, second.state) == (State.DONE, State.DONE)
    assert [one.token for one in first.rounds] == [one.token for one in second.rounds]


def away(plan: Plan, name: str, deputy: str) -> tuple[Plan, str]:
    """Somebody is away from yesterday for some days; until when."""
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    later = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 86400))
    absent = plan.people[name].model_copy(update={"deputy": deputy, "away": [f"{today}..{later}"]})
    return plan.model_copy(update={"people": plan.people | {name: absent}}), later


async def test_a_deputy_speaks_for_whom_is_away(client: Client, plan: Plan, world: World) -> None:
    """Law 6: ops, whom the gate does not name, speaks for kim, who is away, and the page says so."""
    plan, later = away(plan, "kim", "ops")
    gates = plan.gates | {"declaration": GateSpec(people=["kim", "lee"], quorum=2)}
    plan = plan.model_copy(update={"gates": gates})
    world.plan = plan
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        wait = await wait_of(run, "declaration")
        assert [(one.person, one.until, one.deputy) for one in wait.absent] == [("kim", later, "ops")]
        await approve(run, "ops", "kim")
        told = await refused(run, 1)
        assert told == ["kim: ops was heard for kim in this round already: one of them speaks, not both"]
        await approve(run, "lee")
        result = await run.result()
    assert result.state is State.DONE
    assert [(voice.by, voice.seat) for voice in result.rounds[-1].voices] == [("ops", "kim"), ("lee", "")]


async def test_a_deputy_speaks_with_their_own_code(client: Client, plan: Plan, world: World) -> None:
    """Laws 6, 13: ops, for kim, proves to be ops; kim's code proves nothing of ops, and kim may still speak instead."""
    plan, _ = away(plan, "kim", "ops")
    gates = plan.gates | {"declaration": GateSpec(people=["kim", "lee"], quorum=2, proof="code")}
    plan = world.plan = plan.model_copy(update={"gates": gates})
    async with workers(client, world):
        await apply(client, plan)
        run = await at_the_gate(client, plan)
        await say(run, "ops", None)
        await say(run, "ops", code("kim"))
        assert "the code is wrong" in (await refused(run, 2))[1]
        await say(run, "kim", code("kim"))
        assert "was sent before" in (await refused(run, 3))[2]
        await say(run, "ops", code("ops"))
        await heard(run, "ops")
        await say(run, "kim", code("kim", 1))
        await say(run, "lee", code("ops", 1))
        told = await refused(run, 5)
        assert any("ops was heard for kim in this round already" in line for line in told), told
        assert "the code is wrong" in told[4] and world.does == []
        await say(run, "lee", code("lee"))
        result = await run.result()
    voices = [(voice.by, voice.seat, voice.proof) for voice in result.rounds[-1].voices]
    assert voices == [("ops", "kim", "code"), ("lee", "", "code")]
