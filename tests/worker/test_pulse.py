"""A worker beats for what it runs: silence means that the worker is dead, and not that the work takes long."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError, TimeoutType
from temporalio.worker import Interceptor, UnsandboxedWorkflowRunner, Worker

from worker.pulse import Pulse

TIMEOUT = timedelta(seconds=1)  # a loaded machine may hold up a beat for half of it


@activity.defn
async def is_busy_without_a_word() -> int:
    await asyncio.sleep(2.5)
    return activity.info().attempt


@activity.defn
async def beats_once_and_fails() -> list[str]:
    if activity.info().attempt > 1:
        return list(activity.info().heartbeat_details)
    activity.heartbeat("cursor")
    await asyncio.sleep(1.5)
    raise ApplicationError("the next delivery goes on")


@activity.defn
async def hands_its_details_on() -> list[str]:
    """The second delivery says nothing of its own; the third must still find what the first said."""
    if activity.info().attempt == 1:
        activity.heartbeat("cursor")
    elif activity.info().attempt == 3:
        return list(activity.info().heartbeat_details)
    await asyncio.sleep(1.2)
    raise ApplicationError("the next delivery goes on")


@workflow.defn
class One:
    @workflow.run
    async def run(self, name: str) -> object:
        return await workflow.execute_activity(
            name,
            start_to_close_timeout=timedelta(seconds=20),
            heartbeat_timeout=TIMEOUT,
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=3),
        )


async def run(client: Client, name: str, *interceptors: Interceptor) -> object:
    queue = str(uuid4())
    async with Worker(
        client,
        task_queue=queue,
        workflows=[One],
        activities=[is_busy_without_a_word, beats_once_and_fails, hands_its_details_on],
        interceptors=interceptors,
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_heartbeat_throttle_interval=timedelta(milliseconds=100),
    ):
        return await client.execute_workflow(One.run, name, id=queue, task_queue=queue)


async def test_long_work_is_no_dead_worker(client: Client) -> None:
    """It is delivered once, although it never beats itself."""
    assert await run(client, "is_busy_without_a_word", Pulse()) == 1


async def test_without_it_long_work_is_taken_for_dead(client: Client) -> None:
    with pytest.raises(WorkflowFailureError) as found:
        await run(client, "is_busy_without_a_word")
    cause = found.value.cause
    assert isinstance(cause, ActivityError)
    assert isinstance(cause.cause, TimeoutError) and cause.cause.type == TimeoutType.HEARTBEAT


@pytest.mark.parametrize("name", ["beats_once_and_fails", "hands_its_details_on"])
async def test_what_the_work_said_is_kept(client: Client, name: str) -> None:
    """Law 4: the cursor of a followed job is in these details; a beat without them would begin it anew."""
    assert await run(client, name, Pulse()) == ["cursor"]
