"""The page of a run in the Temporal Web UI (`current details`, markdown, at most 20,000 bytes)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from activities.models import LossClass, LossEstimate, Sighting
from workflows.record import JOURNAL_REFUSALS, Paste, RunRecord, StepRecord, Wait
from workflows.texts import text

LIMIT = 18_000
LONGEST = 300  # characters of one text
LONGEST_REFUSAL = 600  # it ends with the JSON to send instead
LONGEST_JSON = 2_000
MOST_WAITS = 20
MOST_PEOPLE = 20
NEWEST_STEPS = 25
NEWEST_REFUSALS = 5
MORE = "… (more: `muster show`)"

_MARKS = re.compile(r"([\\`*<|\[\]]|^[#>+=-])")


def page(record: RunRecord, now: float) -> str:
    """What is awaited first, then what it rests on, then what was done. Never raises for a record."""
    parts = [
        f"# {line(record.scenario)} · {line(record.estate)} · {record.state}",
        _head(record, now),
        *_waits(record),
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
    return "\n\n".join(_fitting([part for part in parts if part])).encode(errors="replace").decode()


def _fitting(parts: list[str]) -> Iterator[str]:
    """What fits into the limit, in whole lines; what is to be pasted is shown whole or not at all."""
    left = LIMIT
    for part in parts:
        size = _size(part)
        if size > left:
            if "```" not in part and (lines := _lines_within(part, left)):
                yield lines
            yield MORE
            return
        left -= size
        yield part


def _lines_within(part: str, left: int) -> str:
    kept: list[str] = []
    for one in part.split("\n"):
        left -= _size(one)
        if left < 0:
            break
        kept.append(one)
    return "\n".join(kept)


def _size(text: str) -> int:
    return len(text.encode(errors="replace")) + 2  # with the line ends behind it


def clock(at: float | None) -> str:
    """A moment, to the second, UTC; "?" for a number that is none."""
    if at is None:
        return ""
    try:
        return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "?"


def loss(estimate: LossEstimate, language: str = "en") -> str:
    if estimate.loss_class is LossClass.UNKNOWN or estimate.upper_s is None:
        return text(language, "loss_unknown", reason=estimate.reason or "no sample")
    return text(language, "loss", lower=f"{estimate.lower_s or 0:.1f}", upper=f"{estimate.upper_s:.1f}")


def line(content: object, longest: int = LONGEST) -> str:
    """Text of people and hosts as one line without marks: it breaks no table, hides no text and links nowhere."""
    words = " ".join(str(content).split())
    shown = "".join(c for c in words if c.isprintable())
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    # Backslashes too: one before a pipe would take the escape for itself and open a new cell.
    return _MARKS.sub(r"\\\1", shown)


def code(content: object, longest: int = LONGEST) -> str:
    """Text between backticks, which knows no escapes."""
    shown = "".join(c for c in str(content) if c.isprintable() and c != "`")[:longest]
    return f"`{shown}`"


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(line(value) for value in row) + " |" for row in rows])


def _head(record: RunRecord, now: float) -> str:
    way = f"**{line(record.old)} → {line(record.new)}** · " if record.new else ""
    ended = f" · ended {clock(record.ended_at)} UTC: {line(record.conclusion)}" if record.ended_at else ""
    phase = record.phases[-1].name if record.phases and not record.ended_at else ""
    going = f" · phase **{line(phase)}** · {now - record.started_at:.0f} s so far" if phase else ""
    return (
        f"{way}started {clock(record.started_at)} UTC by {line(record.started_by)}: "
        f"{line(record.reason)}{going}{ended}\n\n"
        f"plan {code(record.plan_hash, 12)}" + (f" · epoch {record.epoch}" if record.epoch else "")
    )


def _waits(record: RunRecord) -> list[str]:
    """The run's own first. A child's names the run that takes the signal: it is steered there."""
    found = [_wait(wait, "") for wait in record.waits]
    found += [_wait(wait, child.workflow_id) for child in record.children for wait in child.waits]
    more = len(found) - MOST_WAITS
    return found[:MOST_WAITS] + ([f"**and {more} more wait**"] if more > 0 else [])


def _wait(wait: Wait, run: str) -> str:
    lines = [f"## Waits: {line(wait.title)}"]
    if wait.people:
        people = line(", ".join(wait.people[:MOST_PEOPLE]))
        lines.append(f"from **{people}** · needed {wait.quorum} · yes {wait.yes} · no {wait.no}")
    until = f" until {clock(wait.until)} UTC, {line(wait.then)}" if wait.until else ""
    lines.append(
        f"since {clock(wait.since)} UTC{until}" + (f" · token **{code(wait.token)}**" if wait.token else "")
    )
    lines += [_paste(paste, f" to run {code(run)}" if run else "") for paste in wait.send]
    return "\n\n".join(lines)


def _paste(paste: Paste, to: str) -> str:
    """The very text to send. The fence around it is longer than any run of backticks in it."""
    if len(paste.json_text) > LONGEST_JSON:
        return f"- send signal **{line(paste.signal)}**{to} (its JSON is too long to be shown)"
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", paste.json_text))])
    return f"- send signal **{line(paste.signal)}**{to} with\n{fence}json\n{paste.json_text}\n{fence}"


def _lines(mark: str, lines: list[str]) -> str:
    return "\n\n".join(f"{mark} **{line(one)}**" for one in lines)


def _section(title: str, lines: list[str]) -> str:
    return f"### {title}\n" + "\n".join(f"- {line(one)}" for one in lines) if lines else ""


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
    lines = [f"- {clock(entry.at)} UTC {line(entry.text, LONGEST_REFUSAL)}" for entry in newest]
    kept = f", the first {JOURNAL_REFUSALS} are kept" if record.refused > JOURNAL_REFUSALS else ""
    return f"### Messages not followed ({record.refused}{kept})\n" + "\n".join(lines)
