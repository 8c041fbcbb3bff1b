"""What people send to a run, read by hand: a message that does not fit is refused in words, never raised.

The Web UI sends one JSON payload or none, of any shape (law 6 and `temporal.md`): every shape ends here as a
message or as a refusal.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from activities.code_words import HIDDEN, hide, looks_like_code
from activities.models import Value
from workflows.run.record import Paste

LONGEST = 16_384  # bytes; a message of people is a few hundred


class Severity(StrEnum):
    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


def _printable(text: str) -> str:
    """Names are shown in journals, pages and terminals: nothing in them may move a cursor or turn the writing."""
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "it holds a character that cannot be printed")
    return text


def _maybe_printable(text: str | None) -> str | None:
    return text if text is None else _printable(text.strip())


def _one_line(text: str) -> str:
    """A reason as one line, whatever it was pasted from."""
    return " ".join("".join(c if c.isprintable() else " " * c.isspace() for c in text).split())


Word = Annotated[str, AfterValidator(_printable)]


class Message(Value):
    """`by`: the person's name as the plan spells it. `reason` is kept as one line. `code`: of their authenticator."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    by: Word = Field(min_length=1, max_length=80)
    reason: Annotated[str, AfterValidator(_one_line)] = Field(default="", max_length=2000)
    code: str | None = Field(default=None, max_length=40, repr=False)


class Voice(Message):
    """A yes or a no at a gate. `token`: the word of the round that was shown."""

    token: Word = Field(min_length=1, max_length=40)


class Decision(Voice):
    """A severity decision."""

    severity: Word = Field(max_length=40)


class StepOrder(Message):
    """An order for one held step."""

    step: Word = Field(min_length=1, max_length=200)


class RetryOrder(StepOrder):
    """A retry. `command`: run instead of what the plan says, for a component's step."""

    command: Annotated[str | None, AfterValidator(_maybe_printable)] = Field(default=None, max_length=4000)


class RunOrder(Message):
    """An order for the whole run."""


M = TypeVar("M", bound=Message)


def read(kind: type[M], data: bytes | None, encoding: str = "json/plain") -> M | str:
    """The message, or why it is none (one line that says what would be one)."""
    if data is None or data == b"":
        return f"the message is empty; send {example(kind)}"
    if len(data) > LONGEST:
        return f"the message has {len(data)} bytes, {LONGEST} are read; send {example(kind)}"
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return f"the message ({_one_line(encoding)[:40]}) is not JSON; send {example(kind)}"
    if not isinstance(content, dict):
        return f"the message is no JSON object; send {example(kind)}"
    return _fit(kind, _without_codes(content))


def _without_codes(content: dict[Any, Any]) -> dict[Any, Any]:
    """A one-time code in a wrong field goes no further than this (law 13)."""
    return {key: value if key == "code" else _without_code(key, value) for key, value in content.items()}


def _without_code(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if key in ("reason", "note"):
        return hide(value)
    return HIDDEN if looks_like_code(value) else value


def _fit(kind: type[M], content: dict[Any, Any]) -> M | str:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        what = "is missing" if first["type"] == "missing" else f"is wrong ({first['msg'].lower()})"
        return f"{_who(content)}{where} {what}; send {example(kind)}"


def _who(content: dict[Any, Any]) -> str:
    """Who says to have sent it, for the journal (law 18)."""
    by = content.get("by")
    return f"{by}: " if isinstance(by, str) and 0 < len(by) <= 80 and by.isprintable() else ""


def example(kind: type[Message], **known: str) -> str:
    """The JSON of a message, to be pasted and filled in."""
    shown = {"by": known.get("by", "YOUR NAME")}
    if issubclass(kind, Voice):
        shown["token"] = known.get("token", "TOKEN")
    if issubclass(kind, Decision):
        shown["severity"] = "critical"
    if issubclass(kind, StepOrder):
        shown["step"] = known.get("step", "STEP")
    if issubclass(kind, RetryOrder) and "command" in known:
        shown["command"] = known["command"]
    shown["reason"] = known.get("reason", "WHY")
    return json.dumps(shown, ensure_ascii=False)


def with_code(paste: Paste) -> Paste:
    """A message to be pasted where it has to carry a one-time code."""
    content = json.loads(paste.json_text)
    return paste.model_copy(
        update={"json_text": json.dumps(content | {"code": "YOUR CODE"}, ensure_ascii=False)}
    )
