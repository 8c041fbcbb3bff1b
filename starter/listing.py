"""`muster list`: the runs that the server keeps. Shown only; nothing is decided from visibility."""

from __future__ import annotations

from typing import Any

from temporalio.client import WorkflowExecution

from starter.client import Temporal
from starter.columns import Row, show_rows
from starter.console import line, print_json
from starter.documents.times import Zone
from starter.errors import WrongUsage
from starter.estate_reading import is_estate
from starter.run_reading import status_of
from workflows import names

MOST = 200


async def list_runs(temporal: Temporal, query: str, *, all_runs: bool, as_json: bool) -> None:
    found = await temporal.bounded(_found(temporal, query), "the list of runs")
    rows = [_row(run) for run in found]
    if as_json:
        print_json(rows)
    elif not rows:
        line("no runs" if all_runs else "no run goes on; `muster list --all` shows those that are over")
    else:
        _show(rows, all_runs=all_runs)


def query_of(estate: str | None, *, all_runs: bool) -> str:
    """A list filter of the server's. WrongUsage when the estate is none."""
    if estate is not None and not is_estate(estate):
        raise WrongUsage(f"--estate {estate!r} is no name of an estate")
    parts = [f"{names.SCENARIO.name} IS NOT NULL"]
    if estate:
        parts.append(f"{names.ESTATE.name} = '{estate}'")
    if not all_runs:
        parts.append("ExecutionStatus = 'Running'")
    return " AND ".join(parts)


async def _found(temporal: Temporal, query: str) -> list[WorkflowExecution]:
    runs = [run async for run in temporal.client.list_workflows(query, limit=MOST)]
    return sorted(runs, key=lambda run: run.start_time, reverse=True)


def _row(run: WorkflowExecution) -> dict[str, Any]:
    attributes = {pair.key.name: pair.value for pair in run.typed_search_attributes}
    return {
        "run": run.id,
        "run_id": run.run_id,
        "status": status_of(run.status),
        "scenario": attributes.get(names.SCENARIO.name, ""),
        "phase": attributes.get(names.PHASE.name, ""),
        "waits_for": attributes.get(names.WAITS_FOR.name, ""),
        "severity": attributes.get(names.SEVERITY.name, ""),
        "started": Zone("UTC").moment(run.start_time.timestamp()),
        "ended": Zone("UTC").moment(run.close_time.timestamp()) if run.close_time else "",
    }


def _show(rows: list[dict[str, Any]], *, all_runs: bool) -> None:
    """With `all_runs` runs of one id are told apart by their run id."""

    def style(row: Row, key: str) -> str:
        return "yellow" if key == "waits_for" and row[key] and row["status"] == "running" else ""

    keys = ["run", "status", "phase", "waits_for", "severity", "started", *(["run_id"] if all_runs else [])]
    show_rows(rows, keys, spare=("severity", "phase", "started", "waits_for"), wraps="waits_for", style=style)
