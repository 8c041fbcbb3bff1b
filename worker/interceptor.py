"""A net below all message handlers: whatever one of them does, the workflow task goes on.

Handlers never raise; this makes sure of it. An exception in a handler would fail the workflow task for ever.
"""

from __future__ import annotations

from typing import Any

from temporalio import workflow
from temporalio.worker import (
    HandleSignalInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)


class SignalNet(Interceptor):
    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:
        try:
            await super().handle_signal(input)
        except Exception as error:
            # One line: the payload itself may hold anything, a one-time code among it (law 13).
            workflow.logger.error("signal_failed", extra=_event(input, error))


def _event(input: HandleSignalInput, error: Exception) -> dict[str, Any]:
    return {"signal": input.signal[:60], "error": type(error).__name__}
