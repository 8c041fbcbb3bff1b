"""A worker in a process of its own, to be killed. Arguments: ADDRESS QUEUE DIRECTORY."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.workflow import ActivityCancellationType

from activities.logs import LogStore
from activities.models import Job, JobResult
from activities.remote import Remote, following
from activities.remote.ssh import SshPool
from activities.secrets import DirectorySecrets

SHORT = {"SLICE_S": 1, "DELIVERY_S": 1.0, "HEARTBEAT_S": 0.2}
"""Slices and deliveries so short that a test sees many of them."""


class JobActivities:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @activity.defn
    async def run_job(self, job: Job) -> JobResult:
        return await self._remote.run_job(job)


@workflow.defn
class OneJob:
    @workflow.run
    async def run(self, job: Job) -> JobResult:
        return await workflow.execute_activity_method(
            JobActivities.run_job,
            job,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=timedelta(seconds=3),
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), backoff_coefficient=1),
        )


@asynccontextmanager
async def worker(client: Client, queue: str, directory: Path) -> AsyncIterator[None]:
    """What runs jobs, and lets go of its connections at the end."""
    secrets = DirectorySecrets(directory / "secrets")
    pool, logs = SshPool(secrets), LogStore(directory / "logs", directory / "spool")
    async with Worker(
        client,
        task_queue=queue,
        workflows=[OneJob],
        activities=[JobActivities(Remote(pool, secrets, logs)).run_job],
        workflow_runner=UnsandboxedWorkflowRunner(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    ):
        yield
    await pool.aclose()
    logs.close()


async def main(address: str, queue: str, directory: str) -> None:
    for name, value in SHORT.items():
        setattr(following, name, value)
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    async with worker(client, queue, Path(directory)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
