"""The record of a run: what it saw, decided, did and was told, in order (law 18). Report, view and details show it.

It is stored in histories (queries, results): fields may be added, never renamed or removed.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field

from activities.models import LossEstimate, Outcome, Sighting, Value
from workflows.clocks import PhaseTime

JOURNAL_REFUSALS = 100  # refused messages kept in full; the rest is counted


class State(StrEnum):
    """`waiting`: for people at a gate. `held`: for an operator. The others are ends.

    `terminated`: ended from outside, so the run itself said nothing of it.
    """

    RUNNING = "running"
    WAITING = "waiting"
    HELD = "held"
    DONE = "done"
    STOOD_DOWN = "stood down"
    ABORTED = "aborted"
    FAILED = "failed"
    TERMINATED = "terminated"

    @property
    def is_end(self) -> bool:
        return self not in (State.RUNNING, State.WAITING, State.HELD)


class Entry(Value):
    """One line of the journal. `kind`: phase, step, gate, voice, refused, order, hold, notice, fact, warning, end."""

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


class ChildRecord(Value):
    """A child run, as it last reported."""

    workflow_id: str
    title: str
    state: State = State.RUNNING
    steps: list[StepRecord] = Field(default_factory=list)
    waits: list[Wait] = Field(default_factory=list)


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

    def note(self, at: float, kind: str, text: str, by: str = "") -> None:
        self.journal.append(Entry(at=at, kind=kind, text=text, by=by))

    def refuse(self, at: float, text: str, by: str = "") -> None:
        """A message that was not followed. A flood is counted, not kept."""
        self.refused += 1
        if self.refused <= JOURNAL_REFUSALS:
            self.note(at, "refused", text, by)

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
