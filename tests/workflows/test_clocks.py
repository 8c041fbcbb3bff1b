"""The clocks of a run (law 16)."""

from __future__ import annotations

import pytest

from workflows.run.clocks import Clocks, PhaseTime


def clocks(*entered: tuple[str, float], end: float | None = None) -> Clocks:
    made = Clocks()
    for name, at in entered:
        made.enter(name, at)
    if end is not None:
        made.end(end)
    return made


def test_phases_are_timed_apart_and_without_gaps() -> None:
    """Law 16: detect, decide, approve … each have their own time; one ends where the next begins."""
    made = clocks(("detect", 100.0), ("decide", 102.5), ("approve", 160.0), end=200.0)
    assert made.phases == (
        PhaseTime(name="detect", started_at=100.0, ended_at=102.5),
        PhaseTime(name="decide", started_at=102.5, ended_at=160.0),
        PhaseTime(name="approve", started_at=160.0, ended_at=200.0),
    )
    assert made.by_name(now=999.0) == {"detect": 2.5, "decide": 57.5, "approve": 40.0}


def test_the_phase_of_now_goes_on() -> None:
    """Law 16: a phase that has not ended is timed up to now."""
    made = clocks(("detect", 100.0), ("fence", 110.0))
    assert made.phase == "fence"
    assert made.by_name(now=117.0) == {"detect": 10.0, "fence": 7.0}


def test_a_phase_entered_again_is_added_up() -> None:
    """Law 16: verify, a second approval, verify: waiting for people is not counted as verification."""
    made = clocks(("verify", 0.0), ("approve", 5.0), ("verify", 65.0), end=70.0)
    assert made.by_name(now=70.0) == {"verify": 10.0, "approve": 60.0}
    assert [phase.name for phase in made.phases] == ["verify", "approve", "verify"]


def test_entering_the_phase_of_now_changes_nothing() -> None:
    """Law 16: the beginning of a phase is not moved by saying it twice."""
    made = clocks(("fence", 1.0), ("fence", 9.0), end=10.0)
    assert made.phases == (PhaseTime(name="fence", started_at=1.0, ended_at=10.0),)


def test_the_first_end_counts() -> None:
    """Law 16: what is noted after the end (notices, archive) does not lengthen the run."""
    made = clocks(("tell", 1.0), end=2.0)
    made.end(50.0)
    made.settled(50.0, 53.0)
    assert made.phases == (PhaseTime(name="tell", started_at=1.0, ended_at=2.0),)
    assert made.phase == ""


def test_a_phase_after_an_end_begins_anew() -> None:
    """Law 16: an undo after the end of the forward way has its own clock, also under the same name."""
    made = clocks(("fence", 1.0), end=2.0)
    made.enter("fence", 5.0)
    assert made.by_name(now=6.0) == {"fence": 2.0}


def test_settling_is_told_apart() -> None:
    """Law 3 and law 16: the wait between two confirming looks is part of the phase, and shown."""
    made = clocks(("start", 0.0))
    made.settled(1.0, 2.0)
    made.settled(3.0, 3.5)
    made.enter("switch", 10.0)
    made.settled(11.0, 13.0)
    assert [phase.settle_s for phase in made.phases] == [1.5, 2.0]
    assert made.by_name(now=10.0)["start"] == 10.0


def test_settling_side_by_side_counts_once() -> None:
    """Law 16: two hosts that settle in the same three seconds took three; before the phase is not in it."""
    made = clocks(("fence", 0.0), ("start", 10.0))
    for since, until in [(11.0, 13.0), (12.0, 14.0), (11.5, 12.0), (9.0, 10.5)]:
        made.settled(since, until)
    assert made.phases[-1].settle_s == 3.5


@pytest.mark.parametrize("call", ["end", "settled"])
def test_a_clock_that_never_ran_takes_no_harm(call: str) -> None:
    """A run that ends before its first phase still ends."""
    made = Clocks()
    getattr(made, call)(*((1.0,) if call == "end" else (0.0, 1.0)))
    assert (made.phases, made.phase, made.by_name(2.0)) == ((), "", {})


def test_what_was_handed_out_does_not_change() -> None:
    """Law 15: phases go into stored records; a later phase does not reach into an older record."""
    made = clocks(("detect", 0.0))
    before = made.phases
    made.enter("decide", 1.0)
    assert before == (PhaseTime(name="detect", started_at=0.0),)
