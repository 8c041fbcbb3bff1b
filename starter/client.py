"""Temporal as a person reaches it: each call has a limit, and each failure is one line that says what to do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from activities.server_settings import WrongSettings, server_settings
from starter.errors import NoServer, NoSuchRun, NoWorker, Refused, WrongUsage
from workflows import names

CONNECT_S = 4.0
CALL_S = 5.0  # the server's own answers
WORKER_S = 6.0  # answers that need a worker; a killed one holds its runs up for the first 3 s
STARTING_S = 4.0  # until a worker that was just started has asked for work

# A server that is away for a moment is asked again; longer silence is told, not waited for in secret.
RETRIES = RetryConfig(max_retries=4, max_elapsed_time_millis=2000)

T = TypeVar("T")


class Temporal:
    """One connection. All methods raise Refused and its kinds only."""

    def __init__(self, client: Client, address: str) -> None:
        self.client = client
        self.address = address

    @classmethod
    async def connect(cls, profile: str | None) -> Temporal:
        """By a profile of temporal.toml and TEMPORAL_*; by default the dev server on this machine.

        Raises WrongUsage for a setting that no server could be reached by, NoServer where none answers.
        """
        try:
            config = server_settings(profile)
        except WrongSettings as wrong:
            raise WrongUsage(str(wrong)) from None
        address = config["target_host"] + (" (TLS)" if config.get("tls") else "")
        connecting = Client.connect(
            **config,
            data_converter=pydantic_data_converter,
            identity=_identity(),
            connect_timeout=timedelta(seconds=CONNECT_S),
            retry_config=RETRIES,
            runtime=_quiet_runtime(),
        )
        try:
            return cls(await asyncio.wait_for(connecting, CONNECT_S + 1), address)
        except ValueError as wrong:
            raise WrongUsage(f"the settings for Temporal cannot be used: {_first_line(wrong)}") from None
        except (RuntimeError, TimeoutError, RPCError):
            raise NoServer(_no_server(address)) from None

    async def describe(self, workflow_id: str, run_id: str | None = None) -> WorkflowExecutionDescription:
        """What the server knows of a run, without any worker. NoSuchRun when it keeps none."""
        handle = self.handle(workflow_id, run_id)
        about = f"{workflow_id}#{run_id}" if run_id else workflow_id
        found: WorkflowExecutionDescription = await self._bounded(
            handle.describe(rpc_timeout=timedelta(seconds=CALL_S)), about, CALL_S
        )
        return found

    async def query(self, workflow_id: str, run_id: str | None, name: str, kind: type[T]) -> T:
        """Ask a run. NoWorker when nobody answers for it."""
        handle = self.handle(workflow_id, run_id)
        limit = timedelta(seconds=WORKER_S)
        found: T = await self._bounded(
            handle.query(name, result_type=kind, rpc_timeout=limit), workflow_id, WORKER_S
        )
        return found

    async def update(self, workflow_id: str, run_id: str | None, name: str, message: object) -> str | None:
        """Send a message of a person; returns why the run refuses it, or None."""
        handle = self.handle(workflow_id, run_id)
        sending = handle.execute_update(name, message, result_type=str)
        answer: str | None = await self._bounded(sending, workflow_id, WORKER_S)
        return answer

    async def bounded(self, call: Awaitable[T], about: str, seconds: float = CALL_S) -> T:
        """Any other call of the client, with a limit and with errors in one line."""
        return await self._bounded(call, about, seconds)

    async def workers_of(self, queue: str) -> int:
        """How many workers have asked for workflow tasks of a queue in the last minutes. None is sure, some is not."""
        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await self._bounded(self.client.workflow_service.describe_task_queue(request), queue, CALL_S)
        return len(answer.pollers)

    async def need_worker(self, queue: str) -> None:
        """Raises NoWorker when nobody works on the control queue of an estate; one that is starting is waited for."""
        limit = asyncio.get_running_loop().time() + STARTING_S
        while not await self.workers_of(queue):
            if asyncio.get_running_loop().time() > limit:
                raise NoWorker(f"no worker asks for work of {queue}: start `python -m worker --control`")
            await asyncio.sleep(0.3)

    def handle(self, workflow_id: str, run_id: str | None = None) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id, run_id=run_id)

    async def _bounded(self, call: Awaitable[T], about: str, seconds: float) -> T:
        try:
            return await asyncio.wait_for(call, seconds + 1)
        except (TimeoutError, RPCTimeoutOrCancelledError):
            raise await self._silence(about) from None
        except WorkflowQueryFailedError as error:
            raise Refused(_why_no_answer(about, _first_line(error))) from None
        except WorkflowUpdateFailedError as error:
            raise Refused(f"{about} did not take the message: {_first_line(error.cause)}") from None
        except WorkflowFailureError as error:
            raise Refused(f"{about} failed: {_first_line(error.cause)}") from None
        except RPCError as error:
            raise await self._translated(error, about) from None

    async def _silence(self, about: str) -> Refused:
        """Whether it is the server or the workers that say nothing."""
        try:
            alive = await asyncio.wait_for(self.client.service_client.check_health(), 2.0)
        except (RPCError, TimeoutError):
            alive = False
        return NoWorker(_no_worker(about)) if alive else NoServer(_no_server(self.address))

    async def _translated(self, error: RPCError, about: str) -> Refused:
        match error.status:
            case RPCStatusCode.UNAVAILABLE:
                return NoServer(_no_server(self.address))
            case RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
                return await self._silence(about)
            case RPCStatusCode.FAILED_PRECONDITION if "poller" in error.message:
                return NoWorker(_no_worker(about))
            case RPCStatusCode.NOT_FOUND:
                return self._not_found(error, about)
            case RPCStatusCode.INVALID_ARGUMENT if "RunId" in error.message:
                return _no_run(about)  # a run id is a UUID
            case RPCStatusCode.INVALID_ARGUMENT if "search attribute" in error.message.lower():
                return Refused(_unregistered(self.address, self.client.namespace, _first_line(error)))
        return Refused(f"Temporal at {self.address} refused: {_first_line(error)}")

    def _not_found(self, error: RPCError, about: str) -> Refused:
        if "amespace" in error.message:
            return Refused(
                f"Temporal at {self.address} has no namespace {self.client.namespace}: "
                "name another with TEMPORAL_NAMESPACE or --profile"
            )
        if "already completed" in error.message:
            return Refused(f"{about} is over: it takes no messages any more; look with `muster show {about}`")
        return _no_run(about)


def run_with(profile: str | None, act: Callable[[Temporal], Coroutine[Any, Any, T]]) -> T:
    """Connect, act, and let go."""

    async def connected() -> T:
        return await act(await Temporal.connect(profile))

    return asyncio.run(connected())


@cache
def _quiet_runtime() -> Runtime:
    """The client's core prints warnings of its own otherwise, in the middle of what a person reads."""
    return Runtime(telemetry=TelemetryConfig(logging=None))


