"""Keeping the guards of the writers of now renewed, by what the Estate says; what was known when nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from temporalio.client import Client

from activities.guarding.renewer import Renewer
from activities.guarding.troubles import Troubles
from activities.models import EnrolRenewer, RenewerRef
from worker.chores import why_ended
from worker.sampling import ASK_EVERY, writers_elsewhere
from workflows.estate.estate import EstateState
from workflows.names import estate_id, run_of
from workflows.run.half_done import half_done

WITHIN = timedelta(seconds=5)
Chore = Callable[[], Awaitable[None]]
log = structlog.get_logger()


async def keep_renewing(client: Client, renewer: Renewer, estate: str, place: str) -> None:
    """For ever: renew the guards of writers that live elsewhere than here. A center never renews its own.

    Whatever fails beside it is told once and tried again: a guard that nobody renews closes a writer that is well.
    """
    chores: dict[str, Chore] = {
        "what to renew": lambda: _configure(client, renewer, estate, place),
        "enrolment": lambda: _enrol(client, renewer, estate, place),
        "stops that are over": lambda: _forget_stops(client, renewer, estate),
    }
    troubles = Troubles("renewing_hindered")
    runner = asyncio.create_task(renewer.run())
    try:
        while True:
            await _do(chores, troubles)
            await asyncio.wait([runner], timeout=ASK_EVERY)
            if runner.done():
                log.error("renewing_ended", error=why_ended(runner), what="it is begun again")
                runner = asyncio.create_task(renewer.run())
                await asyncio.sleep(ASK_EVERY)
    finally:
        runner.cancel()


async def _do(chores: Mapping[str, Chore], troubles: Troubles) -> None:
    for name, chore in chores.items():
        try:
            await chore()
        except Exception as error:  # each by itself: one that fails must not keep the others from being done
            troubles.has(name, error)
        else:
            troubles.is_over(name)


async def _configure(client: Client, renewer: Renewer, estate: str, place: str) -> None:
    targets = await writers_elsewhere(client, estate, place)
    if targets is not None:
        renewer.configure([target.guard for target in targets if target.guard])


async def _enrol(client: Client, renewer: Renewer, estate: str, place: str) -> None:
    """Ask the Estate for a generation when this renewer needs one, or when the Estate knows of none, or not of it.

    Refused while a declaration holds the lease: asked again the next time.
    """
    if not renewer.orders:
        return
    handle = client.get_workflow_handle(estate_id(estate))
    if not renewer.is_wanted:
        known = await handle.query("renewers", result_type=list[RenewerRef], rpc_timeout=WITHIN)
        here = [one.generation for one in known if one.place == place]
        if here and not renewer.is_unknown(oldest=min(here)):
            return
    renewer.keep_enrolment()
    ask = EnrolRenewer(place=place, renewer=renewer.enrolment.renewer)
    given = await handle.execute_update("enrol_renewer", ask, result_type=int, rpc_timeout=WITHIN)
    if given:
        renewer.enrol(given)


async def _forget_stops(client: Client, renewer: Renewer, estate: str) -> None:
    """What a run stopped and did not live to resume: once the Estate says that it holds no lease, and promoted nothing.

    Nothing is lost by it: a declaration counts a guard by what was really not renewed, to the end.
    """
    if not renewer.stopped_by:
        return
    state = await client.get_workflow_handle(estate_id(estate)).query(
        "state", result_type=EstateState, rpc_timeout=WITHIN
    )
    if half_done(state.actions):
        return  # a promotion may rest on them
    holder = run_of(state.lease.workflow_id, state.lease.first_run_id) if state.lease else ""
    for by in renewer.stopped_by - {holder}:
        renewer.resume_all(by)
        log.info("renewing_resumed", stopped_by=by)
