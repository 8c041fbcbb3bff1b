"""`python -m tests.histories.record`: record the histories that tests replay, one of each scenario for each release.

Run it when a release is made, and keep the older files: runs of the older release must replay in the newer code.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.models import StopWatch
from deploy.dev.temporal_server import DevServer
from starter.plan_file import load_plan
from tests.workflows.conftest import LAB_PLAN, apply, workers
from tests.workflows.test_cleanup import cleanup_of
from tests.workflows.test_cleanup import terminated as begin_and_terminate
from tests.workflows.test_declaration import approve, decide, start, wait_of
from tests.workflows.test_fence_watch import power_on, watched
from tests.workflows.world import World
from workflows import names
from workflows.plan import Plan

HERE = Path(__file__).parent
RELEASE = "0.1.0"


async def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        DevServer(Path(folder) / "temporal.db", ui_port=None) as server,
    ):
        client = await Client.connect(server.address, data_converter=pydantic_data_converter)
        plan = load_plan(LAB_PLAN).plan
        assert plan is not None
        await straight(client, plan)
        await with_trouble(client, plan)
        await terminated(client, plan)


async def straight(client: Client, plan: Plan) -> None:
    """Nothing goes wrong."""
    world = World(plan)
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        await run.result()
        await keep(run, "declaration")
        await keep(client.get_workflow_handle(names.service_run_id(run.id, "core-banking")), "service-run")
        await keep(client.get_workflow_handle(names.estate_id(plan.estate)), "estate")
        await found_open(client, plan, world)


async def found_open(client: Client, plan: Plan, world: World) -> None:
    """The power comes back at the old center; then an abort would lift its fence."""
    watch = client.get_workflow_handle(names.fence_watch_id(plan.estate, "seoul"))
    await watched(watch, lambda record: len(record.evidence) == 2)
    power_on(world)
    await watched(watch, lambda record: "closed_again" in record.facts)
    ask = StopWatch(estate=plan.estate, center="seoul", by="a test", reason="its fence is being lifted")
    await watch.execute_update("stop", ask)
    await keep(watch, "fence-watch")


async def with_trouble(client: Client, plan: Plan) -> None:
    """Refused messages, a fence out of reach, an abort, an approval to lift it."""
    plan = plan.model_copy(update={"estate": "hanbit-trouble"})
    world = World(plan, dark=set(), blind={"busan"})
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        await run.signal("approve")
        await run.signal("aprove", {"by": "kim"})
        await decide(run)
        await approve(run, "kim", "lee")
        await wait_of(run, "fence-seoul")
        await run.signal("retry", {"by": "ops", "step": "fence-seoul"})
        await wait_of(run, "fence-seoul")
        await run.signal("abort", {"by": "ops", "reason": "busan cannot see"})
        await approve(run, "kim", "lee")
        await run.result()
        await keep(run, "declaration-aborted")


async def terminated(client: Client, plan: Plan) -> None:
    """A declaration that was terminated after its fence; the Estate notices, people say yes, the fence is lifted."""
    plan = plan.model_copy(update={"estate": "hanbit-terminated"})
    world = World(plan, dark=set())
    async with workers(client, world):
        await begin_and_terminate(client, plan, world, "drain")
        cleanup = await cleanup_of(client, plan)
        await approve(cleanup, "kim", "lee")
        await cleanup.result()
        await keep(cleanup, "cleanup")
        await keep(client.get_workflow_handle(names.estate_id(plan.estate)), "estate-cleanup")


async def keep(run: WorkflowHandle[Any, Any], name: str) -> None:
    history = await run.fetch_history()
    kept = {"workflow_id": run.id, "history": json.loads(history.to_json())}
    (HERE / f"{RELEASE}-{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    print(f"{RELEASE}-{name}.json: {len(history.events)} events", file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
