"""What workflows are started with. Stored in histories: fields may be added, never renamed or removed."""

from __future__ import annotations

from typing import TypeVar

from pydantic import Field, ValidationError

from activities.models import Check, Command, Target, Value
from activities.models.estate import ClosedRun
from workflows.plan import PlanSnapshot
from workflows.run.fenced import Fenced
from workflows.run.record import ChildRecord
from workflows.run.watch_state import WatchState

LONGEST = 1_500_000  # bytes of a message between runs; two thousand hosts are a third of it


class ScenarioOrder(Value):
    """A scenario as a person or a schedule starts it. The plan is pinned (law 12).

    `center`: which center is lost, needed when services are active at both. `services`: None is all of them.
    """

    plan: PlanSnapshot
    started_by: str
    reason: str
    center: str | None = None
    services: list[str] | None = None


class CleanupOrder(Value):
    """What a closed run left is to be undone. `started_by`: who started that run, and has no voice about it (law 6).

    The plan is the one that the Estate has (law 12). With `center` a person, `started_by`, asks for its fence alone,
    because of `reason`; `run` is then the one that owes it.
    """

    plan: PlanSnapshot
    run: ClosedRun
    started_by: str
    center: str = ""
    reason: str = ""


class HostPart(Value):
    """A component on one host."""

    host: str
    target: Target
    act: Command
    kill: Command | None = None
    check: Check


class ComponentPart(Value):
    """A component at one center. `needs`: labels "service.component" that must be up before (or down, in reverse)."""

    name: str
    label: str
    needs: list[str] = Field(default_factory=list)
    hosts: list[HostPart]
    enough: int
    max_parallel: int
    settle_s: float
    ready_within_s: float
    retries: int = 0


class ServiceOrder(Value):
    """One service, to be brought up or taken down at one center: its own slice of the plan (law 12)."""

    estate: str
    service: str
    center: str
    up: bool
    components: list[ComponentPart]
    epoch: int
    parent_id: str
    first_run_id: str = ""  # of the parent: jobs are named after it, so that a child started again joins them
    attempts_before: int = 0  # that a child before this one may have made
    paused_by: str = ""
    started_by: str
    reason: str
    plan_hash: str
    people: list[str]
    language: str
    timezone: str = "UTC"
    is_proven: bool = False  # a write through the service is read back before traffic moves
    nonce: str = ""  # what parent and child know of each other: a stranger's signal does not carry it
    code_secrets: dict[str, str] = Field(default_factory=dict)  # person -> name of the secret of their codes
    orders_proof: bool = False  # whether orders carry a code
    at_once: int = 40  # hosts side by side, of all its components (law 15)


class ChildReport(Value):
    """What a child tells its parent: its record, and which components are ready for others.

    `number` counts up: reports of one task may arrive in another order, and an older one is dropped.
    """

    number: int = 0
    child: ChildRecord
    ready: list[str] = Field(default_factory=list)
    all_ready: bool = False
    nonce: str = ""
    alarm: str = ""  # in whose name many wrong codes came to this child


class Ready(Value):
    """What a parent tells its child: labels of components of other services that are up."""

    nonce: str
    labels: list[str]


class Relayed(Value):
    """A hold of a parent, or its end, as its children follow it: it was proven there. `by` empty: it is over."""

    nonce: str
    by: str
    reason: str


V = TypeVar("V", bound=Value)


def read_from_run(kind: type[V], data: bytes | None) -> V | None:
    """What another run sent, or None when it is something else that somebody sent."""
    if data is None or len(data) > LONGEST:
        return None
    try:
        return kind.model_validate_json(data)
    except ValidationError:
        return None


class FenceWatchOrder(Value):
    """The watch over a fenced center. `plan` is the slice that it needs, `plan_hash` that of the whole plan."""

    plan: PlanSnapshot
    plan_hash: str
    fenced: Fenced
    parent_id: str
    started_by: str
    state: WatchState | None = None  # of the run that this one continues
    after: str = ""  # how the watch before this one ended, when nobody had ended it by its rules
    turn_over_at: int = 2000  # events of a run's history after which it continues as new


def read_fenced(data: bytes | None) -> Fenced | None:
    """What a later run fences at the same center, or None when it is something else that somebody sent."""
    try:
        return Fenced.model_validate_json(data or b"")
    except ValidationError:
        return None
