"""The archived history: no one-time code of a person in it (law 13), and nothing else changed."""

from __future__ import annotations

import json

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent

from activities.archive.blackened import blackened


def signal(data: bytes) -> HistoryEvent:
    event = HistoryEvent(event_id=7)
    event.workflow_execution_signaled_event_attributes.signal_name = "approve"
    event.workflow_execution_signaled_event_attributes.input.payloads.append(Payload(data=data))
    return event


def update(data: bytes) -> HistoryEvent:
    event = HistoryEvent(event_id=8)
    request = event.workflow_execution_update_accepted_event_attributes.accepted_request
    request.input.name = "approve"
    request.input.args.payloads.append(Payload(data=data))
    return event


@pytest.mark.parametrize(
    "data",
    [
        b'{"by": "kim", "token": "gh23ka", "code": "314159", "reason": "go"}',
        b'{"by": "kim", "token": "314 159", "reason": "my code is 314159."}',
        b'"kim 314159"',
        b"kim 314159",
        b"314159",
    ],
)
def test_codes_of_people_are_blackened(data: bytes) -> None:
    """In any field, in a message that is none, sent either way; the run's own event is not touched."""
    for event in (signal(data), update(data)):
        kept = blackened(event)
        text = str(kept)
        assert "314159" not in text and "314 159" not in text
        assert "314" in str(event) and kept.event_id == event.event_id


def test_what_programs_say_is_kept_as_it_is() -> None:
    """A report of a child holds times, whose fractions look like codes."""
    event = signal(json.dumps({"workflow_id": "bank/x", "at": 1795462923.150348}).encode())
    assert blackened(event) is event
    plain = signal(b'{"by": "kim", "token": "gh23ka", "reason": "go"}')
    assert blackened(plain) is plain
