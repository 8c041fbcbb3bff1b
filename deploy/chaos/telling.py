"""What people and machines get of it: a line for each seed, a table, build/chaos.json, the files of a failed seed."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.chaos.holding import holds
from deploy.chaos.trial import Outcome, kept_logs
from deploy.chaos.trouble import Happened
from deploy.site import Site

_BEGAN = time.monotonic()


def say(text: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:7.1f}] {text}", flush=True)


def line(outcome: Outcome) -> str:
    """How a seed ended."""
    record, truth = outcome.record, outcome.truth
    ended = f"{record.state}" if record else "no end"
    took = f" in {record.ended_at - record.started_at:.1f} s" if record and record.ended_at else ""
    held = len(list(holds(record))) if record else 0
    lost = f", lost {truth.true_loss_seconds:.2f} s" if truth else ""
    words = [f"seed {outcome.schedule.seed}: {ended}{took}, held {held} times{lost}"]
    words += [f"{len(outcome.happened)} faults, {len(outcome.missed)} missed, {outcome.seconds:.1f} s in all"]
    words += ["ok" if not outcome.broken else "BROKEN: " + " | ".join(outcome.broken)]
    return "; ".join(words)


def table(outcomes: Sequence[Outcome]) -> str:
    """How often each kind of fault came about, and which seeds broke a promise."""
    happened = Counter(one.fault.kind for outcome in outcomes for one in outcome.happened)
    missed = Counter(text.split()[0] for outcome in outcomes for text in outcome.missed)
    rows = [f"{'fault':<16} {'came':>5} {'missed':>7}"]
    rows += [f"{kind:<16} {happened[kind]:>5} {missed[kind]:>7}" for kind in sorted({*happened, *missed})]
    bad = [str(one.schedule.seed) for one in outcomes if one.broken]
    rows.append(
        f"{len(outcomes)} seeds, {len(bad)} with a broken promise" + (f": {', '.join(bad)}" if bad else "")
    )
    rows += [f"once more: make chaos SEED={seed}" for seed in bad]
    return "\n".join(rows)


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([_summary(one) for one in outcomes], indent=1) + "\n")


def _summary(outcome: Outcome) -> dict[str, Any]:
    record = outcome.record
    return {
        "seed": outcome.schedule.seed,
        "schedule": asdict(outcome.schedule),
        "state": str(record.state) if record else None,
        "conclusion": record.conclusion if record else "",
        "held": [one.text for one in holds(record)] if record else [],
        "happened": [_told(one) for one in outcome.happened],
        "missed": outcome.missed,
        "repairs": outcome.said,
        "truth": asdict(outcome.truth) if outcome.truth else None,
        "seconds": round(outcome.seconds, 1),
        "broken": outcome.broken,
    }


def _told(happened: Happened) -> dict[str, Any]:
    return {
        "fault": str(happened.fault),
        "struck": happened.struck,
        "began": happened.began,
        "ended": happened.ended,
    }


def keep(site: Site, outcome: Outcome, folder: Path) -> None:
    """Everything that tells what happened: schedule, record, histories, logs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "outcome.json").write_text(json.dumps(_summary(outcome), indent=1) + "\n")
    if outcome.record is not None:
        (folder / "record.json").write_text(outcome.record.model_dump_json(indent=1) + "\n")
    for told in outcome.histories:
        name = told.workflow_id.replace("/", "-")
        (folder / f"history-{name}.json").write_text(told.history.to_json())
    for log in kept_logs(site):
        shutil.copy(log, folder / log.name)
