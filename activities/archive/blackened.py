"""What people sent, without the one-time codes in it: the archive is kept for years and read by many (law 13)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent

from activities.code_words import hide


def blackened(event: HistoryEvent) -> HistoryEvent:
    """The event as it is archived. What programs say to each other is left as it is."""
    if not any(_holds_code(payload.data) for payload in _said(event)):
        return event
    clean = HistoryEvent()
    clean.CopyFrom(event)
    for payload in _said(clean):
        if _holds_code(payload.data):
            payload.data = hide(payload.data.decode(errors="replace")).encode()
    return clean


def _said(event: HistoryEvent) -> Iterable[Payload]:
    """The payloads of a signal or of an update."""
    signal = event.workflow_execution_signaled_event_attributes
    update = event.workflow_execution_update_accepted_event_attributes
    return [*signal.input.payloads, *update.accepted_request.input.args.payloads]


def _holds_code(data: bytes) -> bool:
    """Whether a person's message holds what looks like a code; a program's has no `by`, and times in it."""
    text = data.decode(errors="replace")
    return hide(text) != text and not _is_a_programs(text)


def _is_a_programs(text: str) -> bool:
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return not isinstance(content, str | int) and not (isinstance(content, dict) and "by" in content)
