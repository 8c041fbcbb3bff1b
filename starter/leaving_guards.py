"""Guards of live writers that a new plan no longer names: nobody would renew them, and they would close. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from activities.models import GuardOrder
from activities.models.estate import SampleTarget
from workflows.estate.estate import EstateState


def why_guards_left(
    before: EstateState | None, sampling: Mapping[str, Sequence[SampleTarget]], disarmed: Collection[str]
) -> str | None:
    """Why a plan cannot take the place of another, or None. `sampling`: the writers of the new plan, by center.

    `disarmed`: datasets whose guards somebody has disarmed; the plan of before still names those.
    """
    if before is None:
        return None
    kept = {_place(one.guard) for targets in sampling.values() for one in targets if one.guard}
    for guard in _armed(before):
        if _place(guard) not in kept and guard.dataset not in disarmed:
            return (
                f"the guard of {guard.dataset} at {guard.target.label} is in no place of this plan: nobody would renew "
                f"it, and it would close that live writer within {guard.after_s} s. Do `guard.sh disarm` there, wait "
                f"until it is disarmed, then add --disarmed {guard.dataset}"
            )
    return None


def _armed(state: EstateState) -> list[GuardOrder]:
    """Of the writers of now: as far as an Estate knows each of them is armed."""
    return [
        one.guard
        for center, targets in sorted(state.sampling.items())
        for one in targets
        if one.guard and state.active.get(one.side.service) == center
    ]


def _place(guard: GuardOrder) -> tuple[str, str, str]:
    return guard.dataset, guard.target.label, guard.target.address
