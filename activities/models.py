"""What activities take and give: frozen values, stored in histories.

Stored payloads never forbid extra fields: an old history must load in a newer worker.
Times are seconds since the Unix epoch (UTC), durations are seconds, sizes are bytes, unless a name says otherwise.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True)


class Outcome(StrEnum):
    """How a step ended (law 2)."""

    DONE = "done"
    ALREADY = "already"
    SKIPPED = "skipped"
    FORCED = "forced"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_good(self) -> bool:
        """Whether the run may go on without a person."""
        return self in (Outcome.DONE, Outcome.ALREADY, Outcome.SKIPPED, Outcome.FORCED)


class StepResult(Value):
    """What one step on one target did. `summary` is one line for people; `tail` the end of the output."""

    outcome: Outcome
    summary: str
    exit_code: int | None = None
    tail: str = ""
    log: str | None = None  # name of the output in the log store
    seconds: float = 0.0
    settle_seconds: float = 0.0  # the part of `seconds` that was waiting between two confirming looks


# --- hosts -----------------------------------------------------------------------------------------------


class Target(Value):
    """A host as a worker reaches it: by SSH, with a pinned host key.

    `center` is the center's name, or "" for a device of no center. `key` is the *name* of a secret (law 13).
    `host_key` holds public keys in OpenSSH form, one on a line ("ssh-ed25519 AAAA…"); None is a host never met.
    """

    estate: str
    center: str
    host: str
    address: str
    port: int = 22
    user: str
    key: str
    become: Literal["sudo", "su", "doas", "none"] = "none"
    host_key: str | None = None
    via: Target | None = None

    @property
    def label(self) -> str:
        """`center/host`, or the host alone for a device."""
        return f"{self.center}/{self.host}" if self.center else self.host


class Command(Value):
    """A command line for a POSIX shell at a host, after variables were filled in."""

    run: str
    run_as: str | None = None  # None: the SSH user
    env: dict[str, str] = Field(default_factory=dict)
    secret_env: dict[str, str] = Field(default_factory=dict)  # variable name -> name of a secret
    timeout_s: float = 600.0
    kill_after_s: float = 10.0  # from TERM to KILL


class JobName(Value):
    """The name of a job (law 4). `attempt` is counted by the workflow, from 1; Temporal's retries do not raise it."""

    workflow_id: str
    first_run_id: str  # survives a workflow reset
    step: str
    attempt: int

    @property
    def step_name(self) -> str:
        """All but the attempt: what the attempts of one step share."""
        return f"{self.workflow_id}/{self.first_run_id}/{self.step}"

    def __str__(self) -> str:
        return f"{self.step_name}/{self.attempt}"


class Job(Value):
    """One change of one host. `epoch` None is a cleanup: exempt from the epoch rule (law 5)."""

    name: JobName
    target: Target
    command: Command
    epoch: int | None


class JobResult(Value):
    """How a job ended. `exit_code` None means that nobody knows (law 2)."""

    outcome: Outcome  # DONE, FAILED, UNKNOWN
    exit_code: int | None
    summary: str
    tail: str
    output_bytes: int
    sha256: str
    log: str
    joined: bool  # it was already claimed when this worker asked
    seconds: float


class CommandResult(Value):
    """What a read-only command at a host gave. `exit_code` None: it was cut off at its timeout.

    `output` is stdout and stderr together, at most the first 64 KiB, secrets masked.
    """

    exit_code: int | None
    output: str
    seconds: float


class HostKey(Value):
    """A public key that a host shows: one line in OpenSSH form, and its fingerprint ("SHA256:…")."""

    line: str
    fingerprint: str


class Contact(Value):
    """What a first contact saw. `marker`, `epoch` and `os` are known only when the key was trusted.

    `marker` is "ESTATE CENTER HOST" as the host carries it ("@" for no center); None: it carries none.
    """

    host_keys: list[HostKey]
    marker: str | None = None
    epoch: int | None = None  # None: no epoch record (law 5: unknown, not 0)
    os: str = ""


class Prepared(Value):
    """A host that carries the marker of its identity. `first`: it did not before."""

    marker: str
    epoch: int  # the highest that the host has seen
    first: bool
    os: str


# --- checks and components ------------------------------------------------------------------------------


class Check(Value):
    """One look at what a user of the thing would see.

    tcp: `url` tcp://HOST:PORT. http: `url`, `status`, `body` (a regular expression found in the first 64 KiB).
    command: exit code 0. log: `says` (a regular expression) in the lines of `path` since the start of the look.
    """

    kind: Literal["tcp", "http", "command", "log"]
    url: str = ""
    status: int = 200
    body: str | None = None
    command: Command | None = None
    path: str = ""
    says: str = ""
    timeout_s: float = 2.0


class Look(Value):
    """What one check saw. `reason` says why it is not well."""

    well: bool
    reason: str = ""
    seconds: float = 0.0


class ComponentOrder(Value):
    """One component on one host, to be brought up or taken down."""

    service: str
    component: str
    target: Target
    check: Check
    act: Command
    settle_s: float = 1.0  # between the two confirming looks (law 3)
    ready_within_s: float = 60.0  # after the command, until the first confirming look is well
    epoch: int
    name: JobName


# --- evidence -------------------------------------------------------------------------------------------


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


# --- data -----------------------------------------------------------------------------------------------


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
    system: str = ""  # the same at a server and its replicas only; "": the login may not read it
    error: str = ""


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


class WindowOrder(Value):
    """Ask a sampler about `service.dataset`. `received`: the replica's position, None if unknown."""

    dataset: str
    received: int | None = None


class DrainOrder(Value):
    """Wait until the replica has replayed all that it received."""

    side: DatasetSide
    within_s: float = 30.0


class DataCheck(Value):
    """Whether a replica may be promoted. `accepted` is the class of loss that the approvers took."""

    side: DatasetSide
    estimate: LossEstimate | None = None
    accepted: LossClass = LossClass.WITHIN


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


# --- traffic --------------------------------------------------------------------------------------------


class DnsMove(Value):
    """Point one name at new addresses, by RFC 2136 with TSIG.

    The change carries the epoch (law 5): a TXT record `_muster-epoch.NAME` is its prerequisite and is raised with it.
    """

    server: str
    port: int = 53
    zone: str
    key: str  # name of a secret: "ALGORITHM:NAME:BASE64"
    name: str  # relative to the zone
    type: Literal["A", "AAAA", "CNAME"]
    ttl_s: int
    old: list[str]
    new: list[str]
    epoch: int
    confirm_at: list[str] = Field(default_factory=list)  # more servers that must answer with it


class CommandMove(Value):
    """Move a virtual address or a balancer by a command at a host; `says` must be in what `confirm` prints."""

    name: str
    move_at: Target
    move: Command
    confirm_at: Target
    confirm: Command
    says: str


# --- fences ---------------------------------------------------------------------------------------------


class FenceOrder(Value):
    """One device of a center's fence: run, lift and confirm are commands at a device reached over SSH."""

    center: str
    name: str
    stops: Literal["clients", "writers"]
    lives: str
    at: Target
    run: Command
    confirm_at: Target
    confirm: Command
    says: str


# --- notices --------------------------------------------------------------------------------------------


class Notice(Value):
    """A message to an audience. `channels` are names of secrets that hold apprise addresses."""

    audience: str
    channels: list[str]
    title: str
    body: str
    dedup: str  # the same key twice is the same message


Target.model_rebuild()
