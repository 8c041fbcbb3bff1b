"""Days on which a person is away: `2026-12-01..2026-12-10`, both days included, in the plan's timezone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

_PERIOD = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})")


def days_of(period: str) -> tuple[dt.date, dt.date]:
    """First and last day. ValueError says what is right."""
    match = _PERIOD.fullmatch(period)
    try:
        if match is None:
            raise ValueError
        first, last = (dt.date.fromisoformat(day) for day in match.groups())
    except ValueError:
        raise ValueError(f"{period!r:.60} is no period; write its first and last day: {_EXAMPLE}") from None
    if last < first:
        raise ValueError(f"{period!r} ends before it begins; write its first and last day: {_EXAMPLE}")
    return first, last


def away_until(periods: list[str], at: float, timezone: str) -> dt.date | None:
    """The last day of an absence that goes on at a moment (seconds since the epoch), or None."""
    today = dt.datetime.fromtimestamp(at, ZoneInfo(timezone)).date()
    lasts = [last for first, last in map(days_of, periods) if first <= today <= last]
    return max(lasts, default=None)


def overlap(one: list[str], other: list[str]) -> dt.date | None:
    """The first day that both lists have, or None."""
    common = [
        max(first, begins)
        for first, last in map(days_of, one)
        for begins, ends in map(days_of, other)
        if first <= ends and begins <= last
    ]
    return min(common, default=None)


def _period(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f"this is no period; write its first and last day: {_EXAMPLE}")
    days_of(value)
    return value


_EXAMPLE = "2026-12-01..2026-12-10"

Period = Annotated[str, BeforeValidator(_period)]
