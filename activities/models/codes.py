"""One-time codes: what a run asks of a control worker, and what the Estate keeps of them. Stored in histories."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from pydantic import Field

from activities.models.values import Value

DIGITS = 6
STEP_S = 30  # seconds for which an authenticator shows one code (RFC 6238)
TOLERANCE = 1  # steps that a clock or a slow hand may be off, either way


def digest(code: str) -> str:
    """What stands for a code wherever it is written down again. Six digits can be guessed from it: it is no secret,
    it only keeps a search through records and archives from finding what people typed."""
    return hashlib.sha256(f"muster one-time code {code}".encode()).hexdigest()


class SaidCodes(Value):
    """The codes of one message. `by`: whose voice they shall prove; empty when they are only to be burnt.

    `codes` are digests, one, or two that follow each other. `at`: when the run took the message, seconds since the
    epoch. `number`: of the message in its run, from 1; 0 where none proves anything.
    """

    codes: list[str]
    at: float
    by: str = ""
    number: int = 0


class CodeOrder(Value):
    """Codes in the order of their arrival. `secrets`: person -> name of the secret that makes their codes."""

    estate: str
    said: list[SaidCodes]
    secrets: dict[str, str] = Field(default_factory=dict)


class CodeVerdict(StrEnum):
    """`burnt`: it was the right one once, and was seen before. `unreadable`: the worker has no such secret.

    `forgotten`: it may have been seen by an Estate before this one.
    """

    RIGHT = "right"
    WRONG = "wrong"
    BURNT = "burnt"
    UNREADABLE = "unreadable"
    FORGOTTEN = "forgotten"


class Burnt(StrEnum):
    """What the Estate knew of a code when it was burnt."""

    FRESH = "fresh"
    SEEN = "seen"
    FORGOTTEN = "forgotten"


class Burn(Value):
    """A code of one person, named by the time step for which it is shown. `use` tells a repeated delivery from a
    second use."""

    person: str
    step: int
    use: str
