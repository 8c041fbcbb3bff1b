"""The record of a run: what it saw, decided, did and was told, in order (law 18). Report, view and details show it.

It is stored in histories (queries, results): fields may be added, never renamed or removed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, Field

from activities.models import LossEstimate, Outcome, Sighting, Value
from workflows.run.clocks import PhaseTime

JOURNAL_REFUSALS = 100  # refused messages kept in full; the rest is counted
REFUSALS_OF_A_KIND = 40  # of these: a flood of one kind leaves room for what others are refused
KINDS_OF_REFUSALS = 60
CHILD_ENTRIES = 200  # journal lines of a child that its parent keeps


class State(StrEnum):
    """`waiting`: for people at a gate. `held`: for an operator. The others are ends.

    `terminated`: ended from outside, so the run itself said nothing of it. `continued`: as another run of its id.
    """

    RUNNING = "running"
    WAITING = "waiting"
    HELD = "held"
    DONE = "done"
    STOOD_DOWN = "stood down"
    ABORTED = "aborted"
    FAILED = "failed"
    TERMINATED = "terminated"
    CONTINUED = "continued"

    @property
    def is_end(self) -> bool:
        return self not in (State.RUNNING, State.WAITING, State.HELD)


class Why(StrEnum):
    """Classes of messages that were not followed."""

    UNREADABLE = "unreadable"
    UNKNOWN = "unknown name"  # of a message that no run takes
    STRANGER = "stranger"  # by a name that the plan does not have
    FORGED = "forged"  # says to be of another run and is not
    REFUSED = "refused"


class Refusal(NamedTuple):
    """What refused messages are counted by. `by`: a person of the plan, or empty."""

    kind: str
    by: str
    why: Why


FLOOD = 5_000  # messages that were not followed, of the 10,000 signals that Temporal takes for one run
NOTHING_KNOWN = Refusal("", "", Why.REFUSED)


class Refusals(Value):
    """Messages of one kind that were not followed: how many, and when the first and the last of them came."""

    kind: str
    by: str
    why: Why
    count: int
    first: float
    last: float


class Entry(Value):
    """One line of the journal.

    `kind`: phase, step, gate, voice, refused, order, override, changed, by hand, hold, notice, fact, warning, end.
    """

    at: float
    kind: str
    text: str
    by: str = ""


class StepRecord(Value):
    """One step, its newest attempt. `outcome` None: it is going on."""

    name: str
    title: str
    phase: str
    attempt: int
    started_at: float
    ended_at: float | None = None
    outcome: Outcome | None = None
    summary: str = ""
    settle_s: float = 0.0
    log: str | None = None
    safety: bool = False


class OverrideRecord(Value):
    """A safety step without which two people went on. `failed`: why it was not good; `without`: what that means."""

    step: str
    title: str
    people: list[str]
    reason: str
    failed: str
    without: str = ""
    at: float


class VoiceRecord(Value):
    by: str
    yes: bool
    at: float
    reason: str
    severity: str = ""
    proof: str = ""  # code: verified
    seat: str = ""  # for whom they stood in


class RoundRecord(Value):
    gate: str
    number: int
    token: str
    opened_at: float
    voices: list[VoiceRecord] = Field(default_factory=list)
    closed: str = ""
    about: str = ""  # what was asked, as people read it; a gate may ask for more than one thing


class Paste(Value):
    """What a person sends: the name of the signal and its JSON."""

    signal: str
    json_text: str


class Absent(Value):
    """Somebody whom a gate asks and who is away until a day (ISO, that day included), and who may speak for them."""

    person: str
    until: str
    deputy: str = ""


class Wait(Value):
    """What the run waits for now. `until` None: without an end. `proof`: code, where a voice carries one.

    `proving`: whose codes are being verified. `pairs`: who has to send two codes that follow each other.
    """

    kind: str  # gate, step, pause
    name: str
    title: str
    people: list[str] = Field(default_factory=list)
    quorum: int = 1
    yes: int = 0
    no: int = 0
    token: str = ""
    since: float
    until: float | None = None
    then: str = ""  # what happens at `until`
    send: list[Paste] = Field(default_factory=list)
    about: list[str] = Field(default_factory=list)  # what is decided, when it is not what the run will do
    proof: str = ""
    proving: list[str] = Field(default_factory=list)
    pairs: list[str] = Field(default_factory=list)
    absent: list[Absent] = Field(default_factory=list)
    if_forced: str = ""  # by what it will be found out whether a force was right


class ProvingOrder(Value):
    """An order whose code is being verified; it is not followed yet."""

    by: str
    verb: str
    step: str = ""
    at: float


class ChildRecord(Value):
    """A child run, as it last reported. `journal`: what its parent's report has to say of it (law 18)."""

    workflow_id: str
    title: str
    state: State = State.RUNNING
    steps: list[StepRecord] = Field(default_factory=list)
    waits: list[Wait] = Field(default_factory=list)
    journal: list[Entry] = Field(default_factory=list)
    refused: int = 0
    refusals: list[Refusals] = Field(default_factory=list)


