"""The ways out of a held step as they stand now (law 8). No Temporal in here.

What page, notice and command line offer, and what is accepted, come from the one rule in here.
"""

from __future__ import annotations

from dataclasses import dataclass

from workflows.run.holds import Hold, Ordered
from workflows.run.messages import RetryOrder, RunOrder, StepOrder, example, with_code
from workflows.run.record import Paste

ABORT = "abort"
VERBS = (
    Ordered.RETRY,
    Ordered.CONFIRM,
    Ordered.SKIP,
    Ordered.FORCE,
    Ordered.OVERRIDE,
    ABORT,
)  # the mildest first


@dataclass(frozen=True)
class Standing:
    """What of a run decides about the ways out of its held steps.

    `no_abort`, `no_override`: why there is none; empty when there is. `asked`: steps whose override is being voted on.
    `proof`: code, where orders carry one.
    """

    run: str
    no_abort: str = ""
    no_override: str = ""
    asked: frozenset[str] = frozenset()
    proof: str = ""


def open_ways(hold: Hold, at: Standing) -> list[str]:
    """The verbs that would be accepted now."""
    return [verb for verb in VERBS if why_not(verb, hold, at) is None]


def why_not(verb: str, hold: Hold, at: Standing) -> str | None:
    """Why this way is closed, with those that are open, or None."""
    if verb == ABORT:
        return at.no_abort or None
    if hold.order is not None:
        return "it is ordered already"
    if verb == Ordered.RETRY:
        return None
    if hold.binding:
        return f"{hold.binding}: only a retry goes on{_or_abort(at)}"
    if verb != Ordered.OVERRIDE:
        return f"it is a safety step: {_instead(hold, at)}" if hold.safety else None
    if not hold.safety:
        return "it is no safety step: skip or force it, one person is enough"
    return _why_no_override(hold, at)


def send(hold: Hold, at: Standing) -> list[Paste]:
    """What an operator may send, word for word."""
    verbs = open_ways(hold, at)
    order = example(StepOrder, step=hold.step)
    found = [Paste(signal=verb, json_text=order) for verb in verbs if verb != ABORT]
    if hold.command and Ordered.RETRY in verbs:
        changed = example(RetryOrder, step=hold.step, command=hold.command)
        found.insert(1, Paste(signal=Ordered.RETRY, json_text=changed))
    return [*_coded(found, at), *send_abort(at)]


def send_abort(at: Standing) -> list[Paste]:
    """The same for the whole run, where it can still be aborted."""
    return [] if at.no_abort else _coded([Paste(signal=ABORT, json_text=example(RunOrder))], at)


def send_resume(at: Standing) -> list[Paste]:
    """The same for a run that an operator holds."""
    return [*_coded([Paste(signal="resume", json_text=example(RunOrder))], at), *send_abort(at)]


def _coded(pastes: list[Paste], at: Standing) -> list[Paste]:
    return [with_code(paste) for paste in pastes] if at.proof else pastes


def _why_no_override(hold: Hold, at: Standing) -> str | None:
    if at.no_override:
        return at.no_override
    return "it is asked for already: voices are awaited" if hold.step in at.asked else None


def _instead(hold: Hold, at: Standing) -> str:
    if _why_no_override(hold, at) is None:
        way = f"muster override {at.run} {hold.step} --reason WHY"
        return f"retry it, or ask two people of the plan (`{way}`){_or_abort(at)}"
    asked = ", or wait for the voices about its override" if hold.step in at.asked else ""
    return f"retry it{asked}{_or_abort(at)}"


def _or_abort(at: Standing) -> str:
    return "" if at.no_abort else f", or `muster abort {at.run} --reason WHY`"
