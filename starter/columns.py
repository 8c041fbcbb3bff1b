"""Rows below a head, for every width: a column is left out before a word of it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from starter.console import console, plain, remark, show

GAP = 2  # blanks between two columns

Row = Mapping[str, Any]


def show_rows(
    rows: Sequence[Row],
    keys: Sequence[str],
    *,
    spare: Iterable[str],
    wraps: str = "",
    style: Callable[[Row, str], str] = lambda row, key: "",
) -> None:
    """Print `keys` of the rows; the cells of the column `wraps` may take several lines, between words.

    In a terminal that is too narrow the `spare` ones are left out, first first, and named on stderr. A pipe has no
    width: its lines are as long as they need to be.
    """
    out = console()
    wraps = wraps if out.is_terminal else ""
    widths = {key: _width([_head(key), *(plain(row[key]) for row in rows)], key == wraps) for key in keys}
    left_out = _too_many(widths, spare, out.width) if out.is_terminal else []
    kept = {key: width for key, width in widths.items() if key not in left_out}
    table = Table(box=None, padding=(0, GAP, 0, 0), header_style="dim", pad_edge=False)
    for key, width in kept.items():
        table.add_column(_head(key), no_wrap=key != wraps, min_width=width)
    for row in rows:
        table.add_row(*(Text(plain(row[key]), style(row, key)) for key in kept))
    show(table, at_least=_sum(kept))
    if left_out:
        names = ", ".join(map(_head, left_out))
        remark(f"left out in {out.width} columns: {names}; a wider terminal or --json shows all")


def _head(key: str) -> str:
    return key.replace("_", " ")


def _width(cells: Sequence[str], may_wrap: bool) -> int:
    """The head never wraps."""
    head, *rest = cells
    words = [word for cell in rest for word in cell.split()] if may_wrap else rest
    return max(map(cell_len, [head, *words]))


def _too_many(widths: Mapping[str, int], spare: Iterable[str], room: int) -> list[str]:
    kept, left_out = dict(widths), []
    for key in spare:
        if _sum(kept) <= room:
            break
        if kept.pop(key, None) is not None:
            left_out.append(key)
    return left_out


def _sum(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * max(0, len(widths) - 1)
