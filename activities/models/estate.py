"""What runs and the Estate say to each other. Stored in histories: fields may be added, never renamed or removed."""

from __future__ import annotations

from pydantic import Field

from activities.models import DatasetSide, Probe, Value


class SampleTarget(Value):
    """A writer to be sampled from outside its center, at least every `rpo_s` / 5."""

    side: DatasetSide
    rpo_s: float
    neutral: list[Probe] = Field(default_factory=list)


class Registration(Value):
    """A plan, as `muster apply` hands it to the Estate. `homes`: the primary center of each service."""

    plan_hash: str
    plan_data: str
    homes: dict[str, str]
    sampling: dict[str, list[SampleTarget]] = Field(default_factory=dict)


class Lease(Value):
    """The exclusive right to change an estate, held by one run. `epoch` is its fencing token."""

    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    since: float
    epoch: int


class Acquire(Value):
    """`what` and `target`: the irreversible step that comes first, its intent recorded with the grant.

    `over`: a lease whose holder was found to be over; it is taken when it is still that one.
    """

    estate: str
    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    what: str = ""
    target: str = ""
    over: Lease | None = None


class Release(Value):
    estate: str
    workflow_id: str
    first_run_id: str


class Granted(Value):
    granted: bool
    epoch: int
    holder: Lease | None = None
    over: Lease | None = None  # whose lease it was


class Action(Value):
    """An intent before and a result after an irreversible step, so that a run that takes over knows where it stands."""

    estate: str
    workflow_id: str
    first_run_id: str
    epoch: int
    what: str  # fence, promote, traffic
    target: str
    stage: str  # intent, done, failed
    at: float


class SetActive(Value):
    estate: str
    workflow_id: str
    first_run_id: str
    epoch: int
    services: list[str]
    center: str


class EstateView(Value):
    """What a run needs to know at its start."""

    plan_hash: str
    active: dict[str, str]
    epoch: int
    lease: Lease | None = None
    actions: list[Action] = Field(default_factory=list)

    def at(self, center: str) -> list[str]:
        """The services that are active at a center, sorted."""
        return sorted(service for service, active in self.active.items() if active == center)
