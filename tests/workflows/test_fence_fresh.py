"""How old the confirmation of a fence is: since somebody looked, not since the answer was read (law 1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.client import Client

from activities.models import Sighting
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, start
from tests.workflows.world import Eyes, World
from workflows.evidence import fences
from workflows.plan import Plan
from workflows.run.record import State

OLD = 2.0  # seconds that an answer lies unread in these tests


@pytest.mark.parametrize("unread", ["device", "sight"])
async def test_an_answer_that_lay_unread_is_no_young_confirmation(
    client: Client, plan: Plan, world: World, unread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 1: whatever was answered long ago is asked again before the first replica is promoted."""
    monkeypatch.setattr(fences, "FRESH", OLD - 0.5)
    sight = Eyes.sight

    async def answered_late(self: Eyes, *asked: Any) -> Sighting:
        seen = await sight(self, *asked)
        if unread == "sight" and world.count("fence power") == 1:
            await asyncio.sleep(OLD)
        return seen

    monkeypatch.setattr(Eyes, "sight", answered_late)
    if unread == "device":
        world.gates["fence power"] = asyncio.Event()
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        if unread == "device":
            async with asyncio.timeout(20):
                while not world.count("fence power"):
                    await asyncio.sleep(0.05)
            await asyncio.sleep(OLD)
            world.gates["fence power"].set()
        assert (await run.result()).state is State.DONE
    assert world.count("fence power") == 2
    again = max(i for i, act in enumerate(world.does) if act == "fence power")
    assert world.index("check") < again < world.index("promote")
