"""One Temporal server for all tests of workflows; each test has an estate of its own, so runs never meet."""

from __future__ import annotations

import asyncio
import faulthandler
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.models import EnrolRenewer
from deploy.dev.temporal_server import DevServer
from starter.plan_file import load_plan
from tests.workflows.world import RENEWER, Place, World
from worker.interceptor import SignalNet
from worker.main import WORKFLOWS, sandbox
from worker.pulse import Pulse
from workflows import names, slices
from workflows.estate.burnt_codes import BurntCodes
from workflows.estate.estate import Estate, EstateState
from workflows.plan import Plan, snapshot

LAB_PLAN = Path(__file__).parents[2] / "deploy" / "lab" / "plan.yaml"
LEAVING = 40.0  # seconds
STUCK = Path(__file__).parents[2] / "build" / f"stuck-workers-{os.getpid()}.txt"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with DevServer(tmp_path_factory.mktemp("temporal") / "temporal.db", ui_port=None) as running:
        yield running


@pytest.fixture(scope="session")
async def client(server: DevServer) -> Client:
    return await Client.connect(server.address, data_converter=pydantic_data_converter)


@pytest.fixture
def plan() -> Plan:
    """The lab's plan, under a name that no other test has, with short limits."""
    loaded = load_plan(LAB_PLAN)
    assert loaded.plan is not None, loaded.problems
    return loaded.plan.model_copy(update={"estate": f"test-{next(_numbers)}"})


@pytest.fixture
def world(plan: Plan) -> World:
    return World(plan)


@asynccontextmanager
async def workers(client: Client, world: World, *, without: tuple[str, ...] = ()) -> AsyncIterator[None]:
    """Control and both centers, in this process, with the world's activities; `without` names dead places."""
    estate = world.plan.estate
    queues = {names.CONTROL: [names.queue(estate, names.CONTROL)]}
    for center in world.plan.centers:
        queues[center] = [names.queue(estate, center), names.jobs_queue(estate, center)]
    for place, known in queues.items():
        known.append(names.renewer_queue(estate, place, RENEWER))
    running = [
        Worker(
            client,
            task_queue=queue,
            workflows=WORKFLOWS if place == names.CONTROL else [],
            activities=Place(world, place, client).activities(),
            interceptors=[SignalNet(), Pulse()],
            workflow_runner=sandbox(),
        )
        for place, queues_there in queues.items()
        if place not in without
        for queue in queues_there
    ]
    tasks = [asyncio.create_task(worker.run()) for worker in running]
    try:
        yield
    finally:
        await leave(running, tasks)


async def leave(running: list[Worker], tasks: list[asyncio.Task[None]]) -> None:
    """All of them, in a bounded time. One that is stuck is left behind: no test here is about its leaving.

    What held it is kept in build/, and .ci/run shows it.
    """
    leaving = asyncio.gather(*(worker.shutdown() for worker in running), *tasks)
    done, _ = await asyncio.wait([leaving], timeout=LEAVING)
    if done:
        await leaving
        return
    stuck = [worker.task_queue for worker, task in zip(running, tasks, strict=True) if not task.done()]
    STUCK.parent.mkdir(exist_ok=True)
    with STUCK.open("a") as told:
        print(f"workers did not leave within {LEAVING} s: {', '.join(stuck)}", file=told)
        for task in asyncio.all_tasks():
            task.print_stack(file=told)
        told.flush()
        faulthandler.dump_traceback(told)


async def apply(client: Client, plan: Plan, **state: Any) -> None:
    """Register the estate, as `muster apply` does. `state`: what its Estate begins with; it knows all codes."""
    state.setdefault("burnt", BurntCodes(known_from=1))
    handle = await client.start_workflow(
        Estate.run,
        EstateState(estate=plan.estate, **state),
        id=names.estate_id(plan.estate),
        task_queue=names.queue(plan.estate, names.CONTROL),
    )
    await handle.execute_update("register", slices.registration(plan, snapshot(plan)))
    if any(slices.guards(plan, center) for center in plan.centers):
        for place in (names.CONTROL, *plan.centers):
            await handle.execute_update("enrol_renewer", EnrolRenewer(place=place, renewer=RENEWER))
