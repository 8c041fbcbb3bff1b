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


_UNITS = {"en": (" s", " m", " h"), "ko": ("초", "분", "시간")}


def span(seconds: float, language: str = "en") -> str:
    """2.1 s, 2 m 13 s, 1 h 02 m; 2.1초, 2분 13초, 1시간 02분."""
    s, m, h = _UNITS.get(language, _UNITS["en"])
    if seconds < 60:
        return f"{max(seconds, 0.0):.1f}{s}"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{m} {rest:02d}{s}" if rest else f"{minutes}{m}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{h} {minutes:02d}{m}" if minutes else f"{hours}{h}"


def limit(seconds: float, language: str = "en") -> str:
    """A committed figure, as it was committed: 30 s, 5 m."""
    return span(seconds, language) if seconds >= 60 else f"{seconds:g}{_UNITS.get(language, _UNITS['en'])[0]}"
