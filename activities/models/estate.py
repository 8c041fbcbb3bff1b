"""What runs and the Estate say to each other. Stored in histories: fields may be added, never renamed or removed."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from activities.models import DatasetSide, GuardOrder, Probe, RenewerRef, Value


class SampleTarget(Value):
    """A writer to be sampled from outside its center, at least every `rpo_s` / 5."""

    side: DatasetSide
    rpo_s: float
    neutral: list[Probe] = Field(default_factory=list)
    guard: GuardOrder | None = None  # of its host, to be renewed from the same places


class Registration(Value):
    """A plan, as `muster apply` hands it to the Estate. `homes`: the primary center of each service."""

    plan_hash: str
    plan_data: str
    homes: dict[str, str]
    sampling: dict[str, list[SampleTarget]] = Field(default_factory=dict)


class RunRef(Value):
    """One run. The first run id survives a workflow reset; the workflow id alone may be another run's tomorrow."""

    workflow_id: str
    first_run_id: str


class Lease(Value):
    """The exclusive right to change an estate, held by one run. `epoch` is its fencing token."""

    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    since: float
    epoch: int
    started_by: str = ""


class Guest(Value):
    """A run that changes nothing of an estate's own and may go on beside the lease: a batch, a drill (law 10)."""

    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    since: float
    started_by: str = ""


class Announcement(Value):
    """A run that will want the lease and has not asked for it yet: from here on no new guests (law 10)."""

    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    since: float
    started_by: str = ""


class Owed(Value):
    """An obligation as a run asks for it: the Estate adds whose it is, the epoch and the time."""

    id: str
    kind: str
    target: str
    note: str = ""


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
    earlier: Obligation | None = None  # of another run, which this one took over
    services: list[str] = Field(
        default_factory=list
    )  # of the estate when it was rebuilt with this fence closed


class Acquire(Value):
    """`what` and `target`: the irreversible step that comes first, its intent recorded with the grant.

    `over`: a lease whose holder was found to be over; it is taken when it is still that one. `take_over`: a lease
    whose holder lives on although it was asked to stop; a declaration takes it all the same. `oblige` is registered
    with the grant.
    """

    estate: str
    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    what: str = ""
    target: str = ""
    over: Lease | None = None
    started_by: str = ""
    take_over: Lease | None = None
    oblige: list[Owed] = Field(default_factory=list)
    old: str = ""  # of the intent, as in Action
    new: str = ""
    services: list[str] = Field(default_factory=list)


class Entrance(Value):
    """What `announce` and `join` are told: a run, and what it is for."""

    estate: str
    workflow_id: str
    first_run_id: str
    scenario: str
    reason: str
    started_by: str = ""


class Oblige(Value):
    """Register what must be undone, before it is made. `epoch` is the lease's; a guest has none (0)."""

    estate: str
    workflow_id: str
    first_run_id: str
    epoch: int
    obligations: list[Owed]


class Clear(Value):
    """Take an obligation off the book. `proof`: by what nothing is left of it, in words; without one it stays."""

    estate: str
    workflow_id: str
    first_run_id: str
    epoch: int
    id: str
    proof: str


class Release(Value):
    """`finished`: the run came to its good end, and a promotion of its lease with it.

    `untouched`: the run changed nothing, so nothing of what was registered for it was made.
    """

    estate: str
    workflow_id: str
    first_run_id: str
    finished: bool = False
    untouched: bool = False


class Granted(Value):
    granted: bool
    epoch: int
    holder: Lease | None = None
    over: Lease | None = None  # whose lease it was
    reason: str = ""  # why it is not granted
    guests: list[Guest] = Field(default_factory=list)  # who is beside it
    after_reset: bool = (
        False  # whoever asked was reset before; in its history, for it cannot tell in a replay
    )


class Action(Value):
    """An intent before and a result after an irreversible step, so that a run that takes over knows where it stands."""

    estate: str
    workflow_id: str
    first_run_id: str
    epoch: int
    what: str  # fence, promote, active, traffic, lift, end
    target: str
    stage: str  # intent, done, failed
    at: float
    old: str = ""  # the direction of the run, so that the one that goes on with it need not guess
    new: str = ""
    services: list[str] = Field(default_factory=list)
    guards: list[str] = Field(
        default_factory=list
    )  # of a fence: the datasets that nothing but their guards closed


class SetActive(Value):
    estate: str
    workflow_id: str
    first_run_id: str
    epoch: int
    services: list[str]
    center: str


class WatchOrder(Value):
    """Runs to be looked at until one of them has closed."""

    estate: str
    runs: list[RunRef]


class ClosedRun(Value):
    """A run that is over. `how`: completed, failed, canceled, terminated, timed out, or gone from the server.

    `run_id`: its last run, which is another one than the first after a reset.
    """

    workflow_id: str
    first_run_id: str
    how: str
    run_id: str = ""


def living(lease: Lease | None, departed: Iterable[ClosedRun]) -> Lease | None:
    """The lease, unless its run is known to be over: then it only stays until somebody takes it over."""
    gone = lease is not None and any(run.first_run_id == lease.first_run_id for run in departed)
    return None if gone else lease


class Gone(Value):
    """A run that closed without giving back: what it holds is nobody's doing any more."""

    run: ClosedRun


class StopOrder(Value):
    """Ask runs to stop (a cancel is an abort), and wait at most `within_s` for their end."""

    estate: str
    runs: list[RunRef]
    within_s: float


class StillOrder(Value):
    """Wait at most `within_s` until none of the runs moves a device.

    `outlives_s`: how long after the end of its run a device may be moved by what was begun for it.
    """

    runs: list[RunRef]
    within_s: float
    outlives_s: float = 20.0


class EstateView(Value):
    """What a run needs to know at its start."""

    plan_hash: str
    active: dict[str, str]
    left: dict[str, str] = Field(default_factory=dict)  # as `EstateState.left`
    epoch: int
    lease: Lease | None = None
    actions: list[Action] = Field(default_factory=list)
    guests: list[Guest] = Field(default_factory=list)
    announcements: list[Announcement] = Field(default_factory=list)
    obligations: list[Obligation] = Field(default_factory=list)
    departed: list[Gone] = Field(default_factory=list)
    renewers: list[RenewerRef] = Field(default_factory=list)

    @property
    def holder(self) -> Lease | None:
        return living(self.lease, [one.run for one in self.departed])

    def at(self, center: str) -> list[str]:
        """The services that are active at a center, sorted."""
        return sorted(service for service, active in self.active.items() if active == center)
