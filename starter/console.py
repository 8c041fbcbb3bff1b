"""What goes to the terminal: text of other people is shown, never interpreted."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, RenderableType

WIDTH_OF_PIPES = 120  # columns, where nobody says how wide the paper is


def plain(text: object) -> str:
    """One line without control characters: a message from a run cannot move the cursor or forge a line."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))


def console() -> Console:
    """stdout. Markup is off: brackets in a reason are brackets."""
    out = Console(markup=False, emoji=False, highlight=False)
    if not out.is_terminal:
        out.width = max(out.width, WIDTH_OF_PIPES)
    return out


def show(*parts: RenderableType, at_least: int = 0) -> None:
    """Print the parts to stdout, one below the other. `at_least`: columns that a pipe is given."""
    out = console()
    if out.is_terminal:
        for part in parts:
            out.print(part)
        return
    out.width = max(out.width, at_least)
    with out.capture() as caught:
        for part in parts:
            out.print(part)
    # tables are filled up with blanks to their width: no good in a pipe or a file
    print("\n".join(line.rstrip() for line in caught.get().splitlines()), flush=True)


def line(text: str) -> None:
    """One line to stdout, as it is."""
    print(text, flush=True)


def remark(text: str) -> None:
    """One line to stderr, beside what a command prints."""
    print(f"muster: {plain(text)}", file=sys.stderr, flush=True)


def print_json(content: Any) -> None:
    """For machines: one document to stdout."""
    print(json.dumps(content, ensure_ascii=False, indent=1), flush=True)


def listed(names: Iterable[str], most: int = 6) -> str:
    """`a, b, c and 4 more`."""
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
