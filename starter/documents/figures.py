"""What is computed from a record before it is shown: sums of clocks, who spoke, what was not followed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from activities.models import Outcome
from workflows.run.record import ChildRecord, Entry, RoundRecord, RunRecord, StepRecord, VoiceRecord, Wait

# phases that run when service is back, or when there is none to bring back
AFTER_RECOVERY = ("commit", "tell", "undo")


@dataclass(frozen=True)
class ClockRow:
    """A phase, its repetitions added up. Seconds."""

    phase: str
    seconds: float
    settle_s: float
    began: float
    counts: bool  # into what is held against the RTO


def clock_rows(record: RunRecord, now: float) -> list[ClockRow]:
    """In the order in which the phases first began."""
    rows: dict[str, ClockRow] = {}
    for phase in record.phases:
        known = rows.get(phase.name)
        rows[phase.name] = ClockRow(
            phase.name,
            (known.seconds if known else 0.0) + phase.seconds(now),
            (known.settle_s if known else 0.0) + phase.settle_s,
            known.began if known else phase.started_at,
            phase.name not in AFTER_RECOVERY,
        )
    return list(rows.values())


def spent(rows: list[ClockRow]) -> float:
    """Seconds from the start of the run until traffic moved, or so far."""
    return sum(row.seconds for row in rows if row.counts)


def until_now(record: RunRecord, now: float) -> float:
    """Seconds the run has taken."""
    return (record.ended_at if record.ended_at is not None else now) - record.started_at


@dataclass(frozen=True)
class PlacedStep:
    """A step and the run that owns it; `service` is "" for the run itself."""

    step: StepRecord
    workflow_id: str
    service: str


def placed_steps(record: RunRecord) -> list[PlacedStep]:
    """Of the run and of its children, in the order of their start."""
    own = [PlacedStep(step, record.workflow_id, "") for step in record.steps]
    of_children = [
        PlacedStep(step, child.workflow_id, service_of(child))
        for child in record.children
        for step in child.steps
    ]
    return sorted(own + of_children, key=lambda placed: placed.step.started_at)


def service_of(child: ChildRecord) -> str:
    return child.workflow_id.rpartition("/")[2]


def placed_waits(record: RunRecord) -> list[tuple[str, Wait]]:
    """Each wait with the id of the run that takes messages for it."""
    own = [(record.workflow_id, wait) for wait in record.waits]
    return own + [(child.workflow_id, wait) for child in record.children for wait in child.waits]


def voices_at(record: RunRecord, kind: str) -> Iterator[tuple[RoundRecord, VoiceRecord]]:
    """The voices of the last round of each question. `kind`: severity, commit, or "" for approvals; no override.

    A gate that was asked for a declaration and then for a lift asked two: neither hides the other's voices.
    """
    last = {
        (opened.gate, opened.about): opened
        for opened in record.rounds
        if not opened.gate.startswith("override:")
    }
    for opened in last.values():
        if (opened.gate if opened.gate in ("severity", "commit") else "") == kind:
            yield from ((opened, voice) for voice in opened.voices)


def commit_word(record: RunRecord) -> str:
    """How the commit window ended, in the words of its step; "" where the plan keeps none."""
    return next((step.summary for step in record.steps if step.name == "commit"), "")


def told(record: RunRecord) -> list[Entry]:
    """The journal with what children have to say: their holds, and what was ordered of them, in order (law 18)."""
    of_children = [_placed(child, entry) for child in record.children for entry in child.journal]
    return sorted([*record.journal, *of_children], key=lambda entry: entry.at)


def _placed(child: ChildRecord, entry: Entry) -> Entry:
    return entry.model_copy(update={"text": f"{service_of(child)}: {entry.text}"})


DEVIATIONS = ("refused", "override", "changed", "by hand")
MARKED = (Outcome.FORCED.value, Outcome.SKIPPED.value)


def not_followed(record: RunRecord, late: Sequence[Entry] = ()) -> list[Entry]:
    """Refused messages, overrides, changed commands, forced and skipped steps, of children too, in order (law 18).

    `late`: what came after the record was kept.
    """
    own = [entry for entry in (*record.journal, *late) if _deviates(entry)]
    of_children = [entry for child in record.children for entry in _of_child(child)]
    return sorted(own + of_children, key=lambda entry: entry.at)


def _deviates(entry: Entry) -> bool:
    ended = entry.text.partition(": ")[2].partition(":")[0]
    return entry.kind in DEVIATIONS or (entry.kind == "step" and ended in MARKED)


def _of_child(child: ChildRecord) -> Iterator[Entry]:
    """A child's journal tells its holds, orders and warnings; its steps stand in its record."""
    service = service_of(child)
    for entry in child.journal:
        if entry.kind in (*DEVIATIONS, "warning"):
            yield _placed(child, entry)
    for step in child.steps:
        if step.outcome in MARKED and step.ended_at is not None:
            text = f"{service}: {step.name}: {step.outcome}: {step.summary}"
            yield Entry(at=step.ended_at, kind="step", text=text)
