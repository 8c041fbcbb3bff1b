"""Moments on a page: in the plan's time zone, and never a reason to fail."""

from __future__ import annotations

import datetime as dt

import pytest

from workflows.pages.times import Times

NOW = dt.datetime(2026, 3, 2, 14, 50, tzinfo=dt.UTC).timestamp()  # 23:50 in Seoul


def test_a_moment_is_told_in_the_zone_of_the_plan() -> None:
    """People at an estate read their own clocks; the date stands there when it is not today's."""
    seoul = Times.of("Asia/Seoul", NOW)
    assert seoul.at(NOW - 60.0) == "23:49:00"
    assert seoul.at(NOW + 900.0) == "2026-03-03 00:05:00"
    assert Times.of("UTC", NOW).at(NOW + 900.0) == "15:05:00"


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../etc/passwd", "\0"])
def test_an_unknown_zone_is_utc_and_says_so(zone: str) -> None:
    """A history from a machine that knows more zones is shown all the same."""
    assert Times.of(zone, NOW) == Times("UTC", NOW)


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1e18, 1e18])
def test_a_moment_that_is_none_is_told_as_such(at: float) -> None:
    """A clock of a host that is out of its mind does not stop the run that shows it."""
    assert Times.of("UTC", NOW).at(at) == "?"
    assert Times.of("UTC", at).at(0.0) == "1970-01-01 00:00:00"
    assert Times.of("UTC", NOW).at(None) == ""
