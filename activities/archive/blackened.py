"""A history as it is archived: kept for years and read by many, so without the secrets in it (law 13).

What is blackened is found by value, in every text and payload of every event; only what people send is searched for
what looks like a one-time code. Everything else stays as it is: an archived history can be replayed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent

from activities.archive.ink import Ink

log = structlog.get_logger()
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


NOT_KEPT = "not kept: it could not be searched for secrets"
Said = TypeVar("Said", str, bytes)


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
        clean = _searched(lambda data: _order(data, ink), payload.data, json.dumps(NOT_KEPT).encode())
        if clean != payload.data:
            payload.data = clean


def _order(data: bytes, ink: Ink) -> bytes:
    try:
        order = json.loads(data)
    except (ValueError, RecursionError):
        return data
    if not isinstance(order, dict):
        return data
    said = {key: ink.of_people(order[key]) for key in SAID_AT_START if isinstance(order.get(key), str)}
    if all(order[key] == text for key, text in said.items()):
        return data
    return json.dumps(order | said, ensure_ascii=False).encode(errors="replace")


def _searched(hide: Callable[[Said], Said], said: Said, instead: Said) -> Said:
    """What somebody thought of to break the search costs these words, never the export of the run (laws 13, 15)."""
    try:
        return hide(said)
    except Exception as error:
        log.warning("not_searched_for_secrets", error=type(error).__name__)
        return instead


def _walk(message: Message, hiding: Hiding) -> None:
    """Every text and payload below a message, in place."""
    if isinstance(message, Payload):
        if (data := _searched(hiding.data, message.data, json.dumps(NOT_KEPT).encode())) != message.data:
            message.data = data
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for below in _messages(value):
                _walk(below, hiding)
        elif isinstance(value, str) and field.name not in hiding.but:
            text = _searched(hiding.text, value, NOT_KEPT)
            setattr(message, field.name, text.encode(errors="replace").decode())


def _messages(value: Any) -> list[Message]:
    """The messages of a field: of one, of many, of a map."""
    if isinstance(value, Message):
        return [value]
    values = value.values() if hasattr(value, "values") else value
    return [one for one in values if isinstance(one, Message)]
