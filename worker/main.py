"""One kind of process: a worker beside the hosts of a center, or the control worker at the third site."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.server_settings import WrongSettings, server_settings
from worker import logging, startup, tools
from worker.chores import until_stopped
from worker.interceptor import SignalNet
from worker.leaving import leave_within
from worker.pulse import Pulse
from worker.renewing import keep_renewing
from worker.sampling import keep_sampling
from worker.settings import Settings
from worker.sweeping import keep_exporting
from workflows import names
from workflows.cleanup import Cleanup
from workflows.declaration import Declaration
from workflows.estate.estate import Estate
from workflows.fence_watch import FenceWatch
from workflows.prepare import Prepare
from workflows.service_run import ServiceRun
from workflows.survey import Survey

WORKFLOWS = [Cleanup, Declaration, Estate, FenceWatch, Prepare, ServiceRun, Survey]
# Loaded once: importing pydantic's models anew for each run would cost half a second. Scenarios pass their own pure
# modules through where they import them; what talks to Temporal stays inside the sandbox.
PASSED_THROUGH = ("activities", "pydantic", "structlog", "temporalio")
GRACE = timedelta(seconds=30)  # for running activities at a shutdown; jobs on hosts outlive it anyway
LINGER = 15.0  # seconds after GRACE: then nothing is waited for any more
STICKY = timedelta(seconds=3)  # how long a killed workflow worker holds up its runs
log = structlog.get_logger()


@dataclass(frozen=True)
class Place:
    """Where a worker stands: a center's name, or control."""

    name: str

    @property
    def is_control(self) -> bool:
        return self.name == names.CONTROL


def main(argv: list[str] | None = None) -> int:
    """0 after a graceful shutdown, 1 when something is missing or broke (named on stderr, a line each)."""
    arguments = _parser().parse_args(argv)
    place = Place(arguments.center or names.CONTROL)
    settings = Settings(**({"estate": arguments.estate} if arguments.estate else {}))
    problems = startup.why_not_settings(settings)
    if place.is_control:
        problems += startup.why_not_archive(settings)
    if not problems:
        logging.set_up(
            settings.log_level, as_json=settings.log_json, estate=settings.estate, place=place.name
        )
        problems = asyncio.run(_run(settings, place))
    for problem in problems:
        print(f"worker: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--center", metavar="NAME", help="stand beside the hosts of this center")
    where.add_argument("--control", action="store_true", help="stand at the third site")
    parser.add_argument("--estate", metavar="NAME", help="the estate (or MUSTER_ESTATE)")
    return parser


async def _run(settings: Settings, place: Place) -> list[str]:
    """Work until SIGTERM or SIGINT. Returns what was missing at the start, or why it could not go on."""
    client = await _connected()
    if isinstance(client, str):
        return [client]
    if place.is_control and (problems := await startup.why_not_server(client)):
        return problems
    made = tools.make_tools(settings, place.name)
    stop = _stop_signal()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(made.ssh.aclose)
        trying = asyncio.create_task(startup.try_writes(tools.kept_at(settings, place.name)))
        stack.callback(trying.cancel)
        sampling = asyncio.create_task(keep_sampling(client, made.sampler, settings.estate, place.name))
        stack.callback(sampling.cancel)
        if place.is_control:
            exporter = tools.exporter(settings, client)
            sweeping = asyncio.create_task(keep_exporting(client, exporter, settings.estate))
            stack.callback(sweeping.cancel)
        renewing = asyncio.create_task(keep_renewing(client, made.renewer, settings.estate, place.name))
        stack.callback(renewing.cancel)
        for worker in _workers(client, settings, place, made):
            await stack.enter_async_context(worker)
        # Only now: the Estate, which has the plan, may be answered for by this very worker.
        if problems := await startup.why_not_plan(client, settings.estate):
            return problems
        log.info("worker_started", queue=names.queue(settings.estate, place.name))
        problems = await until_stopped(stop, {"the renewing of guards": renewing})
        log.info("worker_stopping", grace_s=GRACE.total_seconds())
        leave_within(GRACE.total_seconds() + LINGER)
    log.info("worker_stopped")
    return problems


async def _connected() -> Client | str:
    """Or why nobody can be reached, in one line."""
    try:
        config = server_settings()
    except WrongSettings as wrong:
        return str(wrong)
    try:
        return await Client.connect(**config, data_converter=pydantic_data_converter)
    except (RuntimeError, ValueError) as error:
        where = f"{config['target_host']} ({_short(error)})"
        return f"Temporal does not answer at {where}: start it, or set TEMPORAL_ADDRESS"


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _workers(client: Client, settings: Settings, place: Place, made: tools.Tools) -> list[Worker]:
    short = Worker(
        client,
        task_queue=names.queue(settings.estate, place.name),
        workflows=WORKFLOWS if place.is_control else [],
        activities=[
            *tools.short_activities(made, place.name),
            *(tools.control_activities(made, settings, client) if place.is_control else []),
        ],
        interceptors=[SignalNet(), Pulse()],
        workflow_runner=sandbox(),
        max_concurrent_activities=settings.max_looks,
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=GRACE,
    )
    renewing = Worker(
        client,
        task_queue=names.renewer_queue(settings.estate, place.name, made.renewer.enrolment.renewer),
        activities=tools.renewing_activities(made),
        interceptors=[Pulse()],
        graceful_shutdown_timeout=GRACE,
    )
    if place.is_control:
        return [short, renewing]
    jobs = Worker(
        client,
        task_queue=names.jobs_queue(settings.estate, place.name),
        activities=tools.job_activities(made),
        interceptors=[Pulse()],
        max_concurrent_activities=settings.max_jobs,
        graceful_shutdown_timeout=GRACE,
    )
    return [short, renewing, jobs]


def sandbox() -> SandboxedWorkflowRunner:
    """The sandbox that scenarios run in, here and in tests."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    )


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0][:160]
