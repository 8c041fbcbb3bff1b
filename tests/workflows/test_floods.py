"""Garbage and floods: whatever is sent, no workflow task fails and the run stays readable (laws 6, 15, 18)."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from deploy.dev.temporal_server import DevServer
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, record, seen, start, wait_of
from tests.workflows.world import World
from workflows import names
from workflows.estate.estate import NOT_HERE
from workflows.orders import ChildReport, Ready
from workflows.plan import Plan
from workflows.run.record import ChildRecord, State, Why
from workflows.scenario.handlers import KNOWN

FLOOD = int(os.environ.get("MUSTER_FLOOD", "1000"))  # messages; 10,000 take a minute
AT_ONCE = 50
LATE = 30.0  # seconds until a good voice must count after a flood, on a busy machine

Sent = WorkflowHandle[Any, Any]


def raw(data: bytes, encoding: bytes = b"json/plain") -> RawValue:
    return RawValue(Payload(metadata={"encoding": encoding}, data=data))


GARBAGE: list[list[Any]] = [
    [],
    [None],
    [1],
    ["approve"],
    [[]],
    [{}],
    [{"by": 3}],
    [{"by": "kim", "token": ["a"]}],
    [raw(b"{")],
    [raw(b"\xff\xfe\x00")],
    [raw(b"\xff\xfe\x00", b"binary/plain")],
    [raw(b"\x00", b"binary/encrypted")],
    [raw(b"{}", b"")],
    [raw(b"[" * 100_000)],
    [{"by": "kim", "reason": "x" * 1_000_000}],
    [{"by": "kim"}, {"by": "lee"}],
    [{"by": "kim"}, 1, None],
]


async def failed_tasks(run: Sent) -> int:
    kind = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    return sum([event.event_type == kind async for event in run.fetch_history_events()])


async def details(run: Sent) -> str:
    """The page as the Web UI reads it."""
    found = await run.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(found.current_details)


@pytest.mark.parametrize("by_signal", [True, False])
async def test_no_garbage_fails_a_run(client: Client, plan: Plan, world: World, by_signal: bool) -> None:
    """`temporal.md`: an exception in a handler fails the workflow task for ever; here none does, for any name."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await wait_of(run, "severity")
        for name in (*KNOWN, "child_report", "ready", "aprove", "\u202e\x00"):
            for payloads in GARBAGE:
                if by_signal:
                    await run.signal(name, args=payloads)
                else:
                    refusal = await run.execute_update(name, args=payloads, result_type=str)
                    assert refusal or name in ("hold", "resume"), (name, payloads)
        await seen(run, lambda r: r.refused >= (len(KNOWN) + 4) * len(GARBAGE) - 4)
        assert await failed_tasks(run) == 0
        assert "Messages not followed" in await details(run)
        if (await record(run)).state is State.HELD:
            await run.signal("resume", {"by": "kim"})
        await decide(run, "minor")
        result = await run.result()
    assert result.state is State.STOOD_DOWN
    assert len(result.model_dump_json()) < 300_000


