"""What differs between two plans, in lines that a person reads before going on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from starter.console import listed
from workflows.plan import Plan
from workflows.plan.centers import Fence

MOST_LINES = 40
UNTIL = "until that fence is lifted, or that run is over"


def difference(old: Plan | None, new: Plan) -> list[str]:
    """`+ services.channel`, `- …`, `~ services.core.rto: 300s -> 600s`; empty when they are equal."""
    if old is None:
        return [f"+ services.{service}" for service in sorted(new.services)]
    lines = list(_walk(old.model_dump(mode="json"), new.model_dump(mode="json"), ""))
    if len(lines) > MOST_LINES:
        return [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} more"]
    return lines


def why_not_over(old: Plan | None, new: Plan, why_kept: Mapping[str, str]) -> str | None:
    """Why a plan cannot take the place of another, or None.

    `why_kept`: centers whose fence stands, or may be made just now by the plan of before, and why (`seoul is fenced`).
    A device that the new plan does not name, or moves otherwise, would stay as it is when the fence is lifted, and
    nobody knew (law 8).
    """
    for center, why in sorted(why_kept.items()) if old else ():
        before, after = _devices(old, center), _devices(new, center)
        if gone := sorted(set(before) - set(after)):
            return f"{why}, and this plan no longer names {listed(gone)}: leave it in {UNTIL}"
        if other := sorted(name for name, device in before.items() if device != after[name]):
            return f"{why}, and this plan changes {listed(other)}: leave it as it was {UNTIL}"
    return None


def _devices(plan: Plan | None, center: str) -> dict[str, Fence]:
    known = plan.centers.get(center) if plan else None
    return {fence.name: fence for fence in known.fence} if known else {}


def _walk(old: Any, new: Any, path: str) -> Iterator[str]:
    if old == new:
        return
    if not (isinstance(old, dict) and isinstance(new, dict)):
        yield f"~ {path}: {_short(old)} -> {_short(new)}"
        return
    for key in sorted({*old, *new}):
        here = f"{path}.{key}" if path else key
        if key not in new:
            yield f"- {here}"
        elif key not in old:
            yield f"+ {here}"
        else:
            yield from _walk(old[key], new[key], here)


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    text = text.replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "…"
