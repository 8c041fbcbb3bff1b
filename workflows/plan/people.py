"""Who decides, and how long a run waits for them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .periods import Period
from .quantities import Duration
from .written import Whole, Written

GATES = ("severity", "declaration", "commit", "failback", "override")


class Person(Written):
    """Somebody who may decide. `notice` and `code` name secrets: where to reach them, and what makes their codes.

    `deputy` may speak for them at their gates while they are `away`; a deputy's own deputy may not.
    """

    title: str = ""
    notice: str | None = None
    code: str | None = None
    deputy: str | None = None
    away: list[Period] = Field(default_factory=list)


class Escalation(Written):
    """Who may speak in addition once a gate's time is over, and for how long they are waited for."""

    people: list[str]
    within: Duration | None = None


def ways_of_silence(gate: str) -> tuple[str, ...]:
    """What `otherwise` may say at a gate."""
    return ("accept", "wait") if gate == "commit" else ("stand-down", "wait")


class SteeringSpec(Written):
    """Orders of operators (hold, abort, retry, …). `proof: code`: each carries a one-time code of its person."""

    proof: Literal["none", "code"] = "none"


class GateSpec(Written):
    """One gate. None for `within`: it waits as long as it takes. Silence never approves (law 6).

    `proof: code`: each voice carries a one-time code of its person, and counts once the code is verified.

    The gate `commit` is a window after service is back; only there `otherwise` may be `accept`: nothing is changed
    by it, customers are told.
    """

    people: list[str]
    quorum: Whole = 1
    within: Duration | None = None
    ask_again: Duration | None = None
    then: Escalation | None = None
    otherwise: Literal["wait", "stand-down", "accept"] = "wait"
    proof: Literal["none", "code"] = "none"
