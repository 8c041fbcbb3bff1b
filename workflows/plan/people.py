"""Who decides, and how long a run waits for them."""

from __future__ import annotations

from typing import Literal

from .quantities import Duration
from .written import Whole, Written

GATES = ("severity", "declaration", "commit", "failback", "override")


class Person(Written):
    """Somebody who may decide. `notice` is the name of a secret: where to reach them."""

    title: str = ""
    notice: str | None = None


class Escalation(Written):
    """Who may speak in addition once a gate's time is over, and for how long they are waited for."""

    people: list[str]
    within: Duration | None = None


class GateSpec(Written):
    """One gate. None for `within`: it waits as long as it takes. Silence never approves (law 6).

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
