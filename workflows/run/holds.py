"""A step that waits for an operator, and what may be ordered of it (law 8). No Temporal in here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ordered(StrEnum):
    """`confirm`: somebody did it by hand, the run only looks. `override`: two people let a safety step be."""

    RETRY = "retry"
    SKIP = "skip"
    FORCE = "force"
    CONFIRM = "confirm"
    OVERRIDE = "override"


@dataclass(frozen=True)
class Order:
    """What was ordered of a held step, by whom and why. `command`: what a retry runs instead of the plan's."""

    verb: Ordered
    by: str
    reason: str = ""
    command: str = ""


@dataclass(frozen=True)
class Asked:
    """Somebody asks for an override; whether it is granted, others say."""

    by: str
    reason: str


@dataclass
class Hold:
    """A step that waits for an operator.

    `binding`: why nothing can go on without it; empty when something can. `command`: what a retry would run, when
    it may be changed. `asked`: an override that nobody has taken up yet.
    """

    step: str
    title: str
    reason: str
    since: float
    safety: bool
    order: Order | None = None
    binding: str = ""
    command: str = ""
    asked: Asked | None = None
