"""`muster estate`: where services live now, who may change it, what was done last."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from starter.client import Temporal
from starter.console import plain, print_json, show
from starter.documents.times import Zone
from starter.estate_reading import need_estate
from workflows.estate import EstateState

NEWEST_ACTIONS = 15
UTC = Zone("UTC")


async def show_estate(temporal: Temporal, estate: str, *, as_json: bool) -> None:
    state = await need_estate(temporal, estate)
    if as_json:
        # the plan and the samplers' orders are for programs that ask the Estate itself
        print_json(state.model_dump(mode="json", exclude={"plan_data", "sampling"}))
    else:
        show(*estate_page(state))


def estate_page(state: EstateState) -> list[RenderableType]:
    head = Text.assemble(
        (plain(state.estate), "bold"), f" · epoch {state.epoch} · plan {state.plan_hash[:12]}"
    )
    applied = Text(f"applied {UTC.moment(state.applied_at)}", "dim")
    return [head, applied, _lease(state), Text(), _active(state), *_actions(state)]


def _lease(state: EstateState) -> Text:
    held = state.lease
    if held is None:
        return Text("lease free", "green")
    return Text(
        plain(
            f"lease held by {held.workflow_id} since {UTC.clock(held.since)}, epoch {held.epoch}: {held.reason}"
        ),
        "yellow",
    )


def _active(state: EstateState) -> Table:
    table = _table("service", "active center")
    for service, center in sorted(state.active.items()):
        table.add_row(plain(service), Text(plain(center), "bold"))
    return table


def _actions(state: EstateState) -> list[RenderableType]:
    if not state.actions:
        return []
    table = _table("time (UTC)", "what", "target", "stage", "epoch", "run")
    for action in state.actions[-NEWEST_ACTIONS:]:
        row = (UTC.moment(action.at).removesuffix(" UTC"), action.what, action.target, action.stage)
        table.add_row(*map(plain, row), str(action.epoch), plain(action.workflow_id))
    return [Text(), Text("newest irreversible steps", "bold"), table]


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in heads:
        table.add_column(head)
    return table
