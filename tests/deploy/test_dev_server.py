"""The dev server, real: everything that the demo, the lab and the tests rely on."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.worker import Worker

from deploy.dev.errors import DevServerError
from deploy.dev.temporal_cli import server_version, why_not
from deploy.dev.temporal_server import DevServer, why_port_taken
from workflows.names import ESTATE, SEARCH_ATTRIBUTES


@workflow.defn(sandboxed=False)
class Echo:
    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def say(self, word: str) -> str:
        return word


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with DevServer(tmp_path_factory.mktemp("dev") / "temporal.db") as running:
        yield running


@pytest.fixture
async def client(server: DevServer) -> AsyncIterator[Client]:
    yield await Client.connect(server.address)


async def test_messages_work(client: Client) -> None:
    """The Estate is asked by an update with start: the server offers it as it is started."""
    start = WithStartWorkflowOperation(
        Echo.run, id="echo", task_queue="echo", id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
    )
    async with Worker(client, task_queue="echo", workflows=[Echo]):
        answer = await client.execute_update_with_start_workflow(
            Echo.say, "word", start_workflow_operation=start
        )
    assert answer == "word"


async def test_runs_survive_a_crash_of_the_server(server: DevServer) -> None:
    """Killed in the middle and started again: same address, same runs, found by their search attribute."""
    estate = SearchAttributePair(ESTATE, f"estate-{uuid.uuid4()}")
    before = await Client.connect(server.address)
    started = await before.start_workflow(
        Echo.run, id="kept", task_queue="nobody", search_attributes=TypedSearchAttributes([estate])
    )
    await asyncio.to_thread(server.kill)
    assert server.pid is None
    await asyncio.to_thread(server.start)

    after = await Client.connect(server.address)
    assert (await after.get_workflow_handle("kept").describe()).run_id == started.result_run_id
    found = [run.id async for run in after.list_workflows(f"{ESTATE.name} = '{estate.value}'")]
    assert found == ["kept"]


async def test_every_search_attribute_is_there(client: Client) -> None:
    """An unregistered attribute fails a workflow task for ever: all are there once `start` returns."""
    pairs = [SearchAttributePair(key, "x") for key in SEARCH_ATTRIBUTES]
    handle = await client.start_workflow(
        Echo.run, id="all", task_queue="nobody", search_attributes=TypedSearchAttributes(pairs)
    )
    assert len((await handle.describe()).typed_search_attributes) == len(SEARCH_ATTRIBUTES)


def test_another_program_sees_and_stops_it(tmp_path: Path) -> None:
    """`lab down` ends what a crashed `lab up` left: the pid file beside the database is enough."""
    started = DevServer(tmp_path / "temporal.db", ui_port=None)
    started.start()
    later = DevServer(tmp_path / "temporal.db", port=started.port)
    assert later.pid == started.pid is not None
    with pytest.raises(DevServerError, match="runs already"):
        later.start()
    later.stop()
    assert started.pid is None
    assert why_port_taken("127.0.0.1", started.port, "--port") is None


def test_pid_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Pids are used again: a stale pid file never ends somebody else's program (here: this test)."""
    stale = DevServer(tmp_path / "temporal.db", ui_port=None)
    (tmp_path / "temporal.pid").write_text("1\n")
    assert stale.pid is None
    stale.stop()


def test_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(DevServerError, match=rf"^port {port} at 127.0.0.1 .* with --port$"):
            DevServer(tmp_path / "a.db", port=port).start()
        with pytest.raises(DevServerError, match=rf"^port {port} at 127.0.0.1 .* with --ui-port$"):
            DevServer(tmp_path / "b.db", ui_port=port).start()


def test_failing_start_says_why_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").write_text("this is no database")
    with pytest.raises(DevServerError, match=r"ended at its start: .*not a database") as refused:
        DevServer(tmp_path / "temporal.db", ui_port=None).start()
    assert "\n" not in str(refused.value)


def test_address_that_would_never_run_a_workflow_is_refused(tmp_path: Path) -> None:
    """Bound elsewhere the CLI answers health checks and starts nothing."""
    with pytest.raises(DevServerError, match=r"127\.0\.0\.1 or 0\.0\.0\.0 only"):
        DevServer(tmp_path / "temporal.db", ip="127.0.0.2")


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)", (1, 32)),
        ("temporal version 0.0.0-DEV (Server 2.0.0)", (2, 0)),
        ("tctl version 1.18.0", None),
    ],
)
def test_server_version(line: str, version: tuple[int, int] | None) -> None:
    assert server_version(line) == version


def test_old_cli_is_passed_over(tmp_path: Path) -> None:
    """A `temporal` on the PATH is taken first, but only when its server is new enough."""
    old = tmp_path / "temporal"
    old.write_text("#!/bin/sh\necho 'temporal version 1.0.0 (Server 1.24.2, UI 2.28.0)'\n")
    old.chmod(0o755)
    assert why_not(old) == f"{old} has server 1.24, 1.29 is needed"
    assert "does not run" in (why_not(tmp_path / "none") or "")
