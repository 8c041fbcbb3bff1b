"""What vantage points see."""

from __future__ import annotations

from pydantic import Field

from activities.models.values import Value


class Probe(Value):
    """A target seen from outside: http://…, tcp://HOST:PORT, ssh://HOST:PORT, sql://HOST:PORT (a server answers)."""

    url: str
    timeout_s: float = 1.0


class ProbeResult(Value):
    """`serves` is false both for a refusal and for silence: unreachable is not "off" (law 1)."""

    url: str
    serves: bool
    seconds: float
    error: str = ""


class SightOrder(Value):
    """What to look at from one vantage point; `neutral` targets tell whether it sees anything at all."""

    failure_domain: str
    targets: list[Probe]
    neutral: list[Probe] = Field(default_factory=list)


class Sighting(Value):
    """What one vantage point saw. Blind: it reaches no neutral target, so its word does not count."""

    vantage: str  # "control" or a center's name
    failure_domain: str
    at: float
    blind: bool
    results: list[ProbeResult]
    error: str = ""  # the vantage point did not answer at all
