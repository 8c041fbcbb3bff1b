"""What differs between two plans, in lines that a person reads before going on. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workflows.plan import Plan

MOST_LINES = 40


def difference(old: Plan | None, new: Plan) -> list[str]:
    """`+ services.channel`, `- …`, `~ services.core.rto: 300s -> 600s`; empty when they are equal."""
    if old is None:
        return [f"+ services.{service}" for service in sorted(new.services)]
    lines = list(_walk(old.model_dump(mode="json"), new.model_dump(mode="json"), ""))
    if len(lines) > MOST_LINES:
        return [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} more"]
    return lines


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
