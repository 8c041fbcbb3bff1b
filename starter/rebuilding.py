"""What an Estate begins with: nothing where there was none, and what hosts remember where it was lost."""

from __future__ import annotations

from starter.client import Temporal
from starter.console import listed, remark
from starter.errors import Refused
from starter.plans import GoodPlan
from starter.preparing import all_targets, ask_hosts
from workflows.estate import EstateState
from workflows.plan.problems import unknown

FIRST_EPOCH = 1  # what `muster prepare` writes to hosts before there is an Estate


async def first_state(temporal: Temporal, good: GoodPlan, active: str | None) -> EstateState:
    """The state to start an Estate with. Refused when it was lost and nobody says where its services live.

    Its epoch is above the highest that any reachable host has seen (law 5).
    """
    plan = good.plan
    if active is not None and active not in plan.centers:
        raise Refused(unknown("center", active, plan.centers))
    highest = await highest_epoch(temporal, good)
    if reason := why_not_begin(plan.estate, highest, active):
        raise Refused(reason)
    state = EstateState(estate=plan.estate, active=dict.fromkeys(plan.services, active) if active else {})
    if highest > FIRST_EPOCH:
        state.epoch = highest + 1
    return state


def why_not_begin(estate: str, highest: int, active: str | None) -> str | None:
    """Hosts that remember more than a first epoch had an Estate before: its direction is known to people only."""
    if highest <= FIRST_EPOCH or active is not None:
        return None
    return (
        f"hosts of {estate} have seen epoch {highest}, but Temporal does not know the estate: it was lost. "
        "Look where its services live now, then say it: --active CENTER"
    )


async def highest_epoch(temporal: Temporal, good: GoodPlan) -> int:
    """Of the hosts that were met before and answer now; 0 when none has a record."""
    known = [target for target in all_targets(good.plan) if target.host_key]
    if not known:
        return 0
    answers = await ask_hosts(temporal, good.plan.estate, known, write=False)
    silent = [answer.label for answer in answers if answer.contact is None]
    if silent:
        remark(f"{listed(silent)} did not answer: what epoch they have seen is not known")
    return max((answer.contact.epoch or 0 for answer in answers if answer.contact), default=0)
