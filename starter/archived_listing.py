"""`muster list --archived`: the runs that the archive keeps; no server is asked."""

from __future__ import annotations

from typing import Any

from starter.archive_reading import all_archived
from starter.columns import show_rows
from starter.console import line, print_json, remark
from starter.documents.times import Zone
from starter.errors import Refused
from starter.seen import Seen

COLUMNS = ("run", "state", "started", "run_id", "sealed")


def list_archived(url: str, estate: str | None, *, as_json: bool) -> None:
    """One record that was spoiled hides no other: it is told, and the command ends with 1."""
    found, problems = all_archived(url, estate)
    _print([_row(seen) for seen in found], url, estate, as_json=as_json)
    for problem in problems[:-1]:
        remark(problem)
    if problems:
        raise Refused(problems[-1])


def _print(rows: list[dict[str, Any]], url: str, estate: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
    elif not rows:
        line(f"{url} keeps no run" + (f" of {estate}" if estate else ""))
    else:
        shown = [row | {"sealed": "yes" if row["sealed"] else "not yet"} for row in rows]
        show_rows(shown, COLUMNS, spare=("started", "state"))


def _row(seen: Seen) -> dict[str, Any]:
    record = seen.record
    zone = Zone("UTC")  # as `muster list`: runs of several estates stand below each other
    return {
        "run": record.workflow_id,
        "run_id": record.run_id,
        "state": str(record.state),
        "started": zone.moment(record.started_at),
        "ended": zone.moment(record.ended_at),
        "digest": seen.digest,
        "sealed": seen.is_sealed,
    }
