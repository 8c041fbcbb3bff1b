"""Moments as people of an estate read them: in the time zone of its plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Times:
    """`zone` is said once on a page. A zone that this machine does not know is UTC, and says so by its name."""

    zone: str
    now: float

    @classmethod
    def of(cls, zone: str, now: float) -> Times:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError):  # KeyError: not found
            return cls("UTC", now)
        return cls(zone, now)

    def at(self, moment: float | None) -> str:
        """14:03:11, with its date before it when that is not today's; "?" for a number that is no moment."""
        if moment is None:
            return ""
        here = self._here(moment)
        if here is None:
            return "?"
        today = self._here(self.now)
        is_today = today is not None and today.date() == here.date()
        return f"{here:%H:%M:%S}" if is_today else f"{here:%Y-%m-%d %H:%M:%S}"

    def _here(self, moment: float) -> dt.datetime | None:
        try:
            return dt.datetime.fromtimestamp(moment, ZoneInfo(self.zone))
        except (ValueError, OverflowError, OSError):
            return None
