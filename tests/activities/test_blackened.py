"""The archived history: no one-time code and no secret in it (law 13), and nothing else changed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent

from activities.archive.blackened import NOT_KEPT, OF_PEOPLE, blackened
from activities.archive.ink import Ink

CODE, SECRET = "314159", "an-unmistakable-word"
RUN = "01a20961-ec60-79a0-990d-1decd66cb123"


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


def admitted(data: bytes) -> HistoryEvent:
    event = HistoryEvent(event_id=9)
    request = event.workflow_execution_update_admitted_event_attributes.request
    request.input.args.payloads.append(Payload(data=data))
    return event


def read(event: HistoryEvent) -> str:
    """Everything of it as people could read it: payloads unpacked, escapes undone."""
    texts: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                texts.append(key)
                look(base64.b64decode(one).decode(errors="replace") if key == "data" else one)
        elif isinstance(value, list):
            for one in value:
                look(one)
        else:
            texts.append(str(value))
            texts.append(str(value).encode(errors="replace").decode("unicode_escape", errors="replace"))

    look(MessageToDict(event))
    return "\n".join(texts).replace(" ", "")


@pytest.mark.parametrize(
    "data",
    [
        b'{"by": "kim", "token": "gh23ka", "code": "314159", "reason": "go"}',
        b'{"by": "kim", "token": "314 159", "reason": "my code is 314159."}',
        b'{"who": "kim", "314159": [{"deep": "kim314159"}]}',
        b'{"by": "kim", "code": 314159}',
        b'{"code": "314159", "code": "x"}',
        rb'{"by": "kim", "code": "\u0033\u0031\u0034159"}',
        rb'{"code": "\u0033\u0031\u0034159", "code": "x"}',
        json.dumps({"by": "kim", "body": json.dumps({"code": "３１４１５９"})}).encode(),
        json.dumps({"by": "kim", "code": base64.b64encode(b"314159").decode()}).encode(),
        json.dumps(base64.b64encode(b'{"by": "kim", "code": "314159"}').decode()).encode(),
        rb'{"by": "kim", "code": "\u0033\u0031\u0034159"',
        b'"kim 314159"',
        b"kim 314159",
        b"314159",
        b'["kim", "314159"]',
        b'{"by": "kim", "code": "314159", "x": 1' + b"0" * 400 + b"}",
        b'{"by": "kim", "code": 314159, "x": 1' + b"0" * 5000 + b"}",
        b'{"by": "kim", "code": 314159.0, "x": [1e999, -1e999, NaN, 1e308]}',
        b'{"a":' * 900 + b'{"code": "314159"}' + b"}" * 900,
        b"[" * 100_000 + b'"314159"' + b"]" * 100_000,
        rb'{"by": "\ud83d\ude00", "code": "\ud83d 314159"}',
    ],
)
@pytest.mark.parametrize("sent", [signal, update, admitted])
def test_codes_of_people_are_blackened(sent: Callable[[bytes], HistoryEvent], data: bytes) -> None:
    """In any field, spelled in any way, in a message that is none, sent any way; the run's own event is not touched."""
    event = sent(data)
    before = event.SerializeToString()
    kept = blackened(event, Ink())
    assert CODE not in read(kept) and base64.b64encode(CODE.encode())[:8].decode() not in read(kept)
    assert event.SerializeToString() == before and kept.event_id == event.event_id


def planted(message: Message, word: str, depth: int = 0) -> None:
    """A word in every text and payload that a message can carry."""
    if isinstance(message, Payload):
        message.data = json.dumps({"said": word, "at": 1795462923.150348}).encode()
        return
    for field in message.DESCRIPTOR.fields:
        below = field.message_type
        if field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(message, field.name, f"says {word} to all")
        elif below is not None and below.GetOptions().map_entry:
            if below.fields_by_name["value"].message_type is Payload.DESCRIPTOR:
                planted(getattr(message, field.name)["key"], word)
        elif below is not None and depth < 4:
            value = getattr(message, field.name)
            planted(value.add() if field.is_repeated else value, word, depth + 1)


ATTRIBUTES = [field.name for field in HistoryEvent.DESCRIPTOR.oneofs_by_name["attributes"].fields]


@pytest.mark.parametrize("which", ATTRIBUTES)
def test_what_is_known_is_blackened_in_every_kind_of_event(which: str) -> None:
    """A secret of the worker, and a code that somebody sent: in every text and payload, heartbeats and failures too."""
    ink = Ink([SECRET])
    blackened(signal(b'{"by": "kim", "code": "314159"}'), ink)
    for word in (SECRET, CODE):
        event = HistoryEvent(event_id=3)
        planted(getattr(event, which), word)
        planted(event.user_metadata, word)
        assert word in read(event)
        assert word not in read(blackened(event, ink))


