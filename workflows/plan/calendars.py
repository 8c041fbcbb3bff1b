"""Points in time that come again: the plan's words and five-field cron, compiled to calendars.

Temporal reads `SAT#1` in a cron string as Saturday and a comment, so that it fires every week: a plan's cron
never reaches the server, its calendars do, and what they cannot say is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ORDINALS = {"first": (1, 7), "second": (8, 14), "third": (15, 21), "fourth": (22, 28)}
_EVERY_DAY = ("daily", "day")
_EXAMPLES = '"first saturday 03:00", "mon-fri 23:30", "daily 06:00" or five cron fields'
_ITEM = re.compile(r"(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/([0-9]{1,2}))?")


@dataclass(frozen=True)
class Span:
    """From `start` to `end`, both included, every `step`."""

    start: int
    end: int
    step: int = 1


@dataclass(frozen=True)
class Calendar:
    """All times whose every field lies in one of its spans. Sunday is 0; empty means any."""

    minute: tuple[Span, ...]
    hour: tuple[Span, ...]
    day_of_month: tuple[Span, ...] = ()
    month: tuple[Span, ...] = ()
    day_of_week: tuple[Span, ...] = ()


def compile_when(text: str) -> Calendar:
    """The calendar of "first saturday 03:00", "mon-fri 23:30", "daily 06:00" or "30 3 * * sat".

    ValueError says what cannot be compiled and what is right.
    """
    words = text.lower().split()
    if len(words) == 5:
        return _cron(words)
    if not 2 <= len(words) <= 3:
        raise ValueError(f"{text!r} is no point in time; write {_EXAMPLES}")
    hour, minute = _clock(words[-1], text)
    return Calendar(minute, hour, _ordinal(words[:-1], text), (), _weekdays(words[-2], text))


def _clock(word: str, text: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", word)
    if match is None:
        raise ValueError(f"{text!r} ends with no time of day; write {_EXAMPLES}")
    hour, minute = int(match[1]), int(match[2])
    return (Span(hour, hour),), (Span(minute, minute),)


def _ordinal(words: Sequence[str], text: str) -> tuple[Span, ...]:
    if len(words) == 1:
        return ()
    if words[1] in _EVERY_DAY:
        raise ValueError(f'{text!r} names no weekday; write for example "first saturday 03:00"')
    if words[0] not in _ORDINALS:
        raise ValueError(f"{text!r}: {words[0]!r} cannot be compiled; write first, second, third or fourth")
    return (Span(*_ORDINALS[words[0]]),)


def _weekdays(word: str, text: str) -> tuple[Span, ...]:
    if word in _EVERY_DAY:
        return ()
    try:
        return _spans(word, 0, 7, _DAYS)
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}; write {_EXAMPLES}") from None


def _cron(fields: Sequence[str]) -> Calendar:
    if any("#" in field or field[-1] in "lw" for field in fields):
        raise ValueError('#, L and W cannot be compiled; write for example "first saturday 03:00"')
    minute, hour = _spans(fields[0], 0, 59), _spans(fields[1], 0, 23)
    days, months = _spans(fields[2], 1, 31), _spans(fields[3], 1, 12, _MONTHS)
    weekdays = _spans(fields[4], 0, 7, _DAYS)
    if days and weekdays:
        # cron joins the two with "or", calendars with "and": nobody would get what they expect
        raise ValueError(
            'day and weekday in one cron line are ambiguous; write for example "first saturday 03:00"'
        )
    return Calendar(minute or (Span(0, 59),), hour or (Span(0, 23),), days, months, weekdays)


def _spans(field: str, low: int, high: int, names: Sequence[str] = ()) -> tuple[Span, ...]:
    """The spans of one field; none for `*`."""
    spans = [span for item in field.split(",") for span in _span(item, low, high, names)]
    return () if field == "*" else tuple(spans)


def _span(item: str, low: int, high: int, names: Sequence[str]) -> list[Span]:
    match = _ITEM.fullmatch(item)
    if match is None or match[3] == "0":
        raise ValueError(f"{item!r} cannot be compiled")
    first, last, step = match.groups()
    start = low if first == "*" else _number(first, low, high, names)
    end = _number(last, low, high, names) if last else high if first == "*" or step else start
    if first == "*" and last:
        raise ValueError(f"{item!r} cannot be compiled")
    if names is _DAYS:
        return _week_spans(start, end, int(step or 1), everything=first == "*")
    if end < start:
        raise ValueError(f"{item!r} runs backwards")
    return [Span(start, end, int(step or 1))]


def _week_spans(start: int, end: int, step: int, *, everything: bool) -> list[Span]:
    """Weekdays go round: fri-mon is five days to six, and none to one; 7 is Sunday as 0 is."""
    if everything:
        return [Span(0, 6, step)]
    length = (end - start) % 7 if end != start else 0
    days = sorted({(start + offset) % 7 for offset in range(0, length + 1, step)})
    return [Span(day, day) for day in days]


def _number(word: str, low: int, high: int, names: Sequence[str]) -> int:
    if word.isdecimal() and word.isascii():
        number = int(word)
    else:
        known = [n for n, name in enumerate(names, low) if len(word) >= 3 and name.startswith(word)]
        if len(known) != 1:
            raise ValueError(f"{word!r} is not known")
        number = known[0]
    if not low <= number <= high:
        raise ValueError(f"{word} does not lie between {low} and {high}")
    return number
