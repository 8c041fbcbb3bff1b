"""Points in time that come again: compiled to calendars, or refused."""

from __future__ import annotations

import pytest

from workflows.plan import Calendar, Span, compile_when


def days(*numbers: int) -> tuple[Span, ...]:
    return tuple(Span(number, number) for number in numbers)


@pytest.mark.parametrize(
    ("text", "calendar"),
    [
        ("first saturday 03:00", Calendar(days(0), days(3), (Span(1, 7),), (), days(6))),
        ("Fourth Sun 23:59", Calendar(days(59), days(23), (Span(22, 28),), (), days(0))),
        ("mon-fri 23:30", Calendar(days(30), days(23), (), (), days(1, 2, 3, 4, 5))),
        ("fri-mon 06:05", Calendar(days(5), days(6), (), (), days(0, 1, 5, 6))),
        ("mon,wed 06:05", Calendar(days(5), days(6), (), (), days(1, 3))),
        ("daily 06:00", Calendar(days(0), days(6))),
        ("0 3 * * sat", Calendar(days(0), days(3), (), (), days(6))),
        ("*/15 8-17 * * 1-5", Calendar((Span(0, 59, 15),), (Span(8, 17),), (), (), days(1, 2, 3, 4, 5))),
        ("0 0 1,15 jan-mar *", Calendar(days(0), days(0), days(1, 15), (Span(1, 3),))),
        ("0 0 * * 7", Calendar(days(0), days(0), (), (), days(0))),
        ("0 0 * * 5-7", Calendar(days(0), days(0), (), (), days(0, 5, 6))),
        ("* * * * *", Calendar((Span(0, 59),), (Span(0, 23),))),
    ],
)
def test_compiled(text: str, calendar: Calendar) -> None:
    """The calendar says what the words or the cron line say."""
    assert compile_when(text) == calendar


@pytest.mark.parametrize(
    "text",
    [
        "0 3 * * SAT#1",
        "0 3 L * *",
        "0 3 1 * sat",
        "60 3 * * *",
        "0 24 * * *",
        "0 3 0 * *",
        "0 3 * 13 *",
        "0 3 * * 8",
        "0 3 5-1 * *",
        "*/0 3 * * *",
        "*-5 3 * * *",
        "a b c d e",
        "last saturday 03:00",
        "first day 03:00",
        "fifth saturday 03:00",
        "first saturday 3:00",
        "someday 03:00",
        "s 03:00",
        "saturday",
        "03:00",
        "",
        "first first saturday 03:00",
        "\u0663 3 * * *",
    ],
)
def test_refused(text: str) -> None:
    """What a calendar cannot say is refused: a server would read SAT#1 as every Saturday."""
    with pytest.raises(ValueError, match=r"write|cannot be compiled|does not lie|backwards|not known"):
        compile_when(text)
