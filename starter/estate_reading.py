"""What the Estate says of itself: asked by several commands."""

from __future__ import annotations

import re
from pathlib import Path

from starter.client import Temporal
from starter.errors import NoSuchRun, Refused, WrongUsage
from starter.plan_file import load_plan
from workflows import names
from workflows.estate.estate import EstateState


async def read_estate(temporal: Temporal, estate: str) -> EstateState | None:
    """None when the estate was never registered."""
    workflow_id = names.estate_id(estate)
    try:
        about = await temporal.describe(workflow_id)
        if about.close_time is not None:
            return None
        state = await temporal.query(workflow_id, None, "state", EstateState)
    except NoSuchRun:
        return None
    return state if state.plan_hash else None


async def need_estate(temporal: Temporal, estate: str) -> EstateState:
    state = await read_estate(temporal, estate)
    if state is None:
        raise Refused(f"estate {estate} is not registered: run `muster apply PLAN` first")
    return state


def is_estate(name: str) -> bool:
    """Whether an estate could have this name."""
    return re.fullmatch(r"[\w-]{1,100}", name) is not None


def estate_of(plan_or_name: str) -> str:
    """The estate's name, from a plan's file or as it is."""
    path = Path(plan_or_name)
    if not path.is_file():
        if path.suffix in (".yaml", ".yml"):
            raise Refused(f"there is no file {plan_or_name}: name a plan, or an estate")
        if not is_estate(plan_or_name):
            raise WrongUsage(f"{plan_or_name!r} is neither a plan's file nor the name of an estate")
        return plan_or_name
    loaded = load_plan(path)
    if loaded.plan is None:
        raise Refused(f"{path} has problems: `muster validate {path}` shows them, or name the estate itself")
    return loaded.plan.estate
