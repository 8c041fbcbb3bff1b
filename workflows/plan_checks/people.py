"""People, gates and audiences (law 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workflows.plan import GateSpec, Person, Plan
from workflows.plan.people import GATES
from workflows.plan.periods import overlap
from workflows.plan.problems import Path, Problem, unknown
from workflows.run.look_alike import skeleton

from .forms import why_not_positive, why_not_secret

COMMIT = "commit"
AUDIENCES = ("operators", "executives", "partners", "customers")

NEEDED = {
    "severity": "{people: [NAME]}",
    "declaration": "{people: [NAME]}",
    "override": "{people: [NAME, NAME], quorum: 2}",  # without it a safety step that cannot be done has no way out
}


def check(plan: Plan) -> Iterator[Problem]:
    for name, person in plan.people.items():
        if person.notice is not None and (reason := why_not_secret(person.notice)):
            yield Problem(("people", name, "notice"), reason)
        if person.code is not None and (reason := why_not_secret(person.code)):
            yield Problem(("people", name, "code"), reason)
        if reason := _why_not_deputy(plan, name, person):
            yield Problem(("people", name, "deputy"), reason)
    yield from _apart(plan)
    for needed, example in NEEDED.items():
        if needed not in plan.gates:
            yield Problem(("gates",), f"the gate {needed} is missing; add {needed}: {example}")
    for name, gate in plan.gates.items():
        yield from _gate(plan, name, gate)
    if plan.steering.proof == "code":
        yield from _unproven(plan, ("steering", "proof"), plan.people)
        yield from _open_override(plan)
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
    if gate.proof == "code":
        yield from _provable(plan, (*at, "proof"), gate)


def _apart(plan: Plan) -> Iterator[Problem]:
    """Two people with one secret could speak for each other, and two names that look alike are mistaken (law 6)."""
    known: dict[str, str] = {}
    makers: dict[str, str] = {}
    for name, person in plan.people.items():
        like = known.setdefault(skeleton(name), name)
        if like != name:
            yield Problem(("people", name), f"{name} is read as {like}; choose another name for one of them")
        if person.code is None:
            continue
        owner = makers.setdefault(person.code, name)
        if owner != name:
            text = f"{person.code} is the secret of {owner} already; give each person their own"
            yield Problem(("people", name, "code"), text)


def _why_not_deputy(plan: Plan, name: str, person: Person) -> str | None:
    """A deputy's own deputy is not asked: two may stand in for each other, but not while both are away."""
    if person.deputy is None:
        return None
    if person.deputy not in plan.people:
        return unknown("person", person.deputy, plan.people)
    if person.deputy == name:
        return f"{name} cannot speak for {name}; name somebody else"
    if day := overlap(person.away, plan.people[person.deputy].away):
        return f"{person.deputy} is away too on {day}; name somebody who is there"
    return None


def _provable(plan: Plan, at: Path, gate: GateSpec) -> Iterator[Problem]:
    named = [*gate.people, *(gate.then.people if gate.then else ())]
    speakers = [*named, *(plan.people[name].deputy for name in named if name in plan.people)]
    yield from _unproven(plan, at, dict.fromkeys(name for name in speakers if name))


def _open_override(plan: Plan) -> Iterator[Problem]:
    """Whoever may order nothing by a name alone must not go on without a fence by two names."""
    override = plan.gates.get("override")
    if override is not None and override.proof != "code":
        text = "orders carry a code, and an override does more than any of them; write proof: code here too"
        yield Problem(("gates", "override", "proof"), f"{text}, or steering: {{proof: none}}")


def _unproven(plan: Plan, at: Path, names: Iterable[str]) -> Iterator[Problem]:
    for name in names:
        if name in plan.people and plan.people[name].code is None:
            text = f"{name} has no code: to prove it with; add people.{name}.code: {name}-code, or write proof: none"
            yield Problem(at, text)


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
