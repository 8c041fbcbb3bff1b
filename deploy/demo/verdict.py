"""What was promised, held against what really happened. Pure: facts in, figures and complaints out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from deploy.lab.oracle import Truth
from workflows.pages.details import all_steps
from workflows.run.clocks import covered
from workflows.run.record import RunRecord, State

MOST_AFTER_APPROVAL = 3.0  # seconds beyond the settle times, until the first acknowledged outside write
SLACK = 0.05  # seconds between the clocks of writers, samplers and this machine's processes


@dataclass(frozen=True)
class Facts:
    """What the demo measured from outside. Times are seconds since the epoch."""

    record: RunRecord
    truth: Truth
    approved_at: float
    first_write_at: float
    side_effects: Mapping[str, list[float]]
    script_seconds: float
    report: str


@dataclass(frozen=True)
class Figures:
    """`build/demo.json`. Durations in seconds; `loss_interval_seconds` is None when nobody knew."""

    ok: bool
    scenario: str
    run_id: str
    phases: dict[str, float]
    outage_seconds: float | None
    lost_rows: int
    true_loss_seconds: float
    loss_interval_seconds: list[float] | None
    rows_only_at_old_side: int
    both_sides_accepted_writes: bool
    old_last_commit: float | None
    promoted_at: float | None
    approval_to_first_write_seconds: float
    settle_seconds: float
    scripted_limit_seconds: float
    rto_seconds: float | None
    report: str
    complaints: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(facts: Facts) -> Figures:
    """All figures, and every promise that was not kept, in words."""
    complaints = list(_complaints(facts))
    record, truth = facts.record, facts.truth
    return Figures(
        ok=not complaints,
        scenario=record.scenario,
        run_id=record.run_id,
        phases={name: round(seconds, 3) for name, seconds in _phases(record).items()},
        outage_seconds=_rounded(truth.outage_seconds),
        lost_rows=truth.lost_rows,
        true_loss_seconds=round(truth.true_loss_seconds, 3),
        loss_interval_seconds=_interval(record),
        rows_only_at_old_side=truth.rows_only_at_old_side,
        both_sides_accepted_writes=truth.both_sides_accepted_writes,
        old_last_commit=truth.old_last_commit,
        promoted_at=truth.promoted_at,
        approval_to_first_write_seconds=round(facts.first_write_at - facts.approved_at, 3),
        settle_seconds=round(settle_seconds(record, facts.approved_at, facts.first_write_at), 3),
        scripted_limit_seconds=round(facts.script_seconds, 3),
        rto_seconds=record.rto_s,
        report=facts.report,
        complaints=complaints,
    )


def settle_seconds(record: RunRecord, since: float, until: float) -> float:
    """How long, between two moments, the run was waiting between confirming looks: side by side counts once."""
    spans = [
        (step.ended_at - step.settle_s, step.ended_at)
        for step in all_steps(record)
        if step.ended_at is not None
    ]
    return covered(spans, since, until)


def _complaints(facts: Facts) -> Iterable[str]:
    record, truth = facts.record, facts.truth
    if record.state is not State.DONE:
        yield f"the run ended as {record.state}: {record.conclusion}"
    if truth.both_sides_accepted_writes:
        yield "both sides accepted writes: the old side committed after the promotion"
    if truth.old_last_commit and truth.promoted_at and truth.old_last_commit >= truth.promoted_at:
        yield "the old side's last commit does not lie before the promotion"
    yield from _loss_complaints(record, truth)
    yield from _speed_complaints(facts)
    yield from _effect_complaints(facts)


def _loss_complaints(record: RunRecord, truth: Truth) -> Iterable[str]:
    interval = _interval(record)
    if interval is None:
        yield "the loss estimate is unknown"
    elif not interval[0] - SLACK <= truth.true_loss_seconds <= interval[1] + SLACK:
        yield f"the true loss of {truth.true_loss_seconds:.2f} s is not in the estimate {interval}"


def _speed_complaints(facts: Facts) -> Iterable[str]:
    took = facts.first_write_at - facts.approved_at
    most = MOST_AFTER_APPROVAL + settle_seconds(facts.record, facts.approved_at, facts.first_write_at)
    if took > most:
        yield f"{took:.2f} s from approval to first write, {most:.2f} s were promised"


def _effect_complaints(facts: Facts) -> Iterable[str]:
    new = facts.record.new
    for name, times in facts.side_effects.items():
        host, _, service = name.partition(":")
        if not host.startswith(f"{new}/") or service == "postgres":
            continue
        if len(times) != 1:
            yield f"{service} on {host}: done {len(times)} times instead of once"
        if any(at < facts.approved_at for at in times):
            yield f"{service} on {host}: done before the approval"


def _phases(record: RunRecord) -> dict[str, float]:
    total: dict[str, float] = {}
    for phase in record.phases:
        total[phase.name] = total.get(phase.name, 0.0) + phase.seconds(record.ended_at or phase.started_at)
    return total


def _interval(record: RunRecord) -> list[float] | None:
    """Of all datasets together: the widest."""
    known = [one for one in record.estimates if one.upper_s is not None]
    if not known or len(known) < len(record.estimates):
        return None
    lower = max(one.lower_s or 0.0 for one in known)
    return [round(lower, 3), round(max(one.upper_s or 0.0 for one in known), 3)]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