class RunRecord(BaseModel):
    """Mutable while the run goes on; times are seconds since the epoch, durations seconds."""

    scenario: str
    estate: str
    workflow_id: str
    run_id: str
    plan_hash: str
    started_by: str
    reason: str
    started_at: float
    language: str = "en"
    timezone: str = "UTC"
    rto_s: float | None = None
    rpo_s: float | None = None

    state: State = State.RUNNING
    ended_at: float | None = None
    conclusion: str = ""

    old: str = ""
    new: str = ""
    services: list[str] = Field(default_factory=list)
    epoch: int | None = None

    targets: dict[str, str] = Field(default_factory=dict)  # address that is probed -> its center
    evidence: list[Sighting] = Field(default_factory=list)
    estimates: list[LossEstimate] = Field(default_factory=list)
    readiness: list[str] = Field(default_factory=list)  # what was found not ready, one line each
    guards: list[str] = Field(
        default_factory=list
    )  # what is known of the old center's guards, the verdict last
    will_do: list[str] = Field(default_factory=list)
    will_stop: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)

    phases: list[PhaseTime] = Field(default_factory=list)
    facts: dict[str, float] = Field(
        default_factory=dict
    )  # named moments: approved, fenced, promoted, serving
    rounds: list[RoundRecord] = Field(default_factory=list)
    waits: list[Wait] = Field(default_factory=list)
    steps: list[StepRecord] = Field(default_factory=list)
    children: list[ChildRecord] = Field(default_factory=list)
    journal: list[Entry] = Field(default_factory=list)
    refused: int = 0
    refusals: list[Refusals] = Field(default_factory=list)  # all of them, counted by kind
    overrides: list[OverrideRecord] = Field(default_factory=list)
    orders_proof: str = ""  # code, where orders carry one
    orders_proving: list[ProvingOrder] = Field(default_factory=list)
    unverified: str = ""  # why no code is verified now
    orders_pairs: list[str] = Field(default_factory=list)  # who has to send two codes that follow each other

    @property
    def is_undone(self) -> bool:
        """Whether it goes back: then no promotion comes, and nothing would be lost by one."""
        return bool(self.phases) and self.phases[-1].name == "undo"

    def note(self, at: float, kind: str, text: str, by: str = "") -> None:
        self.journal.append(Entry(at=at, kind=kind, text=text, by=by))

    def refuse(self, at: float, text: str, by: str = "", what: Refusal = NOTHING_KNOWN) -> None:
        """A message that was not followed. A flood is counted by its kinds, not kept: the cost has a bound."""
        self.refused += 1
        of_its_kind = self._count(at, what)
        kept = sum(min(one.count, REFUSALS_OF_A_KIND) for one in self.refusals)
        if of_its_kind <= REFUSALS_OF_A_KIND and kept <= JOURNAL_REFUSALS:
            self.note(at, "refused", text, by)

    def _count(self, at: float, what: Refusal) -> int:
        """How many of its kind there are, with this one."""
        for index, known in enumerate(self.refusals):
            if (known.kind, known.by, known.why) == what:
                self.refusals[index] = known.model_copy(update={"count": known.count + 1, "last": at})
                return known.count + 1
        if len(self.refusals) >= KINDS_OF_REFUSALS and what != NOTHING_KNOWN:
            return self._count(at, NOTHING_KNOWN)
        self.refusals.append(Refusals(**what._asdict(), count=1, first=at, last=at))
        return 1

    @property
    def kept_refusals(self) -> int:
        return sum(entry.kind == "refused" for entry in self.journal)

    def step(self, record: StepRecord) -> None:
        """Put the newest state of a step in its place."""
        for index, known in enumerate(self.steps):
            if known.name == record.name:
                self.steps[index] = record
                return
        self.steps.append(record)

    def child(self, record: ChildRecord) -> None:
        for index, known in enumerate(self.children):
            if known.workflow_id == record.workflow_id:
                self.children[index] = record
                return
        self.children.append(record)
