"""Whether the key that a host shows is the one that was pinned. Pure."""

from __future__ import annotations

from enum import StrEnum


class Trust(StrEnum):
    PINNED = "pinned"
    NEW = "new"
    CHANGED = "CHANGED"
    SILENT = "silent"

    @property
    def style(self) -> str:
        return {"pinned": "green", "new": "yellow", "CHANGED": "bold red", "silent": "red"}[self.value]


def judge(pinned: list[str], shown: list[str]) -> Trust:
    """Keys are "KEYTYPE BASE64". One key of a pinned type that differs is a change, whatever else fits."""
    if not shown:
        return Trust.SILENT
    if not pinned:
        return Trust.NEW
    known = {kind: {key for key in pinned if key.split()[0] == kind} for kind in _kinds(pinned)}
    differs = any(key not in known[key.split()[0]] for key in shown if key.split()[0] in known)
    met = any(key in pinned for key in shown)
    return Trust.CHANGED if differs or not met else Trust.PINNED


def _kinds(keys: list[str]) -> set[str]:
    return {key.split()[0] for key in keys}
