"""The loss estimate (law 16): an interval that contains the truth, and is not much longer than it."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.models import DatasetStatus, LossClass, LossEstimate, SampleWindow
from activities.sampling.loss import estimate, sample_period
from tests.activities.timeline import ROUND_TRIP_S, Timeline

SPEEDS = st.sampled_from([0.005, 0.05, 0.5, 5.0, 40.0])  # mean seconds between two commits
SEEDS = st.integers(0, 10**6)
CALM = settings(deadline=None)  # a busy machine is no failure
RPOS = st.sampled_from([3.0, 10.0, 30.0])


def commits(seed: int, mean_s: float, until: float) -> list[float]:
    chance, at = random.Random(seed), 1000.0
    found: list[float] = []
    while at < until and len(found) < 4000:
        found.append(at)
        at += chance.expovariate(1 / mean_s)
    return found


def judge(timeline: Timeline) -> LossEstimate:
    return estimate(timeline.status(), timeline.windows(), timeline.rpo_s, timeline.now)


def assert_contains(timeline: Timeline) -> None:
    found, true = judge(timeline), timeline.true_loss() or 0.0
    assert found.lower_s is not None and found.upper_s is not None, found
    assert found.lower_s <= true <= found.upper_s, (found, true)
    assert found.upper_s <= 3 * true + timeline.rpo_s / 5 + 2 * ROUND_TRIP_S, (found, true)


def ends(seed: int, mean_s: float, rpo_s: float) -> tuple[list[float], float]:
    end = 1000 + random.Random(seed + 1).uniform(3 * sample_period(rpo_s), 3 * rpo_s)
    written = commits(seed, mean_s, end)
    return written, min(end, written[-1] + 2 * rpo_s)


@CALM
@given(SEEDS, SPEEDS, RPOS, st.integers(0, 5), st.floats(-100, 100))
def test_sudden_cut(seed: int, mean_s: float, rpo_s: float, lost: int, ahead: float) -> None:
    """Law 16: everything goes dark at once; a few commits were on their way."""
    written, end = ends(seed, mean_s, rpo_s)
    lost = sum(1 for at in written[-lost:] if end - at < 0.1) if lost else 0
    assert_contains(
        Timeline(rpo_s, written, len(written) - lost, end, {"busan": end, "control": end}, ahead, seed)
    )


@CALM
@given(SEEDS, SPEEDS, RPOS, st.floats(0, 20), st.floats(-100, 100))
def test_link_cut_before(seed: int, mean_s: float, rpo_s: float, before: float, ahead: float) -> None:
    """Law 16: the other center lost the writer with the replica; control and the clients went on with it."""
    written, end = ends(seed, mean_s, rpo_s)
    cut = max(written[0], end - before)
    received = sum(1 for at in written if at + 0.002 < cut)
    timeline = Timeline(rpo_s, written, max(1, received), end, {"busan": cut, "control": end}, ahead, seed)
    assert_contains(timeline)


@CALM
@given(SEEDS, SPEEDS, RPOS, st.floats(0.1, 1.0), st.floats(-100, 100))
def test_throttled_link(seed: int, mean_s: float, rpo_s: float, share: float, ahead: float) -> None:
    """Law 16: the replica falls behind steadily until the cut."""
    written, end = ends(seed, mean_s, rpo_s)
    received = max(1, int(len(written) * share))
    timeline = Timeline(rpo_s, written, received, end, {"busan": end, "control": end}, ahead, seed)
    assert_contains(timeline)


@CALM
@given(SEEDS, RPOS)
def test_idle_primary(seed: int, rpo_s: float) -> None:
    """Nothing was replayed for minutes because nothing was written: next to no loss."""
    written = commits(seed, 0.01, 1002.0)
    end = 1300.0
    found = judge(Timeline(rpo_s, written, len(written), end, {"busan": end}, 0.0, seed))
    assert found.lower_s == 0.0 and found.lower_bytes == 0
    assert found.upper_s is not None and found.upper_s <= rpo_s / 5
    assert found.loss_class is LossClass.WITHIN


def test_busy_and_cut_long_before_is_over() -> None:
    """A link cut ten RPOs before: the lower end alone proves that the RPO is broken."""
    written = commits(1, 0.05, 1060.0)
    received = sum(1 for at in written if at < 1020)
    found = judge(Timeline(3.0, written, received, 1060.0, {"busan": 1020.0, "control": 1060.0}))
    assert found.loss_class is LossClass.OVER
    assert found.lower_s is not None and found.lower_s > 30
    assert found.lower_bytes is not None and found.lower_bytes > 0


def test_a_blind_vantage_point_does_not_say_when_it_went_dark() -> None:
    """A sampler that lost everything at once knows nothing of the writer; another's word counts."""
    written = commits(1, 0.05, 1060.0)
    timeline = Timeline(30.0, written, len(written), 1060.0, {"blind-busan": 1010.0, "control": 1060.0})
    found = judge(timeline)
    assert found.upper_s is not None and found.upper_s <= 6 and "blind: blind-busan" in found.reason


