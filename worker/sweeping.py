"""No closed run stays unexported: the server is asked for all that have closed, every minute, whoever knew of them.

A listing may lag or miss one; the next has it. An archive that is away is tried again with the next.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from activities.archive import ExportOrder, RunExporter
from activities.errors import HistoryGone
from workflows.names import ESTATE, SCENARIO

EVERY = 60.0  # seconds
LEFT_S = 120.0  # seconds after its close a run that was ended is left to the Estate: it knows what is undone
FIRST = 20.0  # after the start of the worker: what waits for it comes first
log = structlog.get_logger()


async def keep_exporting(client: Client, exporter: RunExporter, estate: str) -> None:
    """For ever."""
    known: set[str] = set()
    await asyncio.sleep(FIRST)
    while True:
        try:
            await sweep(client, exporter, estate, known)
        except RPCError as error:
            log.warning("sweep_failed", error=error.message)
        except Exception as error:  # one bad run must not end the watch over all others
            log.error("sweep_failed", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY)


async def sweep(
    client: Client, exporter: RunExporter, estate: str, known: set[str], left_s: float = LEFT_S
) -> None:
    """Export what has closed and is not whole in the archive yet. `known`: run ids of those that are, added to.

    Only scenarios have the attribute that is asked for: a service's run goes with its parent, and a watch that its
    parent leaves behind is a run of its own. The Estate is none, and its runs hold what no other run keeps.
    """
    before = datetime.now(UTC) - timedelta(seconds=left_s)
    whose = f"({SCENARIO.name} IS NOT NULL OR WorkflowType = 'Estate')"
    query = f"{ESTATE.name} = '{estate}' AND {whose} AND ExecutionStatus != 'Running'"
    async for run in client.list_workflows(query):
        if run.run_id not in known and _is_due(run, before) and await _kept(exporter, run):
            known.add(run.run_id)


def _is_due(run: WorkflowExecution, before: datetime) -> bool:
    """A run that came to its own end has said itself what it left."""
    if run.close_time is None:
        return False
    return run.status is WorkflowExecutionStatus.COMPLETED or run.close_time <= before


async def _kept(exporter: RunExporter, run: WorkflowExecution) -> bool:
    try:
        exported = await exporter.export(ExportOrder(workflow_id=run.id, run_id=run.run_id))
    except HistoryGone:
        return True
    except ApplicationError as why:
        log.warning("export_waits", run=run.id, run_id=run.run_id, why=why.message)
        return False
    except Exception as why:  # whatever one run does to its export, the others are exported
        log.exception("export_failed", run=run.id, run_id=run.run_id, why=str(why))
        return False
    if not exported.already:
        log.info("exported", run=run.id, run_id=run.run_id, digest=exported.digest, seal=exported.seal)
    return True
