"""What a worker makes sure of before it takes work: everything that is missing, each in one line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import structlog
from fsspec.core import url_to_fs
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from activities.archive import Archive
from activities.redfish import why_not_installed
from worker.settings import Settings
from workflows.estate.estate import EstateState
from workflows.names import SEARCH_ATTRIBUTES, estate_id
from workflows.plan import PlanSnapshot

WRITTEN_WITHIN_S = 5.0
log = structlog.get_logger()


def why_not_settings(settings: Settings) -> list[str]:
    """What is wrong with the worker's own place."""
    problems = []
    if not settings.estate:
        problems.append("no estate is named: use --estate NAME or MUSTER_ESTATE")
    if not settings.secrets.is_dir():
        problems.append(
            f"the secrets directory {settings.secrets} is not there: create it, or set MUSTER_SECRETS"
        )
    elif settings.secrets.stat().st_mode & 0o077:
        problems.append(
            f"the secrets directory {settings.secrets} is open to others: chmod 700 {settings.secrets}"
        )
    if reason := _why_not_writable(settings.state):
        problems.append(
            f"the state directory {settings.state} cannot be written ({reason}): set MUSTER_STATE"
        )
    return problems


def why_not_archive(settings: Settings) -> list[str]:
    """What is wrong with the control worker's archive, by its address alone."""
    try:
        Archive(settings.archive)
    except ValueError as error:
        return [f"the archive cannot be kept there ({error}): set MUSTER_ARCHIVE"]
    return []


def _why_not_writable(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return None if os.access(folder, os.W_OK) else "no permission"


async def try_writes(addresses: Mapping[str, str]) -> None:
    """Log `no_write_taken` for each address (by its setting) that takes none. Never raises.

    Loud and not fatal: outputs wait in the spool, records are kept again and again (law 9).
    """
    # A thread of its own for each: one that hangs must hold up neither the other nor those of the loop.
    threads = ThreadPoolExecutor(len(addresses), thread_name_prefix="try-write")
    for setting, address, found in [
        (setting, address, asyncio.wrap_future(threads.submit(_why_no_write, address)))
        for setting, address in addresses.items()
    ]:
        try:
            reason = await asyncio.wait_for(found, WRITTEN_WITHIN_S)
        except TimeoutError:
            reason = f"no answer within {WRITTEN_WITHIN_S:g} s"
        if reason:
            log.warning("no_write_taken", setting=setting, address=address, reason=reason)
    threads.shutdown(wait=False)


def _why_no_write(address: str) -> str | None:
    try:
        fs, root = url_to_fs(address)
        fs.makedirs(root, exist_ok=True)
        # Readers of store and archive pass by what ends so.
        trial = f"{root.rstrip('/')}/{uuid4().hex}.tmp"
        fs.pipe_file(trial, b"muster")
    except Exception as error:  # fsspec's stores raise whatever their libraries raise
        return f"{type(error).__name__}: {error}".splitlines()[0]
    with suppress(Exception):  # a store that is written once keeps it
        fs.rm_file(trial)
    return None


async def why_not_plan(client: Client, estate: str) -> list[str]:
    """What the applied plan needs of a worker; an Estate that is not there, or does not answer, needs nothing."""
    if (missing := why_not_installed()) is None:
        return []
    try:
        state = await client.get_workflow_handle(estate_id(estate)).query(
            "state", result_type=EstateState, rpc_timeout=timedelta(seconds=5)
        )
        plan = PlanSnapshot(hash=state.plan_hash, data=state.plan_data).plan()
    except (RPCError, TemporalError, ValueError):
        return []
    fences = [(name, fence.name) for name, at in plan.centers.items() for fence in at.fence if fence.redfish]
    return [f"fence {fence} of {center}: {missing}" for center, fence in fences[:1]]


async def why_not_server(client: Client) -> list[str]:
    """What the Temporal namespace lacks. An unregistered search attribute fails every run that sets it, for ever."""
    try:
        answer = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        return [f"the search attributes of namespace {client.namespace} cannot be read: {error.message}"]
    missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in answer.custom_attributes]
    if not missing:
        return []
    options = " ".join(f"--name {name} --type Keyword" for name in missing)
    return [
        f"namespace {client.namespace} lacks search attributes {', '.join(missing)}: "
        f"temporal operator search-attribute create --namespace {client.namespace} {options}"
    ]
