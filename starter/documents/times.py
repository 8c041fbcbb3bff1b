"""Moments and durations, as people read them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class Zone:
    """A time zone by name; one that this machine does not know is UTC, and says so by its name."""

    name: str

    @classmethod
    def of(cls, name: str) -> Zone:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return cls("UTC")
        return cls(name)

    def clock(self, at: float | None) -> str:
        """14:03:11"""
        return self._at(at).strftime("%H:%M:%S") if at is not None else ""

    def moment(self, at: float | None) -> str:
        """2026-03-02 14:03:11 Asia/Seoul"""
        return f"{self._at(at):%Y-%m-%d %H:%M:%S} {self.name}" if at is not None else ""

    def _at(self, at: float) -> dt.datetime:
        return dt.datetime.fromtimestamp(at, ZoneInfo(self.name))


def span(seconds: float) -> str:
    """2.1 s, 2 m 13 s, 1 h 02 m."""
    if seconds < 60:
        return f"{max(seconds, 0.0):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m" if minutes else f"{hours} h"


def limit(seconds: float) -> str:
    """A committed figure, as it was committed: 30 s, 5 m."""
    return f"{seconds:g} s" if seconds < 60 else span(seconds)
