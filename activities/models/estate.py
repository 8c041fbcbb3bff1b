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


class Guest(Value):
    """A run that changes nothing of an estate's own and may go on beside the lease: a batch, a drill (law 10)."""

    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    since: float


class Announcement(Value):
    """A run that will want the lease and has not asked for it yet: from here on no new guests (law 10)."""

    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    since: float


class Obligation(Value):
    """What a run is about to make and somebody must undo, registered before it is made.

    It outlives its run: a terminated run runs no code. Cleared by whoever has proven that nothing is left of it.
    """

    id: str  # unique by meaning: "fence/seoul"; registering it again replaces it
    kind: str  # fence, clone, drill-service, ttl
    target: str
    workflow_id: str
    first_run_id: str
    epoch: int
    since: float
    note: str = ""


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
    guests: list[Guest] = Field(default_factory=list)
    announcements: list[Announcement] = Field(default_factory=list)
    obligations: list[Obligation] = Field(default_factory=list)

    def at(self, center: str) -> list[str]:
        """The services that are active at a center, sorted."""
        return sorted(service for service, active in self.active.items() if active == center)
