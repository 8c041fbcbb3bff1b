"""Durations and times of day, as people write them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from .calendars import compile_when

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?(ms|s|m|h|d)")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
LONGEST_S = 366 * 86_400.0


def parse_duration(value: object) -> float:
    """Seconds of "30s", "5m", "4h", "1d", "500ms", "1.5h", to 1 ms. ValueError says what is right."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{value} has no unit; write {value}s, if seconds are meant")
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{_shown(value)} is no duration; write a number and a unit: 500ms, 30s, 5m, 4h or 1d"
        )
    whole, fraction, unit = match.groups()
    thousandths = int(whole) * 1000 + int((fraction or "0").ljust(3, "0"))
    milliseconds, rest = divmod(thousandths * _UNITS[unit], 1000)
    if rest:
        raise ValueError(f"{value!r} is finer than a millisecond; write whole milliseconds, as 500ms")
    if milliseconds > LONGEST_S * 1000:
        raise ValueError(f"{value!r} is longer than a year; write at most 366d")
    return milliseconds / 1000


def duration_text(seconds: float) -> str:
    """The one spelling of a duration in snapshots: whole seconds or whole milliseconds."""
    milliseconds = round(seconds * 1000)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"


def _above_zero(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError("it is zero; write a duration above zero")
    return seconds


def _time_of_day(value: object) -> object:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError(f'{_shown(value)} is no time of day; write hours and minutes in quotes, as "06:00"')
    return value


def _when(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f'{_shown(value)} is no point in time; write for example "mon-fri 23:30"')
    compile_when(value)
    return value


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value) if isinstance(value, str | int | float) else "this"


_SCHEMA = WithJsonSchema(
    {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,3})?(ms|s|m|h|d)$", "examples": ["30s", "5m"]}
)

Delay = Annotated[float, BeforeValidator(parse_duration), PlainSerializer(duration_text), _SCHEMA]
"""Seconds, zero allowed; written and stored as text ("30s")."""

Duration = Annotated[Delay, AfterValidator(_above_zero)]
"""Seconds above zero; written and stored as text ("30s")."""

TimeOfDay = Annotated[str, BeforeValidator(_time_of_day)]
"""HH:MM in the plan's timezone."""

When = Annotated[str, BeforeValidator(_when)]
"""A point in time that comes again; `calendars.compile_when` makes calendars of it."""