def _identity() -> str:
    """Shown in the history beside what was sent; a hint, not a proof (law 6 goes by what a message carries)."""
    return f"muster:{os.environ.get('MUSTER_USER') or 'unnamed'}"


def _no_server(address: str) -> str:
    return f"Temporal does not answer at {address}: start it with `make dev`, or name another with TEMPORAL_ADDRESS"


def _unregistered(address: str, namespace: str, error: str) -> str:
    """The whole line to type: a server of one's own has none of them."""
    options = " ".join(f"--name {key.name} --type Keyword" for key in names.SEARCH_ATTRIBUTES)
    return (
        f"the server at {address} lacks search attributes ({error}): "
        f"temporal operator search-attribute create --namespace {namespace} {options}"
    )


def _no_run(about: str) -> NoSuchRun:
    return NoSuchRun(f"there is no run {about}: `muster list --all` shows what there is")


def _no_worker(about: str) -> str:
    return f"no worker answers for {about}: is `python -m worker --control` running? Then try again"


def _why_no_answer(about: str, error: str) -> str:
    """The Estate and what serves runs answer other questions; the server's words for it help nobody."""
    if "handler" not in error:
        return f"{about} does not answer as a run of a scenario does: {error}"
    return f"{about} is no run of a scenario: `muster list` shows those that run, `muster estate PLAN` the estate"


def _first_line(error: BaseException) -> str:
    text = getattr(error, "message", "") or str(error) or type(error).__name__
    return str(text).splitlines()[0][:200]
