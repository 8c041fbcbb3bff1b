"""What is lost if a replica is promoted now: an interval, from samples of the writer (law 16). Pure.

True loss is the time from the first acknowledged write that the replica lacks to the moment from which
no write could be acknowledged any more: 0 when it lacks none. All times are by the writer's clock.

    safe_until   every commit up to here is at the replica: its last replayed commit, or the newest
                 sample it covers
    dark_by      no vantage point that saw anything has seen the writer later than this: nothing was
                 acknowledged after

The upper end is from the one to the other, the lower end from the first commit surely missed to the last
one seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from activities.models import DatasetStatus, LossClass, LossEstimate, SampleWindow

# Of the three stretches that an estimate may be too long by (safe sample to first loss, last good sample
# to the next attempt, that attempt until it is given up) each is a period: together they stay within
# RPO/5.
PERIODS_IN_RPO = 15
SHORTEST_PERIOD_S = 0.2


def sample_period(rpo_s: float) -> float:
    """Seconds between two samples of a writer, and the patience with each."""
    return max(SHORTEST_PERIOD_S, rpo_s / PERIODS_IN_RPO)


def estimate(
    status: DatasetStatus, windows: Sequence[SampleWindow], rpo_s: float, now: float, dataset: str = ""
) -> LossEstimate:
    """The loss by what the replica says of itself and what each vantage point's sampler knows.

    `windows` were asked for with `status.received`. `now` is the asker's clock.
    """
    sampled = [w for w in windows if w.last_at is not None]
    age = _sample_age(sampled, now)
    reason = why_unknown(status, sampled)
    if reason is not None:
        return LossEstimate(
            dataset=dataset, loss_class=LossClass.UNKNOWN, sample_age_s=age, rpo_s=rpo_s, reason=reason
        )
    upper = max(0.0, _dark_by(status, sampled, now) - _must(safe_until(status, sampled)))
    return LossEstimate(
        dataset=dataset,
        loss_class=LossClass.WITHIN if upper <= rpo_s else LossClass.OVER,
        lower_s=min(upper, _lower(status, sampled)),
        upper_s=upper,
        lower_bytes=_lower_bytes(status, sampled),
        sample_age_s=age,
        rpo_s=rpo_s,
        reason=_remark(sampled),
    )


def why_unknown(status: DatasetStatus, sampled: Sequence[SampleWindow]) -> str | None:
    """Why nothing can be said of the loss, or None. Unknown counts as over the RPO."""
    if not status.reachable:
        return f"the replica does not answer: {status.error}"
    if status.writable:
        return "this side is not a replica: it is writable"
    if status.received is None:
        return "the replica has received nothing"
    if not sampled:
        return "no sample of the writer"
    if all(w.blind for w in sampled):
        return "blind, every vantage point that samples the writer: " + _names(sampled)
    foreign = [w for w in sampled if w.system and status.system and w.system != status.system]
    if foreign:
        return f"the samples of {_names(foreign)} are of another server than the replica's source"
    if safe_until(status, sampled) is None:
        return "the replica was never seen in sync with the writer"
    return None


def safe_until(status: DatasetStatus, sampled: Sequence[SampleWindow]) -> float | None:
    """Everything committed up to here is at the replica. None: nobody knows."""
    known = [w.safe_at for w in sampled] + [_last_commit(status, sampled)]
    return max((at for at in known if at is not None), default=None)


def _last_commit(status: DatasetStatus, sampled: Sequence[SampleWindow]) -> float | None:
    """Left out once the writer's clock was set: the commit may be stamped by the old setting."""
    return None if any(w.clock_step_s for w in sampled) else status.last_commit_at


def _dark_by(status: DatasetStatus, sampled: Sequence[SampleWindow], now: float) -> float:
    """The latest word of those who see: a link may be dark to one of them only.

    A blind one cannot say when the writer went dark, but what it saw before is still true.
    """
    ends = [_must(w.last_at) for w in sampled]
    ends += [_went_dark(w, now) for w in sampled if not w.blind]
    return max(ends + [at for at in [_last_commit(status, sampled)] if at is not None])


def _went_dark(window: SampleWindow, now: float) -> float:
    """No failure yet: the writer may live, and the loss grows with the time."""
    if window.dark_by is not None:
        return window.dark_by
    return now + (_must(window.last_at) - _must(window.last_local))


def _lower(status: DatasetStatus, sampled: Sequence[SampleWindow]) -> float:
    """Each sampler's own proof of loss counts: a commit surely missed, and one surely later."""
    proofs = [
        w.advanced_at - w.unsafe_at
        for w in sampled
        if w.advanced_at is not None
        and w.unsafe_at is not None
        and _must(w.last_position) > _must(status.received)
    ]
    return max(0.0, *proofs, 0.0)


def _lower_bytes(status: DatasetStatus, sampled: Sequence[SampleWindow]) -> int:
    newest = max(sampled, key=lambda w: _must(w.last_at))
    return max(0, _must(newest.last_position) - _must(status.received))


def _sample_age(sampled: Sequence[SampleWindow], now: float) -> float | None:
    return max(0.0, now - max(_must(w.last_local) for w in sampled)) if sampled else None


def _remark(sampled: Sequence[SampleWindow]) -> str:
    remarks = []
    if blind := [w for w in sampled if w.blind]:
        remarks.append(f"blind: {_names(blind)}")
    if stepped := [w for w in sampled if w.clock_step_s]:
        remarks.append(f"the writer's clock was set by {stepped[0].clock_step_s:+.1f} s")
    return "; ".join(remarks)


def _names(windows: Sequence[SampleWindow]) -> str:
    return ", ".join(w.vantage for w in windows)


T = TypeVar("T")


def _must(value: T | None) -> T:
    """A value that `why_unknown` made sure of."""
    assert value is not None
    return value
