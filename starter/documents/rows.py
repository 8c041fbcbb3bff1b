"""Rows of tables that terminal and report share, and what a person types for a wait."""

from __future__ import annotations

from activities.models import LossEstimate, Sighting
from starter.documents.times import Zone
from starter.documents.words import Words
from workflows.pages import details
from workflows.run.record import Paste, RunRecord


def command_for(paste: Paste, owner: str, name: str, run: str) -> str | None:
    """What a person types to send a signal; steps belong to `owner`, an abort to the whole run."""
    step = f"{owner} {name} --reason WHY --as NAME"
    if paste.signal == "retry":
        changed = " --command '…'" if '"command"' in paste.json_text else ""
        return f"muster retry {step}{changed}"
    if paste.signal in ("skip", "force", "confirm", "override"):
        return f"muster {paste.signal} {step}"
    gate = f" --gate {name}" if name.startswith("override:") else ""
    return {
        "decide": f"muster decide {run} critical|major|minor --reason WHY --as NAME",
        "approve": f"muster approve {run}{gate} --as NAME",
        "reject": f"muster reject {run}{gate} --reason WHY --as NAME",
        "abort": f"muster abort {run} --reason WHY --as NAME",
        "hold": f"muster hold {run} --as NAME",
        "resume": f"muster resume {owner} --as NAME",
    }.get(paste.signal)


def override_lines(record: RunRecord, words: Words) -> list[str]:
    """Safety steps that people let be: what that means, who, and why (laws 1, 18)."""
    zone = Zone.of(record.timezone)
    return [
        words.line(
            "overridden",
            without=(one.without or one.title).rstrip("."),
            people=", ".join(one.people),
            at=zone.clock(one.at),
            reason=one.reason,
            failed=one.failed,
        )
        for one in record.overrides
    ]


def evidence_rows(sightings: list[Sighting], words: Words) -> tuple[list[str], list[list[str]]]:
    """Head and rows: one row for each target from each vantage point that counts."""
    rows = []
    for seen in sightings:
        if seen.error or seen.blind:
            rows.append([seen.vantage, seen.failure_domain, "—", words("blind"), seen.error])
            continue
        for result in seen.results:
            state = words("serves" if result.serves else "silent")
            what = f"{result.seconds * 1000:.0f} ms" if result.serves else result.error
            rows.append([seen.vantage, seen.failure_domain, result.url, state, what])
    return ["seen_from", "domain", "target", "state", "detail"], rows


def loss_rows(estimates: list[LossEstimate], words: Words) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            one.dataset,
            details.loss(one, words.language),
            f"{one.lower_bytes:,} B" if one.lower_bytes is not None else "?",
            words.span(one.sample_age_s) if one.sample_age_s is not None else words("no_sample"),
            f"{words(one.loss_class)} (RPO {words.limit(one.rpo_s)})",
        ]
        for one in estimates
    ]
    return ["data", "loss", "bytes", "sample_age", "against_rpo"], rows
