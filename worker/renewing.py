"""Keeping the guards of the writers of now renewed, by what the Estate says; what was known when nobody answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from activities.errors import HostFaulty
from activities.guarding.renewer import Renewer
from activities.models import EnrolRenewer, RenewerRef
from worker.sampling import ASK_EVERY, writers_elsewhere
from workflows.estate import EstateState
from workflows.half_done import half_done
from workflows.names import estate_id

WITHIN = timedelta(seconds=5)
log = structlog.get_logger()


async def keep_renewing(client: Client, renewer: Renewer, estate: str, place: str) -> None:
    """For ever: renew the guards of writers that live elsewhere than here. A center never renews its own."""
    runner = asyncio.create_task(renewer.run())
    try:
        while not runner.done():
            targets = await writers_elsewhere(client, estate, place)
            if targets is not None:
                renewer.configure([target.guard for target in targets if target.guard])
            await _enrol(client, renewer, estate, place)
            await _forget_stops(client, renewer, estate)
            await asyncio.wait([runner], timeout=ASK_EVERY)
        await runner
    finally:
        runner.cancel()


async def _enrol(client: Client, renewer: Renewer, estate: str, place: str) -> None:
    """Ask the Estate for a generation when this renewer needs one, or when an Estate that was lost knows of none here.

    Refused while a declaration holds the lease: asked again the next time.
    """
    if not renewer.orders:
        return
    handle = client.get_workflow_handle(estate_id(estate))
    try:
        if not renewer.is_wanted:
            known = await handle.query("renewers", result_type=list[RenewerRef], rpc_timeout=WITHIN)
            if any(one.place == place for one in known):
                return
        renewer.keep_enrolment()
        ask = EnrolRenewer(place=place, renewer=renewer.enrolment.renewer)
        given = await handle.execute_update("enrol_renewer", ask, result_type=int, rpc_timeout=WITHIN)
        if given:
            renewer.enrol(given)
    except (RPCError, TemporalError, ValueError, HostFaulty) as error:
        log.warning("renewer_not_enrolled", error=str(error)[:200])


async def _forget_stops(client: Client, renewer: Renewer, estate: str) -> None:
    """What a run stopped and did not live to resume: once the Estate says that it holds no lease, and promoted nothing.

    Nothing is lost by it: a declaration counts a guard by what was really not renewed, to the end.
    """
    if not renewer.stopped_by:
        return
    try:
        state = await client.get_workflow_handle(estate_id(estate)).query(
            "state", result_type=EstateState, rpc_timeout=WITHIN
        )
    except (RPCError, TemporalError, ValueError):
        return
    if half_done(state.actions):
        return  # a promotion may rest on them
    holder = state.lease.workflow_id if state.lease else ""
    for by in renewer.stopped_by - {holder}:
        log.info("renewing_resumed", stopped_by=by)
        renewer.resume_all(by)
