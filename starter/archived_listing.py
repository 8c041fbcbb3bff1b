"""`muster list --archived`: the runs that the archive keeps; no server is asked."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from starter.archive_reading import all_archived
from starter.console import line, plain, print_json, remark, show
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
        show(_table(rows))


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


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for key in COLUMNS:
        table.add_column(key.replace("_", " "), no_wrap=True)
    for row in rows:
        shown = row | {"sealed": "yes" if row["sealed"] else "not yet"}
        table.add_row(*(Text(plain(shown[key])) for key in COLUMNS))
    return table
