"""Runs that hold something of an estate, as the scenarios to come will: one that can be stopped, one that cannot."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.models.estate import Acquire, Entrance
from worker.main import sandbox


@workflow.defn
class Holder:
    """Lives until it is cancelled; a stubborn one lives on."""

    @workflow.run
    async def run(self, stubborn: bool) -> None:
        while True:
            try:
                await workflow.wait_condition(lambda: False)
            except asyncio.CancelledError:
                if not stubborn:
                    raise


@asynccontextmanager
async def holder(
    client: Client, estate: str, name: str, *, stubborn: bool = False
) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """A living run `ESTATE/name`, ended with the block."""
    queue = f"holders-{uuid.uuid4().hex[:8]}"
    async with Worker(client, task_queue=queue, workflows=[Holder], workflow_runner=sandbox()):
        handle = await client.start_workflow(Holder.run, stubborn, id=f"{estate}/{name}", task_queue=queue)
        yield handle
        if (await handle.describe()).close_time is None:
            await handle.terminate("the test is over")


def ask(estate: str, handle: WorkflowHandle[Any, Any], scenario: str, **more: Any) -> Acquire:
    return Acquire(
        estate=estate,
        workflow_id=handle.id,
        first_run_id=handle.first_execution_run_id or "",
        scenario=scenario,
        reason="nightly",
        **more,
    )


def entrance(estate: str, handle: WorkflowHandle[Any, Any], scenario: str) -> Entrance:
    return Entrance(
        estate=estate,
        workflow_id=handle.id,
        first_run_id=handle.first_execution_run_id or "",
        scenario=scenario,
        reason="nightly",
    )