async def test_several_payloads_are_told_as_such(client: Client, plan: Plan, world: World) -> None:
    """Law 18: a message of two payloads is refused in words and recorded, by signal and by update."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        token = (await wait_of(run, "severity")).token
        good = {"by": "ops", "token": token, "severity": "minor"}
        refusal = await run.execute_update("decide", args=[good, good], result_type=str)
        assert refusal == "one JSON object is a message, and 2 were sent; send one"
        await run.signal("decide", args=[good, good])
        shown = await seen(run, lambda r: r if r.refused == 2 else None)
        [counted] = shown.refusals
        assert (counted.kind, counted.why, counted.count) == ("decide", Why.UNREADABLE, 2)
        await run.signal("decide", good)
        assert (await run.result()).state is State.STOOD_DOWN


async def test_after_a_flood_a_good_voice_counts(client: Client, plan: Plan, world: World) -> None:
    """Law 18: a flood is counted by kind, with its first and its last; the voices of people count soon after."""
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        token = (await wait_of(run, "declaration")).token
        began = time.monotonic()
        await flood(run, token)
        sent = time.monotonic()
        await run.execute_update("approve", {"by": "kim", "token": token})
        heard = time.monotonic()
        shown = await record(run)
        print(f"\n{FLOOD} sent in {sent - began:.1f} s; a voice counted {heard - sent:.2f} s later")
        print(
            f"history {(await run.describe()).history_length} events, record {len(shown.model_dump_json())} B"
        )
        assert heard - sent < LATE
        assert shown.refused == FLOOD and shown.kept_refusals <= 100
        counted = {(one.kind, one.by, one.why): one for one in shown.refusals}
        assert counted["approve", "", Why.STRANGER].count == FLOOD // 4
        assert all(one.first <= one.last for one in shown.refusals)
        assert sum(one.count for one in shown.refusals) == FLOOD
        page = await details(run)
        assert (
            f"Messages not followed: {FLOOD}" in page and f"**{FLOOD // 4}** × approve by a stranger" in page
        )
        assert await failed_tasks(run) == 0
        await approve(run, "lee")
        result = await run.result()
    assert result.state is State.DONE
    assert len(result.model_dump_json()) < 500_000


async def flood(run: Sent, token: str) -> None:
    """Strangers, wrong tokens, garbage and mistyped names, many at once."""
    kinds: list[tuple[str, Any]] = [
        ("approve", {"by": "mallory", "token": token}),
        ("approve", {"by": "kim", "token": "zzzzzz"}),
        ("retry", "garbage"),
        ("aprove", {"by": "kim"}),
    ]
    room = asyncio.Semaphore(AT_ONCE)

    async def send(number: int) -> None:
        async with room:
            name, content = kinds[number % len(kinds)]
            await run.signal(name, content)

    await asyncio.gather(*(send(number) for number in range(FLOOD)))


async def test_what_a_stranger_says_for_a_run_changes_nothing(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 6: a report of a child and a word of the parent carry what only these two know."""
    world.failing = {"was@was-1": 99, "was@was-2": 99}
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        child_id = names.service_run_id(run.id, "core-banking")
        await seen(run, lambda r: r.state is State.HELD)
        all_up = ChildReport(
            number=10**6,
            child=ChildRecord(workflow_id=child_id, title="up", state=State.DONE),
            ready=["core-banking.was", "core-banking.web"],
            all_ready=True,
        )
        await run.signal("child_report", all_up)
        await run.signal("child_report", all_up.model_copy(update={"nonce": "guessed"}))
        child = client.get_workflow_handle(child_id)
        await child.signal("ready", Ready(nonce="guessed", labels=["core-banking.was"]))
        mq = client.get_workflow_handle(names.service_run_id(run.id, "channel"))
        await mq.signal("ready", Ready(nonce="", labels=["core-banking.was"]))
        shown = await seen(run, lambda r: r if r.refused == 2 else None)
        assert [one.why for one in shown.refusals] == [Why.FORGED]
        assert shown.state is State.HELD
        assert (await record(mq)).refused == 1
        assert world.count("start web") == world.count("start mq") == world.count("dns") == 0
        await run.terminate()


async def test_at_the_limit_of_signals_updates_go_on(tmp_path: Path, plan: Plan, world: World) -> None:
    """Laws 8, 18: the server takes no more signals for the run, its children's neither; people bring it to its end."""
    most = 30  # instead of 10,000
    settings = (f"history.maximumSignalsPerExecution={most}",)
    with DevServer(tmp_path / "temporal.db", ui_port=None, settings=settings) as server:
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        async with workers(client, world):
            await apply(client, plan)
            run = await start(client, plan)
            await decide(run)
            token = (await wait_of(run, "declaration")).token
            with pytest.raises(RPCError, match="limit for signal events"):
                for _ in range(most):  # a decision was one already
                    await run.signal("approve", "garbage")
            for by in ("kim", "lee"):
                assert await run.execute_update("approve", {"by": by, "token": token}) is None
            result = await run.result()
    assert result.state is State.DONE, result.conclusion
    told = [entry.text for entry in result.journal if "was not told" in entry.text]
    told += [
        entry.text for child in result.children for entry in child.journal if "was not told" in entry.text
    ]
    assert told, result.children


async def test_a_flood_of_the_estate_costs_one_event_a_message(
    client: Client, plan: Plan, world: World
) -> None:
    """Nothing of it is on the Estate's page: a page for each message would keep everybody's updates waiting."""
    async with workers(client, world):
        await apply(client, plan)
        estate = client.get_workflow_handle(names.estate_id(plan.estate))
        await asyncio.gather(*(estate.signal("approve", "garbage") for _ in range(20)))
        assert await estate.execute_update("approve", "garbage", result_type=str) == NOT_HERE
        kind = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
        shown = sum([event.event_type == kind async for event in estate.fetch_history_events()])
    assert shown <= 2  # its start, and the plan that was registered
