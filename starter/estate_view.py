"""`muster estate`: where services live now, who may change it, what is owed, what was done last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from activities.models.estate import Obligation
from starter.client import Temporal
from starter.console import plain, print_json, show
from starter.documents.times import Zone
from starter.estate_reading import need_estate
from workflows.estate.estate import EstateState
from workflows.plan import PlanSnapshot, SnapshotDamaged
from workflows.run.fenced import why_only_failback
from workflows.run.half_done import half_done

NEWEST_ACTIONS = 15
NEWEST_REMARKS = 10
OF_PROGRAMS = {"plan_data", "sampling", "answered", "exports", "turn_over_at", "grace"}


async def show_estate(temporal: Temporal, estate: str, *, as_json: bool) -> None:
    state = await need_estate(temporal, estate)
    if as_json:
        print_json(as_read(state))
    else:
        show(*estate_page(state, zone_of(state)))


def as_read(state: EstateState) -> dict[str, Any]:
    """For machines; without what only programs ask the Estate itself for."""
    half = half_done(state.actions)
    known = state.model_dump(mode="json", exclude=OF_PROGRAMS)
    return {**known, "half_done": half.model_dump(mode="json") if half else None}


def zone_of(state: EstateState) -> Zone:
    """The time zone of the plan that the Estate has."""
    try:
        return Zone.of(PlanSnapshot(hash=state.plan_hash, data=state.plan_data).plan().timezone)
    except (SnapshotDamaged, ValueError):
        return Zone("UTC")


def estate_page(state: EstateState, zone: Zone) -> list[RenderableType]:
    head = Text.assemble(
        (plain(state.estate), "bold"), f" · epoch {state.epoch} · plan {state.plan_hash[:12]}"
    )
    applied = Text(f"applied {zone.moment(state.applied_at)}; times are {zone.name}", "dim")
    return [
        head,
        applied,
        _lease(state, zone),
        *_half_done(state),
        Text(),
        _active(state),
        *_runs("announced: no new guests", state.announcements, zone),
        *_runs("guests", state.guests, zone),
        *_obligations(state, zone),
        *_departed(state, zone),
        *_actions(state, zone),
        *_remarks(state, zone),
    ]


def _lease(state: EstateState, zone: Zone) -> Text:
    held = state.lease
    if held is None:
        return Text("lease free", "green")
    since = zone.moment(held.since)
    return Text(
        plain(f"lease held by {held.workflow_id} since {since}, epoch {held.epoch}: {held.reason}"), "yellow"
    )


def _half_done(state: EstateState) -> list[RenderableType]:
    half = half_done(state.actions)
    if half is None:
        return []
    return [Text(plain(f"half done: {half.words}; start a declaration, it goes on from there"), "bold red")]


def _active(state: EstateState) -> Table:
    table = _table("service", "active center")
    for service, center in sorted(state.active.items()):
        table.add_row(plain(service), Text(plain(center), "bold"))
    for service, center in sorted(state.left.items()):
        table.add_row(plain(service), Text(plain(f"{center}, no longer in the plan"), "dim"))
    return table


def _runs(title: str, runs: Iterable[Any], zone: Zone) -> list[RenderableType]:
    """Announcements and guests: both name a run, since when, and what for."""
    table = _table("since", "run", "scenario", "reason")
    for run in runs:
        table.add_row(*map(plain, (_moment(zone, run.since), run.workflow_id, run.scenario, run.reason)))
    return _titled(title, table)


def _obligations(state: EstateState, zone: Zone) -> list[RenderableType]:
    table = _table("since", "what", "run", "epoch", "note")
    for owed in state.obligations:
        row = (_moment(zone, owed.since), owed.id, owed.workflow_id, str(owed.epoch), owed.note)
        table.add_row(*map(plain, row))
    ways = [Text(plain(way), "dim") for owed in state.obligations if (way := way_to_undo(state, owed))]
    return [*_titled("to be undone", table), *ways]


def way_to_undo(state: EstateState, owed: Obligation) -> str | None:
    """What a person can do about it now; None while a run sees to it, and where nobody knows."""
    is_seen_to = state.holder or state.announcements or any(one.cleanup for one in state.departed)
    if owed.kind != "fence" or is_seen_to:
        return None
    if why := why_only_failback(state, owed.target):
        return f"{owed.target}: {why}; only a failback opens it"
    return f"{owed.target}: muster lift {state.estate} {owed.target} --reason WHY asks the approvers to lift its fence"


def _departed(state: EstateState, zone: Zone) -> list[RenderableType]:
    table = _table("since", "run", "how it ended", "cleanup")
    for one in state.departed:
        cleanup = one.cleanup.workflow_id if one.cleanup else "none yet"
        table.add_row(*map(plain, (_moment(zone, one.at), one.run.workflow_id, one.run.how, cleanup)))
    return _titled("closed without giving back", table)


def _actions(state: EstateState, zone: Zone) -> list[RenderableType]:
    table = _table("time", "what", "target", "stage", "epoch", "run")
    for action in state.actions[-NEWEST_ACTIONS:]:
        row = (_moment(zone, action.at), action.what, action.target, action.stage)
        table.add_row(*map(plain, row), str(action.epoch), plain(action.workflow_id))
    return _titled("newest irreversible steps", table)


def _remarks(state: EstateState, zone: Zone) -> list[RenderableType]:
    table = _table("time", "noticed or refused")
    for remark in state.remarks[-NEWEST_REMARKS:]:
        table.add_row(_moment(zone, remark.at), plain(remark.text))
    return _titled("by the Estate itself", table)


def _titled(title: str, table: Table) -> list[RenderableType]:
    return [Text(), Text(title, "bold"), table] if table.row_count else []


def _moment(zone: Zone, at: float) -> str:
    return zone.moment(at).removesuffix(f" {zone.name}")


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table
