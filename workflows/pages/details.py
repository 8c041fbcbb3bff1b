"""The page of a run in the Temporal Web UI (`current details`, markdown, at most 20,000 bytes).

It is read in a column of half a screen by people who may never have seen Temporal.
"""

from __future__ import annotations

from activities.models import Outcome
from workflows.pages.awaited import waits
from workflows.pages.evidence import estimates, evidence
from workflows.pages.evidence import loss as loss
from workflows.pages.markdown import BREAK, code, fitting, joined, line, listed, numbered, table
from workflows.pages.page import Page
from workflows.run.record import FLOOD, Refusals, RunRecord, StepRecord

LIMIT = 18_000
LONGEST_REFUSAL = 600  # characters; it ends with the JSON to send instead
NEWEST_STEPS = 25
NEWEST_REFUSALS = 5


def page(record: RunRecord, now: float) -> str:
    """What is awaited first, then what it rests on, then what was done. Never raises for a record."""
    this = Page.of(record, now)
    asks = any(wait.kind == "gate" for wait in record.waits)  # a gate shows what it is about by itself
    plans = not asks and record.ended_at is None
    parts = [
        _head(this),
        *_overrides(this),
        f"⚠ **{line(this.say('page_unverified', why=record.unverified))}**" if record.unverified else "",
        *waits(this),
        _refusals(this) if asks else "",  # whoever just sent one looks for it here
        "" if asks else "\n\n".join(f"⚠ **{line(one)}**" for one in record.warnings),
        evidence(this),
        "" if record.is_undone else estimates(this),
        numbered(f"### {this.say('page_will_do')}", record.will_do) if plans else "",
        listed(f"### {this.say('page_will_stop')}", record.will_stop) if plans else "",
        listed(f"### {this.say('page_guards')}", record.guards),
        listed(f"### {this.say('page_not_ready')}", record.readiness),
        _clocks(this),
        _steps(this),
        "" if asks else _refusals(this),
    ]
    more = this.say("page_more", command="`muster show`")
    shown = fitting([part for part in parts if part], LIMIT, more)
    return "\n\n".join(shown).encode(errors="replace").decode()


def _overrides(this: Page) -> list[str]:
    """Safety steps that people let be, before everything else (law 1)."""
    return [
        "⚠ **"
        + line(
            this.say(
                "page_overridden",
                without=one.without or one.title,
                people=", ".join(one.people),
                reason=one.reason,
            )
        )
        + "**"
        for one in this.record.overrides
    ]


def _head(this: Page) -> str:
    record = this.record
    started = this.say(
        "page_started", at=this.at(record.started_at), by=record.started_by, reason=record.reason
    )
    return BREAK.join(
        [
            f"**{line(this.word(record.scenario))} · {line(record.estate)} · {this.word(record.state)}**{_way(this)}",
            line(started),
            *_course(this),
            _pinned(this),
        ]
    )


def _way(this: Page) -> str:
    record = this.record
    if not record.new:
        return ""
    if not record.old:  # the run of one service
        return " · " + line(this.say("page_service", services=", ".join(record.services), center=record.new))
    return f" · {line(record.old)} → {line(record.new)}"


def _course(this: Page) -> list[str]:
    """How far it is, at the moment of this page; the page stands still while nothing happens."""
    record = this.record
    if record.ended_at is not None:
        span = this.seconds(record.ended_at - record.started_at)
        ended = this.say("page_ended", at=this.at(record.ended_at), zone=this.times.zone, span=span)
        return [f"{ended}: **{line(record.conclusion)}**" if record.conclusion.strip() else ended]
    phase = line(this.word(record.phases[-1].name)) if record.phases else ""
    span = this.seconds(this.now - record.started_at)
    return [this.say("page_as_of", at=this.at(this.now), zone=this.times.zone, span=span, phase=phase or "—")]


def _pinned(this: Page) -> str:
    pinned = this.say("page_plan", plan=code(this.record.plan_hash, 12))
    epoch = this.say("page_epoch", epoch=this.record.epoch) if this.record.epoch else ""
    return f"{pinned} · {epoch}" if epoch else pinned


def _clocks(this: Page) -> str:
    record = this.record
    if not record.phases:
        return ""
    rto = record.rto_s
    title = this.say("page_clocks_rto", rto=this.limit(rto)) if rto else this.say("page_clocks")
    head = [
        this.say("page_phase"),
        this.say("page_began"),
        this.say("page_seconds"),
        this.say("page_settling"),
    ]
    rows = [
        [
            line(this.word(phase.name)),
            this.at(phase.started_at),
            f"{phase.seconds(this.now):.1f}",
            f"{phase.settle_s:.1f}",
        ]
        for phase in record.phases
    ]
    return f"### {title}\n\n" + table(head, rows)


def all_steps(record: RunRecord) -> list[StepRecord]:
    """The steps of the run and of its children, in order of their start."""
    of_children = [step for child in record.children for step in child.steps]
    return sorted(record.steps + of_children, key=lambda step: step.started_at)


def _steps(this: Page) -> str:
    steps = all_steps(this.record)
    if not steps:
        return ""
    shown = steps[-NEWEST_STEPS:]
    title = this.say("page_steps")
    if len(shown) < len(steps):
        title = this.say("page_steps_newest", shown=len(shown), all=len(steps))
    head = [
        this.say("page_what"),
        this.say("page_outcome"),
        this.say("page_seconds"),
        this.say("page_detail"),
    ]
    return f"### {title}\n\n" + table(head, [_step(this, step) for step in shown])


def _step(this: Page, step: StepRecord) -> list[str]:
    outcome = joined(this.word(step.outcome or "going on"))
    if step.attempt > 1:
        outcome = this.say("page_attempt", outcome=outcome, attempt=step.attempt)
    if step.outcome in (Outcome.FAILED, Outcome.UNKNOWN):
        outcome = f"**{outcome}**"
    took = f"{step.ended_at - step.started_at:.1f}" if step.ended_at is not None else ""
    return [line(step.title), outcome, took, line(step.summary)]


def _refusals(this: Page) -> str:
    record = this.record
    if not record.refused:
        return ""
    newest = [entry for entry in record.journal if entry.kind == "refused"][-NEWEST_REFUSALS:]
    lines = [f"- {this.at(entry.at)} {line(entry.text, LONGEST_REFUSAL)}" for entry in newest]
    kept = record.kept_refusals
    if record.refused <= kept:
        return f"### {this.say('page_refused', count=record.refused)}\n\n" + "\n".join(lines)
    title = this.say("page_refused_kept", count=record.refused, kept=kept)
    if record.refused >= FLOOD:
        lines = [f"**{this.say('page_flood')}**", *lines]
    most = sorted(record.refusals, key=lambda one: one.count, reverse=True)[:NEWEST_REFUSALS]
    return f"### {title}\n\n" + "\n".join([*(_counted(this, one) for one in most), *lines])


def _counted(this: Page, one: Refusals) -> str:
    """A flood in one line."""
    who = line(one.by) if one.by else "—"
    kind = line(" ".join(part for part in (one.kind, this.word(one.why)) if part))
    return f"- **{one.count}** × {kind} ({who}), {this.at(one.first)} – {this.at(one.last)}"
