"""Law 4 with a real Temporal server: killed and stopped workers, slices, and real cancel requests."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType, PendingActivityState
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities.models import Job, JobResult, Outcome
from activities.remote import following
from tests.activities.hosts.job_worker import SHORT, OneJob, worker
from tests.activities.hosts.test_job_once import exists
from tests.activities.sshd import Site, job

TEMPORAL = Path(sys.executable).with_name("temporal")


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(TEMPORAL),
        data_converter=pydantic_data_converter,
        dev_server_log_level="error",
    ) as environment:
        yield environment.client


@pytest.fixture(autouse=True)
def short_deliveries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SHORT.items():
        monkeypatch.setattr(following, name, value)


@contextmanager
def worker_process(client: Client, queue: str, site: Site) -> Iterator[subprocess.Popen[bytes]]:
    address = client.service_client.config.target_host
    command = [
        sys.executable,
        "-m",
        "tests.activities.hosts.job_worker",
        address,
        queue,
        str(site.sshd.directory),
    ]
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def gated(site: Site, tmp_path: Path, step: str = "start") -> Job:
    command = (
        f"echo x >>{tmp_path}/begun; echo first; until [ -e {tmp_path}/gate ]; do sleep 0.1; done; echo last"
    )
    return job(site.sshd.target(), command, step=step, kill_after_s=1)


async def started(client: Client, wanted: Job, queue: str) -> WorkflowHandle[OneJob, JobResult]:
    return await client.start_workflow(OneJob.run, wanted, id=f"{queue}-{wanted.name.step}", task_queue=queue)


async def heard(handle: WorkflowHandle[OneJob, JobResult], attempt: int, waits: bool = False) -> None:
    """Until the activity is in this delivery, or waits for it, and has sent a heartbeat."""
    wanted = PendingActivityState.Value(f"PENDING_ACTIVITY_STATE_{'SCHEDULED' if waits else 'STARTED'}")
    while True:
        pending = (await handle.describe()).raw_description.pending_activities
        if (
            pending
            and pending[0].attempt >= attempt
            and pending[0].state == wanted
            and pending[0].heartbeat_details.payloads
        ):
            return
        await asyncio.sleep(0.05)


async def test_killed_worker(client: Client, fresh: Site, tmp_path: Path) -> None:
    """Law 4: a worker dies in the middle of a long job; another joins it. Once; whole; a small history."""
    await fresh.remote.prepare(fresh.sshd.target(), 1)
    wanted = gated(fresh, tmp_path)
    handle = await started(client, wanted, "killed")
    with worker_process(client, "killed", fresh) as first:
        await exists(tmp_path / "begun")
        await heard(handle, attempt=2)  # one delivery has freed its slot: not in the history
        first.kill()
    with worker_process(client, "killed", fresh):
        (tmp_path / "gate").touch()
        result = await handle.result()
    assert (result.outcome, result.joined, result.tail) == (Outcome.DONE, True, "first\nlast\n")
    assert (tmp_path / "begun").read_text() == "x\n"
    kinds = [EventType.Name(event.event_type) async for event in handle.fetch_history_events()]
    assert len([kind for kind in kinds if "ACTIVITY" in kind]) == 3  # scheduled, started, completed
    log = fresh.sshd.directory / "logs" / result.log
    assert sorted(chunk.name for chunk in log.iterdir()) == [f"{0:020d}.6", f"{6:020d}.5"]
    assert len(result.sha256) == 64


async def test_worker_shutdown_leaves_the_job(client: Client, fresh: Site, tmp_path: Path) -> None:
    """Law 4: a worker that shuts down cancels its activities; that is no cancel request, the job goes on."""
    await fresh.remote.prepare(fresh.sshd.target(), 1)
    wanted = gated(fresh, tmp_path)
    async with worker(client, "shutdown", fresh.sshd.directory):
        handle = await started(client, wanted, "shutdown")
        await exists(tmp_path / "begun")
    found = await fresh.remote.find_job(wanted)
    assert found is not None and "still running" in found.summary
    (tmp_path / "gate").touch()
    async with worker(client, "shutdown", fresh.sshd.directory):
        result = await handle.result()
    assert (result.outcome, result.tail) == (Outcome.DONE, "first\nlast\n")
    assert (tmp_path / "begun").read_text() == "x\n"


async def test_cancel_request_stops_the_job(
    client: Client, fresh: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real cancel request stops the command, and the run ends as cancelled only after that."""
    monkeypatch.setattr(following, "DELIVERY_S", 60.0)
    await fresh.remote.prepare(fresh.sshd.target(), 1)
    wanted = gated(fresh, tmp_path)
    async with worker(client, "cancel", fresh.sshd.directory):
        handle = await started(client, wanted, "cancel")
        await exists(tmp_path / "begun")
        await heard(handle, attempt=1)
        await handle.cancel()
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    found = await fresh.remote.find_job(wanted)
    assert found is not None and found.summary.startswith("stopped on request")


async def test_cancel_between_deliveries(client: Client, fresh: Site, tmp_path: Path) -> None:
    """Temporal drops an activity that waits for its next delivery: the job goes on until `stop_job` is called."""
    await fresh.remote.prepare(fresh.sshd.target(), 1)
    wanted = gated(fresh, tmp_path)
    async with worker(client, "between", fresh.sshd.directory):
        handle = await started(client, wanted, "between")
        await exists(tmp_path / "begun")
        await heard(handle, attempt=2, waits=True)
        await handle.cancel()
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    assert (await fresh.remote.stop_job(wanted)).summary.startswith("stopped on request")
