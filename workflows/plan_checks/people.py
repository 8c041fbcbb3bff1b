"""People, gates and audiences (law 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflows.plan import GateSpec, Plan
from workflows.plan.people import GATES
from workflows.plan.problems import Path, Problem, unknown

from .forms import why_not_positive, why_not_secret

COMMIT = "commit"
AUDIENCES = ("operators", "executives", "partners", "customers")


def check(plan: Plan) -> Iterator[Problem]:
    for name, person in plan.people.items():
        if person.notice is not None and (reason := why_not_secret(person.notice)):
            yield Problem(("people", name, "notice"), reason)
    for needed in ("severity", "declaration"):
        if needed not in plan.gates:
            yield Problem(("gates",), f"the gate {needed} is missing; add {needed}: {{people: [NAME]}}")
    for name, gate in plan.gates.items():
        yield from _gate(plan, name, gate)
    yield from _audiences(plan)
    yield from _owners(plan)


def _gate(plan: Plan, name: str, gate: GateSpec) -> Iterator[Problem]:
    at: Path = ("gates", name)
    if name not in GATES:
        yield Problem(at, unknown("gate", name, GATES))
    yield from _persons(plan, (*at, "people"), gate.people)
    if reason := why_not_quorum(name, gate):
        yield Problem((*at, "quorum"), reason)
    if reason := why_not_otherwise(name, gate):
        yield Problem((*at, "otherwise"), reason)
    if gate.then is not None:
        yield from _persons(plan, (*at, "then", "people"), gate.then.people)
        if gate.within is None:
            yield Problem((*at, "then"), "it never comes, for the gate has no limit of time; add within: 15m")


def why_not_otherwise(name: str, gate: GateSpec) -> str | None:
    """Why a gate cannot end its silence like this."""
    if name == COMMIT and gate.otherwise == "stand-down":
        return "data is promoted by then, there is only forward; write accept or wait"
    if name != COMMIT and gate.otherwise == "accept":
        return "silence never approves; write wait or stand-down"
    if gate.otherwise == "accept" and gate.within is None:
        return "it never comes, for the gate has no limit of time; add within: 30m"
    return None


def why_not_quorum(name: str, gate: GateSpec) -> str | None:
    """Why a quorum cannot be reached, or is too small for its gate."""
    people = len(set(gate.people))
    if reason := why_not_positive(gate.quorum):
        return reason
    if gate.quorum > people > 0:
        return (
            f"a quorum of {gate.quorum} is larger than its people ({people}); name more or lower the quorum"
        )
    if name == "override" and gate.quorum < 2:
        return "one person alone must not override a safety step; write quorum: 2 or more"
    return None


def _persons(plan: Plan, at: Path, people: Sequence[str]) -> Iterator[Problem]:
    if not people:
        yield Problem(at, "nobody is named; name at least one person")
    for place, person in enumerate(people):
        if person not in plan.people:
            yield Problem((*at, place), unknown("person", person, plan.people))
        elif person in people[:place]:
            yield Problem(
                (*at, place), f"{person} is named twice; a voice counts once, name each person once"
            )


def _audiences(plan: Plan) -> Iterator[Problem]:
    for audience, channels in plan.notices.items():
        if audience not in AUDIENCES:
            yield Problem(("notices", audience), unknown("audience", audience, AUDIENCES))
        for place, channel in enumerate(channels):
            if reason := why_not_secret(channel):
                yield Problem(("notices", audience, place), reason)


def _owners(plan: Plan) -> Iterator[Problem]:
    for service, found in plan.services.items():
        for place, step in enumerate(found.manual):
            if step.owner not in plan.people:
                path: Path = ("services", service, "manual", place, "owner")
                yield Problem(path, unknown("person", step.owner, plan.people))