def test_all_blind_is_unknown() -> None:
    """Law 16: no one who sees, no estimate."""
    found = judge(
        Timeline(30.0, commits(1, 0.05, 1060.0), 10, 1060.0, {"blind-a": 1010.0, "blind-b": 1060.0})
    )
    assert (
        found.loss_class is LossClass.UNKNOWN and found.upper_s is None and "blind-a, blind-b" in found.reason
    )


REPLICA = DatasetStatus(
    reachable=True, at=2000.0, writable=False, received=500, replayed=500, last_commit_at=1990.0
)
SEEN = SampleWindow(
    vantage="busan",
    samples=9,
    period_s=2.0,
    safe_at=1991.0,
    last_at=1991.0,
    last_local=1991.0,
    last_position=500,
)


def reason(status: DatasetStatus, *windows: SampleWindow) -> str:
    found = estimate(status, windows, 30.0, 2000.0)
    assert found.loss_class is LossClass.UNKNOWN and found.upper_s is None and found.lower_s is None
    return found.reason


def test_no_sample_is_unknown() -> None:
    """Law 16: no sample means unknown."""
    assert reason(REPLICA) == "no sample of the writer"
    assert (
        reason(REPLICA, SampleWindow(vantage="busan", samples=0, period_s=2.0)) == "no sample of the writer"
    )


def test_what_is_no_replica_in_sync_is_unknown() -> None:
    """Unknown is not success: a replica must answer, be one, and have been seen in sync."""
    assert "does not answer: gone" in reason(DatasetStatus(reachable=False, at=0, error="gone"), SEEN)
    assert "writable" in reason(REPLICA.model_copy(update={"writable": True}), SEEN)
    assert "nothing" in reason(REPLICA.model_copy(update={"received": None}), SEEN)
    never = REPLICA.model_copy(update={"last_commit_at": None})
    assert "never seen in sync" in reason(never, SEEN.model_copy(update={"safe_at": None}))


def test_another_server_is_unknown() -> None:
    """Positions of two servers cannot be compared."""
    samples = SEEN.model_copy(update={"system": "8"})
    assert "another server" in reason(REPLICA.model_copy(update={"system": "7"}), samples)


def test_a_living_writer_grows_the_loss() -> None:
    """As long as no sample has failed, what is lost grows with the time."""
    early, late = (estimate(REPLICA, [SEEN], 30.0, now).upper_s for now in (1995.0, 2025.0))
    assert early == 4.0 and late == 34.0
    assert estimate(REPLICA, [SEEN], 30.0, 2025.0).loss_class is LossClass.OVER


def test_a_clock_set_back_does_not_hide_a_loss() -> None:
    """The replica's last commit is by the old setting, ten minutes ahead: only the samples count."""
    status = REPLICA.model_copy(update={"last_commit_at": 2590.0})
    window = SEEN.model_copy(update={"clock_step_s": -600.0, "dark_by": 1996.0})
    found = estimate(status, [window], 30.0, 2000.0)
    assert found.reason.endswith("-600.0 s") and found.sample_age_s == 9.0
    assert found.upper_s == 5.0
