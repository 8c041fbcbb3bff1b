"""Markdown of foreign texts: what hosts and people wrote is shown as it is, and nothing in it becomes a mark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

LONGEST = 300  # characters of one text
WIDEST = 60  # characters of JSON in a line: the Web UI cuts what is wider than its column
BREAK = "\n"  # a new line in the same paragraph: the Web UI keeps it as it is

# The Web UI also sets what it takes for typography: -- as a dash, straight quotes as curly ones, (c) as a sign.
_MARKS = re.compile(r"""([\\`*<|\[\]'"]|^[#>+=-]|[-+.,?!](?=[-.,?!])|\((?=[cprtCPRT]{1,2}\)))""")
_GAP = "\u00a0\u00a0"  # the Web UI draws tables without a line or a space between their cells
_JOINER = "\u2060"
_UNFIT = frozenset("`|\\")


def line(content: object, longest: int = LONGEST) -> str:
    """Text of people and hosts as one line without marks: it breaks no table, hides no text and links nowhere."""
    words = " ".join(str(content).split())
    shown = "".join(c for c in words if c.isprintable())
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    # Backslashes too: one before a pipe would take the escape for itself and open a new cell.
    return _MARKS.sub(r"\\\1", shown)


def code(content: object, longest: int = LONGEST) -> str:
    """Text between backticks, which knows no escapes; an address in it is no link."""
    shown = "".join(c for c in str(content) if c.isprintable() and c not in _UNFIT)[:longest]
    return f"`{shown}`"


def joined(word: str) -> str:
    """A word that stays in one line: in a narrow cell Korean breaks between any two letters."""
    return _JOINER.join(word)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are markdown already."""
    lines = [_row(head), "|" + "---|" * len(head)]
    return "\n".join(lines + [_row(row) for row in rows])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell + _GAP for cell in cells) + " |"


def listed(title: str, lines: Sequence[str]) -> str:
    """A title and its list, or nothing without lines."""
    return "\n".join([title, *(f"- {line(one)}" for one in lines)]) if lines else ""


def numbered(title: str, lines: Sequence[str]) -> str:
    """The same with numbers. They are written out: the Web UI makes a list of none without an empty line."""
    return "\n".join([title, *(f"{n}. {line(one)}" for n, one in enumerate(lines, 1))]) if lines else ""


def block(json_text: str) -> str:
    """The very text to send, in lines that are not cut. The fence is longer than any run of backticks in it."""
    shown = folded(json_text)
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", shown))])
    return f"{fence}json\n{shown}\n{fence}"


def folded(json_text: str) -> str:
    """The same JSON object, broken between its members where a line grows wider than `WIDEST`."""
    try:
        content = json.loads(json_text)
    except (ValueError, RecursionError):
        return json_text
    if not isinstance(content, dict):
        return json_text
    lines = [""]
    for key, value in content.items():
        member = json.dumps({key: value}, ensure_ascii=False)[1:-1]
        if lines[-1] and len(lines[-1]) + len(member) > WIDEST:
            lines.append("")
        lines[-1] += f", {member}" if lines[-1] else member
    return "{" + ",\n ".join(lines) + "}"


def fitting(parts: Sequence[str], limit: int, more: str) -> Iterator[str]:
    """What fits into `limit` bytes, in whole lines; what is to be pasted is shown whole or not at all."""
    left = limit
    for part in parts:
        size = _size(part)
        if size > left:
            if "```" not in part and (lines := _lines_within(part, left)):
                yield lines
            yield more
            return
        left -= size
        yield part


def _lines_within(part: str, left: int) -> str:
    kept: list[str] = []
    for one in part.split("\n"):
        left -= _size(one)
        if left < 0:
            break
        kept.append(one)
    return "\n".join(kept)


def _size(text: str) -> int:
    return len(text.encode(errors="replace")) + 2  # with the line ends behind it
