"""Between two runs on one site: fresh disks, fresh estate, fresh workers; lab keys and Temporal server stay."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress

from temporalio.client import Client
from temporalio.service import RPCError

from deploy.lab.errors import LabError
from deploy.site.site import Site
from workflows import names


async def begin_anew(site: Site, client: Client, changes: Mapping[str, str] | None = None) -> None:
    """As `site.up()` leaves it. `changes`: parts of the shipped plan, replaced; each must be there once."""
    if site.server.pid is None:
        await asyncio.to_thread(site.server.start)
    for worker in site.workers.values():
        worker.kill()
        worker.log.unlink(missing_ok=True)
    await forget_runs(site, client)
    for kept in ("worker", "store", "archive"):
        shutil.rmtree(site.lab.layout.state / kept, ignore_errors=True)
    site.lab.outside_client().stop()
    _write_plan(site, changes or {})
    await asyncio.to_thread(site.lab.reset)
    await asyncio.to_thread(site.start_workers)
    await asyncio.to_thread(site.prepare_and_apply)


async def forget_runs(site: Site, client: Client) -> None:
    """Nothing of the estate runs on at the server."""
    # The Estate first: it would begin to clean up after the others.
    estate = names.estate_id(site.estate)
    running = [run.id async for run in client.list_workflows("ExecutionStatus = 'Running'")]
    of_estate = [run for run in running if run.startswith(f"{site.estate}/") and run != estate]
    for workflow_id in (estate, names.scenario_id(site.estate, "declaration"), *of_estate):
        with suppress(RPCError):  # it is over, or never was
            await client.get_workflow_handle(workflow_id).terminate("a new beginning")


def _write_plan(site: Site, changes: Mapping[str, str]) -> None:
    shipped = site.plan.with_suffix(".shipped")
    if not shipped.exists():
        shutil.copy(site.plan, shipped)
    text = shipped.read_text()
    for old, new in changes.items():
        if text.count(old) != 1:
            raise LabError(f"the shipped plan has {old!r} {text.count(old)} times")
        text = text.replace(old, new)
    site.plan.write_text(text)
