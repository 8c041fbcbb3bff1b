"""The window of samples: what records mean, also when clocks are set and writers replaced."""

from __future__ import annotations

from activities.models import SampleWindow
from activities.sampling.samples import Failure, Record, Sample, window


def sample(at: float, position: int, commits: int | None = None, **more: object) -> Sample:
    """At `at` by all clocks; a commit for each position unless said."""
    values: dict[str, object] = {
        "local": at,
        "tick": at,
        "boot": "b",
        "seconds": 0.001,
        "clock": at,
        "position": position,
        "snapshot": str(position if commits is None else commits),
        "system": "1",
        "timeline": 1,
    }
    return Sample.model_validate(values | more)


def failure(at: float, *, answered: bool = False, blind: bool = False) -> Failure:
    return Failure(local=at, tick=at, boot="b", answered=answered, blind=blind, error="")


def seen(records: list[Record], received: int | None) -> SampleWindow:
    return window("busan", 1.0, records, received)


BUSY: list[Record] = [sample(at, at * 10) for at in range(10, 20)]


def test_the_replica_has_some_of_the_samples() -> None:
    """Safe up to the newest sample covered; surely lost from the second one that is not."""
    found = seen(BUSY, 145)
    assert (found.safe_at, found.unsafe_at, found.advanced_at) == (14, 16, 18)
    assert (found.samples, found.last_at, found.last_position, found.dark_by) == (10, 19, 190, None)


def test_all_or_none_of_the_samples() -> None:
    """The ends of the window."""
    assert seen(BUSY, 190).safe_at == 19 and seen(BUSY, 190).unsafe_at is None
    assert seen(BUSY, 50).safe_at is None and seen(BUSY, 50).unsafe_at == 11
    assert seen(BUSY, None).safe_at is None
    assert seen([], 50).samples == 0


def test_log_without_commits_loses_nothing() -> None:
    """Checkpoints and the like move the position; what was committed stays the same, and safe."""
    records: list[Record] = [sample(10, 100, 1), sample(11, 110, 1), sample(12, 120, 1)]
    found = seen(records, 100)
    assert found.safe_at == 12 and found.unsafe_at is None and found.advanced_at is None


def test_dark_is_when_the_first_failure_was_given_up() -> None:
    """By a sampler that saw something else; a later good sample takes it back."""
    assert seen([*BUSY, failure(21), failure(22)], 190).dark_by == 21
    assert seen([*BUSY, failure(21, blind=True), failure(25)], 190).dark_by == 25
    assert not seen([*BUSY, failure(21, blind=True), failure(25)], 190).blind
    blind = seen([*BUSY, failure(21, blind=True)], 190)
    assert blind.blind and blind.dark_by is None
    assert seen([*BUSY, failure(21), sample(23, 230)], 190).dark_by is None


def test_a_server_that_says_no_is_not_dark() -> None:
    """Too many connections for us may still serve others."""
    assert seen([*BUSY, failure(21), failure(22, answered=True)], 190).dark_by is None
    assert seen([*BUSY, failure(22, answered=True), failure(24)], 190).dark_by == 24


def test_the_samplers_own_clock_may_be_set() -> None:
    """Time passes by a clock that no one sets, while the machine is the same."""
    late = failure(21).model_copy(update={"local": 9000.0})
    assert seen([*BUSY, late], 190).dark_by == 21
    other_boot = failure(21).model_copy(update={"tick": 0.1, "boot": "c"})
    assert seen([*BUSY, other_boot], 190).dark_by == 21


def test_the_writers_clock_may_be_set() -> None:
    """All times are by its newest setting, and how far it was set is told."""
    records: list[Record] = [sample(at, at * 10, clock=at + (600 if at > 15 else 0)) for at in range(10, 20)]
    found = seen([*records, failure(21)], 145)
    assert found.safe_at == 614 and found.last_at == 619 and found.dark_by == 621
    assert found.clock_step_s == 600
    assert seen(records, 180).clock_step_s == 0


def test_another_writer_starts_anew() -> None:
    """Another server, another timeline, or a position set back: what was known of the old one is not used."""
    for after in (
        sample(20, 200, system="2"),
        sample(20, 200, timeline=2),
        sample(20, 50),
    ):
        found = seen([*BUSY, after], 190)
        assert found.samples == 1 and found.last_position == after.position
        assert found.safe_at == (20 if after.position == 50 else None)
