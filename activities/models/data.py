"""Replicated data, samples of its writers, and what would be lost."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from activities.models.hosts import Command, Job, Target
from activities.models.values import Value


class DatasetSide(Value):
    """One side of a dataset, at one center."""

    service: str
    dataset: str
    kind: Literal["postgresql", "script"]
    center: str
    target: Target
    # postgresql
    port: int = 5432
    database: str = "postgres"
    login: str = ""  # name of a secret, "user:password"
    run_as: str = "postgres"
    # script: the user's commands, answering JSON
    commands: dict[str, Command] = Field(default_factory=dict)
    consistent_when: str | None = None
    rpo_s: float = 30.0

    @property
    def label(self) -> str:
        return f"{self.service}.{self.dataset}"


class Replay(StrEnum):
    """What a replica does with the log that it has received."""

    UNKNOWN = "unknown"  # the login may not see it
    BUSY = "busy"
    WAITING = "waiting"  # it has replayed every whole record that it has, and waits for more
    PAUSED = "paused"  # by somebody


class DatasetStatus(Value):
    """What a side says of itself. Positions are bytes of the log (a PostgreSQL LSN as an integer)."""

    reachable: bool
    at: float
    writable: bool | None = None  # None: unknown
    written: int | None = None  # the writer's position
    received: int | None = None  # the replica's, on its disk
    replayed: int | None = None
    last_commit_at: float | None = None  # of the last replayed transaction, by the *writer's* clock
    streaming: bool | None = None  # a replica: it is connected to its source now
    replay: Replay = Replay.UNKNOWN
    system: str = ""  # the same at a server and its replicas only; "": the login may not read it
    error: str = ""

    @property
    def replayed_all(self) -> bool:
        """Where a link was cut in the middle of a record, that torn end counts as received and is never replayed."""
        return self.replayed is not None and (self.replayed == self.received or self.replay is Replay.WAITING)


class SampleWindow(Value):
    """What the sampler of one vantage point knows about a writer, around one position of the replica.

    All times are by the writer's clock, but for `*_local`, which are by the sampler's own.
    """

    vantage: str
    samples: int
    period_s: float
    safe_at: float | None = None  # newest sample whose position, or whose every commit, the replica has
    unsafe_at: float | None = None  # oldest sample by which a commit that it lacks had surely happened
    last_at: float | None = None  # newest sample
    last_local: float | None = None
    last_position: int | None = None
    advanced_at: float | None = None  # newest sample after which a commit was still seen to happen
    dark_by: float | None = None  # the first failed sample after the newest one was given up, writer's clock
    blind: bool = False  # the sampler's neutral targets did not answer either when it went dark
    system: str = ""  # the writer's, as in DatasetStatus
    clock_step_s: float = 0.0  # how far the writer's clock was set since `safe_at`; times are by the newest


class LossClass(StrEnum):
    """A loss estimate against the RPO of the plan (law 6: a change of class opens a new round)."""

    WITHIN = "within"
    OVER = "over"
    UNKNOWN = "unknown"


class LossEstimate(Value):
    """What is lost if the replica is promoted now: an interval (law 16). None: unknown."""

    dataset: str  # service.dataset
    loss_class: LossClass
    lower_s: float | None = None
    upper_s: float | None = None
    lower_bytes: int | None = None
    sample_age_s: float | None = None
    rpo_s: float
    reason: str = ""
    promoted: bool = False  # by an earlier run: what was lost then stands in its report


class WindowOrder(Value):
    """Ask a sampler about `service.dataset`. `received`: the replica's position, None if unknown."""

    dataset: str
    received: int | None = None


class DrainOrder(Value):
    """Wait until the replica has replayed all that it received."""

    side: DatasetSide
    within_s: float = 30.0
    promotion: Job | None = (
        None  # of the run that asks: what it promoted before it was reset needs no draining
    )


class DataCheck(Value):
    """Whether a replica may be promoted. `accepted` is the class of loss that the approvers took."""

    side: DatasetSide
    estimate: LossEstimate | None = None
    accepted: LossClass = LossClass.WITHIN
    promotion: Job | None = None  # as in DrainOrder


class Promotion(Value):
    """Make one replica the writable side. `job.command` is replaced by the dataset's own."""

    side: DatasetSide
    job: Job


class ProofOrder(Value):
    """Write through a service, read it on the promoted side (law 17).

    `{ref}` in `write` (a URL) and `read` (SQL) is a reference made for each write: `ref`, then numbers.
    Without `{ref}` in `write` it is sent as the form field `ref`. The first column of `read` must be true.
    """

    service: str
    write: str
    read: str
    side: DatasetSide
    ref: str  # letters, digits, "-", "_", "."
    within_s: float = 15.0
