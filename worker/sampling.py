"""Keeping the sampler on the writers of now: it asks the Estate, and goes on with what it knew when nobody answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from activities.models.estate import SampleTarget
from activities.sampling.sampler import Sampler
from workflows.names import estate_id

ASK_EVERY = 5.0  # seconds
log = structlog.get_logger()


async def keep_sampling(client: Client, sampler: Sampler, estate: str, place: str) -> None:
    """For ever: sample the writers that live elsewhere than here. A worker at the active center samples nothing."""
    runner = asyncio.create_task(sampler.run())
    try:
        known: list[SampleTarget] | None = None
        while not runner.done():
            targets = await writers_elsewhere(client, estate, place)
            if targets is not None and targets != known:
                log.info("sampling", writers=[target.side.label for target in targets])
                sampler.configure(targets)
                known = targets
            await asyncio.wait([runner], timeout=ASK_EVERY)
        await runner
    finally:
        runner.cancel()


async def writers_elsewhere(client: Client, estate: str, place: str) -> list[SampleTarget] | None:
    """The writers of now at other places than this. None: nobody answered, so what was known stays."""
    try:
        answer = await client.get_workflow_handle(estate_id(estate)).query(
            "sampling", result_type=list[SampleTarget], rpc_timeout=timedelta(seconds=5)
        )
    except RPCError:
        return None
    except Exception as error:
        log.warning("sampling_unknown", error=str(error))
        return None
    return [target for target in answer if target.side.center != place]
