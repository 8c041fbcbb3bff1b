"""Keeping the guards of the writers of now renewed, by what the Estate says; what was known when nobody answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from activities.guarding.renewer import Renewer
from worker.sampling import ASK_EVERY, writers_elsewhere
from workflows.estate import EstateState
from workflows.names import estate_id

log = structlog.get_logger()


async def keep_renewing(client: Client, renewer: Renewer, estate: str, place: str) -> None:
    """For ever: renew the guards of writers that live elsewhere than here. A center never renews its own."""
    runner = asyncio.create_task(renewer.run())
    try:
        while not runner.done():
            targets = await writers_elsewhere(client, estate, place)
            if targets is not None:
                renewer.configure([target.guard for target in targets if target.guard])
            await _forget_stops(client, renewer, estate)
            await asyncio.wait([runner], timeout=ASK_EVERY)
        await runner
    finally:
        runner.cancel()


async def _forget_stops(client: Client, renewer: Renewer, estate: str) -> None:
    """What a run stopped and did not live to resume: once the Estate says that it holds no lease.

    Nothing is lost by it: a declaration counts a guard by what was really not renewed, to the end.
    """
    if not renewer.stopped_by:
        return
    try:
        state = await client.get_workflow_handle(estate_id(estate)).query(
            "state", result_type=EstateState, rpc_timeout=timedelta(seconds=5)
        )
    except (RPCError, TemporalError, ValueError):
        return
    holder = state.lease.workflow_id if state.lease else ""
    for by in renewer.stopped_by - {holder}:
        log.info("renewing_resumed", stopped_by=by)
        renewer.resume_all(by)
