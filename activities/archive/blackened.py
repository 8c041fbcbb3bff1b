"""A history as it is archived: kept for years and read by many, so without the secrets in it (law 13).

What is blackened is found by value, in every text and payload of every event; only what people send is searched for
what looks like a one-time code. Everything else stays as it is: an archived history can be replayed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent

from activities.archive.ink import Ink

OF_PEOPLE = {
    "workflow_execution_signaled_event_attributes",
    "workflow_execution_update_admitted_event_attributes",
    "workflow_execution_update_accepted_event_attributes",
    "workflow_execution_update_rejected_event_attributes",
    "workflow_execution_cancel_requested_event_attributes",
    "workflow_execution_terminated_event_attributes",
    "workflow_execution_paused_event_attributes",
    "workflow_execution_unpaused_event_attributes",
}
SAID_AT_START = ("reason", "started_by")
STARTED = "workflow_execution_started_event_attributes"
# Names that were made, not typed; `identity` is the number of a process where nobody chose another.
NOT_TYPED = frozenset(
    {"identity", "update_id", "workflow_id", "run_id", "request_id", "protocol_instance_id"}
)


@dataclass(frozen=True)
class Hiding:
    """How texts and payloads are blackened. `but`: names of fields that are left."""

    text: Callable[[str], str]
    data: Callable[[bytes], bytes]
    but: frozenset[str] = frozenset()


def blackened(event: HistoryEvent, ink: Ink) -> HistoryEvent:
    """The event itself where nothing of it is to be hidden. The ink learns the codes in it."""
    said = Hiding(ink.of_people, ink.payload_of_people, NOT_TYPED)
    clean = HistoryEvent()
    clean.CopyFrom(event)
    which = event.WhichOneof("attributes") or ""
    if which in OF_PEOPLE and not _is_of_a_run(getattr(clean, which)):
        _walk(getattr(clean, which), said)
    elif which == STARTED:
        _walk(clean.user_metadata, said)
        _start(clean.workflow_execution_started_event_attributes.input.payloads, ink)
    if ink.knows_any:
        _walk(clean, Hiding(ink.by_value, ink.payload))
    return event if clean == event else clean


def _is_of_a_run(attributes: Message) -> bool:
    """Whether the server says that another run sent it: a client cannot."""
    sender = "external_workflow_execution"
    return sender in attributes.DESCRIPTOR.fields_by_name and attributes.HasField(sender)


def _start(payloads: Iterable[Payload], ink: Ink) -> None:
    """Of an order only what its starter typed: a plan is full of numbers."""
    for payload in payloads:
        try:
            order = json.loads(payload.data)
        except (ValueError, RecursionError):
            continue
        if isinstance(order, dict):
            said = {
                key: ink.of_people(order[key]) for key in SAID_AT_START if isinstance(order.get(key), str)
            }
            if any(order[key] != text for key, text in said.items()):
                payload.data = json.dumps(order | said, ensure_ascii=False).encode(errors="replace")


def _walk(message: Message, hiding: Hiding) -> None:
    """Every text and payload below a message, in place."""
    if isinstance(message, Payload):
        if (clean := hiding.data(message.data)) != message.data:
            message.data = clean
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for below in _messages(value):
                _walk(below, hiding)
        elif isinstance(value, str) and field.name not in hiding.but:
            setattr(message, field.name, hiding.text(value))


def _messages(value: Any) -> list[Message]:
    """The messages of a field: of one, of many, of a map."""
    if isinstance(value, Message):
        return [value]
    values = value.values() if hasattr(value, "values") else value
    return [one for one in values if isinstance(one, Message)]