@pytest.mark.parametrize("which", sorted(OF_PEOPLE))
def test_what_people_type_is_searched_for_codes(which: str) -> None:
    """Reasons of a termination and of a pause, names of signals, headers: wherever somebody can type a code."""
    event = HistoryEvent(event_id=3)
    attributes = getattr(event, which)
    planted(attributes, CODE)
    if "external_workflow_execution" in attributes.DESCRIPTOR.fields_by_name:
        attributes.ClearField("external_workflow_execution")
    assert CODE not in read(blackened(event, Ink()))


def test_what_the_starter_typed() -> None:
    """A reason with a code in it; the plan beside it keeps its numbers."""
    event = HistoryEvent(event_id=1)
    order = {"plan": {"data": "keeps 271828"}, "started_by": "kim 314159", "reason": "my code: 314 159"}
    started = event.workflow_execution_started_event_attributes
    started.input.payloads.append(Payload(data=json.dumps(order).encode()))
    event.user_metadata.details.data = b'"my code: 314 159"'
    told = read(blackened(event, Ink()))
    assert CODE not in told and "271828" in told


def test_a_code_is_found_by_its_value_when_programs_repeat_it() -> None:
    """In what a run answers and in what its activities fail with; a number that only begins like it stays."""
    ink = Ink()
    blackened(signal(b'{"by": "kim", "code": "314159"}'), ink)
    event = HistoryEvent(event_id=9)
    failure = event.activity_task_failed_event_attributes.failure
    failure.message = "no such code: 314159"
    failure.timeout_failure_info.last_heartbeat_details.payloads.append(Payload(data=b'{"seen": 314159}'))
    failure.cause.application_failure_info.type = "a314159b 1.314159 3141590"
    kept = blackened(event, ink).activity_task_failed_event_attributes.failure
    assert CODE not in kept.message and kept.timeout_failure_info != failure.timeout_failure_info
    assert kept.cause.application_failure_info == failure.cause.application_failure_info and ink.codes == 1


def test_what_programs_say_is_kept_as_it_is() -> None:
    """Times, whose fractions look like codes, ids of runs, what another run sends: not a byte of it is changed."""
    ink = Ink([SECRET])
    blackened(signal(b'{"by": "kim", "code": "271828"}'), ink)
    ids = {"workflow_id": "bank/x", "at": 1795462923.150348, "nonce": RUN, "hash": "ab" * 16 + "123456"}
    report = signal(json.dumps({"by": "bank/x", "lag": "123456 bytes", "n": 123456}).encode())
    report.workflow_execution_signaled_event_attributes.external_workflow_execution.workflow_id = "bank/x"
    for event in (
        signal(json.dumps(ids).encode()),
        signal(b'{"by": "kim", "token": "gh23ka", "reason": "go"}'),
        report,
        ParseDict({"activityTaskCompletedEventAttributes": {"identity": "123456@vm"}}, HistoryEvent()),
    ):
        assert blackened(event, ink) is event


@pytest.mark.parametrize("reason", [r"\ud83d\ude00 \u0033\u0031\u0034159", r"\ud83d \u0033\u0031\u0034159"])
def test_letters_that_are_none(reason: str) -> None:
    """Law 15: a reason whose escapes are half a letter is kept, without its code."""
    event = HistoryEvent(event_id=3)
    event.workflow_execution_terminated_event_attributes.reason = reason
    kept = blackened(event, Ink())
    told = kept.workflow_execution_terminated_event_attributes.reason
    assert CODE not in read(kept) and told.startswith("😀" if "de00" in reason else "\ufffd")


def test_what_breaks_the_search_costs_its_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Laws 13, 15: what cannot be searched is not kept, and says so; the event is, with the rest of it."""

    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    for name in ("payload_of_people", "of_people"):
        monkeypatch.setattr(Ink, name, broken)
    event = signal(b'{"by": "kim", "code": "314159"}')
    kept = blackened(event, Ink())
    assert CODE not in read(kept) and NOT_KEPT.replace(" ", "") in read(kept)
    assert kept.event_id == event.event_id
    begun = HistoryEvent(event_id=1)
    order = b'{"reason": "my code: 314159"}'
    begun.workflow_execution_started_event_attributes.input.payloads.append(Payload(data=order))
    assert CODE not in read(blackened(begun, Ink()))
