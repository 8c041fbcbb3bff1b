"""A net below all message handlers: whatever one of them does, the workflow task goes on.

Handlers never raise; this makes sure of it. An exception in a handler would fail the workflow task for ever. Messages
of several payloads end here: the SDK hands them to a handler as so many arguments, decoded, which none of them takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.worker import (
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

SEVERAL = "one JSON object is a message, and {count} were sent; send one"
FAULT = "the message could not be taken ({error})"


class SignalNet(Interceptor):
    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:
        # A dynamic handler takes a name and a list: only what has a handler of its own is counted.
        if len(input.args) > 1 and workflow.get_signal_handler(input.signal) is not None:
            _unfit(input.signal, SEVERAL.format(count=len(input.args)), input.args)
            return
        try:
            await super().handle_signal(input)
        except Exception as error:
            # One line: the payload itself may hold anything, a one-time code among it (law 13).
            workflow.logger.error("signal_failed", extra=_event("signal", input.signal, error))
            _unfit(input.signal, FAULT.format(error=type(error).__name__), input.args)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        if not hasattr(workflow.instance(), "unfit"):
            return await super().handle_update_handler(
                input
            )  # between runs and the Estate errors are answers
        if len(input.args) > 1 and workflow.get_update_handler(input.update) is not None:
            return _unfit(input.update, SEVERAL.format(count=len(input.args)), input.args)
        try:
            return await super().handle_update_handler(input)
        except Exception as error:
            workflow.logger.error("update_failed", extra=_event("update", input.update, error))
            return _unfit(input.update, FAULT.format(error=type(error).__name__), input.args)


def _unfit(name: str, why: str, args: Sequence[Any]) -> Any:
    """The refusal, recorded by the run where it is one that people speak to."""
    refuse = getattr(workflow.instance(), "unfit", None)
    return refuse(name, why, args) if refuse is not None else why


def _event(kind: str, name: str, error: Exception) -> dict[str, Any]:
    return {kind: name[:60], "error": type(error).__name__}
