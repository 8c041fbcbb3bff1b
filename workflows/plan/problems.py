"""What is wrong with a plan, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing to put right. `text`: what is wrong; what is right."""

    path: Path
    text: str

    @property
    def field(self) -> str:
        """The path as people write it: traffic[0].records[1].ttl."""
        parts = [f"[{part}]" if isinstance(part, int) else f".{_one_line(part)}" for part in self.path]
        return "".join(parts).removeprefix(".") or "plan"


def _one_line(key: str) -> str:
    return key[:64] if key.isprintable() else ascii(key)[1:65]


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The text for a name that is not there: with the nearest known one, or all of them when none is near."""
    names = sorted(known)
    if near := nearest(str(name), names):
        return f"unknown {kind} {shown(name)}; did you mean {near}?"
    listed = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"unknown {kind} {shown(name)}; " + (
        f"known: {listed}" if names else f"the plan has no {kind} yet"
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    return _nearest(name[:100], tuple(sorted(known)[:1000]))


@lru_cache(maxsize=1024)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), None)


def shown(value: object) -> str:
    """A value in a message: quoted, and never long."""
    text = repr(value) if isinstance(value, str | int | float) else type(value).__name__
    return text if len(text) <= 60 else text[:56] + "…'"
