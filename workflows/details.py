"""The page of a run in the Temporal Web UI (`current details`, markdown, at most 20,000 bytes)."""

from __future__ import annotations

import datetime as dt

from activities.models import LossClass, LossEstimate, Sighting
from workflows.record import RunRecord, StepRecord, Wait
from workflows.texts import text

LIMIT = 18_000
NEWEST_STEPS = 25
NEWEST_REFUSALS = 5


def page(record: RunRecord, now: float) -> str:
    """What is awaited first, then what it rests on, then what was done."""
    parts = [
        f"# {record.scenario} · {record.estate} · {record.state}",
        _head(record, now),
        *(_wait(wait) for wait in _all_waits(record)),
        _lines("⚠", record.warnings),
        _evidence(record.evidence),
        _estimates(record),
        _section("Will do", record.will_do),
        _section("Will stop", record.will_stop),
        _section("Not ready", record.readiness),
        _phases(record, now),
        _steps(record),
        _refusals(record),
    ]
    full = "\n\n".join(part for part in parts if part)
    data = full.encode()
    if len(data) <= LIMIT:
        return full
    return data[:LIMIT].decode(errors="ignore") + "\n\n… (more: `muster show`)"


def clock(at: float | None) -> str:
    """A moment, to the second, UTC."""
    if at is None:
        return ""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%H:%M:%S")


def loss(estimate: LossEstimate, language: str = "en") -> str:
    if estimate.loss_class is LossClass.UNKNOWN or estimate.upper_s is None:
        return text(language, "loss_unknown", reason=estimate.reason or "no sample")
    return text(language, "loss", lower=f"{estimate.lower_s or 0:.1f}", upper=f"{estimate.upper_s:.1f}")


def cell(content: object) -> str:
    """A table cell: no pipe and no line break can break the table."""
    return str(content).replace("|", "\\|").replace("\r", " ").replace("\n", " ")[:300]


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows])


def _head(record: RunRecord, now: float) -> str:
    way = f"**{record.old} → {record.new}** · " if record.new else ""
    ended = f" · ended {clock(record.ended_at)} UTC: {record.conclusion}" if record.ended_at else ""
    phase = record.phases[-1].name if record.phases and not record.ended_at else ""
    going = f" · phase **{phase}** · {now - record.started_at:.0f} s so far" if phase else ""
    return (
        f"{way}started {clock(record.started_at)} UTC by {record.started_by}: {record.reason}{going}{ended}\n\n"
        f"plan `{record.plan_hash[:12]}`" + (f" · epoch {record.epoch}" if record.epoch else "")
    )


def _all_waits(record: RunRecord) -> list[Wait]:
    return record.waits + [wait for child in record.children for wait in child.waits]


def _wait(wait: Wait) -> str:
    lines = [f"## Waits: {wait.title}"]
    if wait.people:
        lines.append(
            f"from **{', '.join(wait.people)}** · needed {wait.quorum} · yes {wait.yes} · no {wait.no}"
        )
    until = f" until {clock(wait.until)} UTC, {wait.then}" if wait.until else ""
    lines.append(
        f"since {clock(wait.since)} UTC{until}" + (f" · token **`{wait.token}`**" if wait.token else "")
    )
    lines += [
        f"- send signal **{paste.signal}** with\n```json\n{paste.json_text}\n```" for paste in wait.send
    ]
    return "\n\n".join(lines)


def _lines(mark: str, lines: list[str]) -> str:
    return "\n\n".join(f"{mark} **{line}**" for line in lines)


def _section(title: str, lines: list[str]) -> str:
    return f"### {title}\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _evidence(sightings: list[Sighting]) -> str:
    if not sightings:
        return ""
    rows: list[list[object]] = []
    for seen in sightings:
        if seen.error or seen.blind:
            rows.append([seen.vantage, seen.failure_domain, "—", "does not count", seen.error or "blind"])
            continue
        for probe in seen.results:
            state = "serves" if probe.serves else "does not serve"
            what = f"{probe.seconds * 1000:.0f} ms" if probe.serves else probe.error
            rows.append([seen.vantage, seen.failure_domain, probe.url, state, what])
    at = clock(max(seen.at for seen in sightings))
    return f"### Evidence ({at} UTC)\n\n" + table(
        ["seen from", "failure domain", "target", "state", "detail"], rows
    )


def _estimates(record: RunRecord) -> str:
    if not record.estimates:
        return ""
    rows: list[list[object]] = [
        [
            estimate.dataset,
            loss(estimate, record.language),
            f"{estimate.lower_bytes:,} B" if estimate.lower_bytes is not None else "?",
            f"{estimate.sample_age_s:.1f} s" if estimate.sample_age_s is not None else "no sample",
            f"{estimate.rpo_s:g} s",
            estimate.loss_class,
        ]
        for estimate in record.estimates
    ]
    return "### Estimated loss\n\n" + table(
        ["data", "loss", "bytes", "sample age", "RPO", "against it"], rows
    )


def _phases(record: RunRecord, now: float) -> str:
    if not record.phases:
        return ""
    rows: list[list[object]] = [
        [phase.name, clock(phase.started_at), f"{phase.seconds(now):.1f}", f"{phase.settle_s:.1f}"]
        for phase in record.phases
    ]
    rto = f" (RTO {record.rto_s:g} s)" if record.rto_s else ""
    return f"### Clocks{rto}\n\n" + table(["phase", "began", "seconds", "of which settling"], rows)


def all_steps(record: RunRecord) -> list[StepRecord]:
    """The steps of the run and of its children, in order of their start."""
    of_children = [step for child in record.children for step in child.steps]
    return sorted(record.steps + of_children, key=lambda step: step.started_at)


def _steps(record: RunRecord) -> str:
    steps = all_steps(record)
    if not steps:
        return ""
    rows: list[list[object]] = [
        [step.name, step.title, step.outcome or "…", step.attempt, _took(step), step.summary]
        for step in steps[-NEWEST_STEPS:]
    ]
    more = f" (newest {NEWEST_STEPS} of {len(steps)})" if len(steps) > NEWEST_STEPS else ""
    return f"### Steps{more}\n\n" + table(["step", "what", "outcome", "attempt", "seconds", "detail"], rows)


def _took(step: StepRecord) -> str:
    return f"{step.ended_at - step.started_at:.1f}" if step.ended_at is not None else ""


def _refusals(record: RunRecord) -> str:
    if not record.refused:
        return ""
    newest = [entry for entry in record.journal if entry.kind == "refused"][-NEWEST_REFUSALS:]
    lines = [f"{clock(entry.at)} UTC {cell(entry.text)}" for entry in newest]
    return _section(f"Messages not followed ({record.refused})", lines)
