"""Guards of writers on the hosts of a plan: shown, asked for, installed; a part of `muster prepare`."""

from __future__ import annotations

import uuid
from datetime import timedelta

from activities.guarding.words import folder_of
from activities.models import GuardOrder
from starter.asking import confirm
from starter.client import Temporal
from starter.console import line, plain, remark
from starter.errors import Refused
from workflows import names, slices
from workflows.plan import Plan
from workflows.prepare import GuardAnswer, Prepare, PrepareAnswer, PrepareOrder

WITHIN_S = 120.0


async def prepare_guards(temporal: Temporal, plan: Plan, *, yes: bool, as_json: bool) -> None:
    """Every host of a guarded dataset gets program and terms of this plan; what is there already stays.

    Raises Refused when one could not be installed.
    """
    orders = [order for center in plan.centers for order in slices.guards(plan, center)]
    if not orders:
        return
    missing = [answer for answer in await _ask(temporal, plan, orders, write=False) if not answer.installed]
    for answer in missing:
        remark(f"guard of {answer.label}: {plain(answer.error) or 'not there, or not as the plan says'}")
    if not missing:
        if not as_json:
            line(f"{len(orders)} guards are installed; nothing differs")
        return
    confirm(f"Install {len(missing)} guard(s) of writers, as root, on the hosts shown above?", yes=yes)
    _say(orders, await _ask(temporal, plan, orders, write=True), as_json)


def _say(orders: list[GuardOrder], answers: list[GuardAnswer], as_json: bool) -> None:
    for order, answer in zip(orders, answers, strict=True):
        if answer.error:
            remark(f"guard of {answer.label}: {plain(answer.error)}")
        elif not as_json:
            line(f"guard of {answer.label}: installed; its service runs: sh {folder_of(order)}/guard.sh run")
    if failed := [answer.label for answer in answers if answer.error]:
        raise Refused(
            f"{len(failed)} of {len(orders)} guards are not installed: put that right and run it again"
        )


async def _ask(temporal: Temporal, plan: Plan, orders: list[GuardOrder], *, write: bool) -> list[GuardAnswer]:
    running = temporal.client.execute_workflow(
        Prepare.run,
        PrepareOrder(estate=plan.estate, targets=[], write=write, guards=orders),
        id=f"{plan.estate}/prepare/{uuid.uuid4().hex[:8]}",
        task_queue=names.queue(plan.estate, names.CONTROL),
        static_summary=f"prepare guards · {plan.estate} · {'write' if write else 'look'}",
        execution_timeout=timedelta(seconds=WITHIN_S),
    )
    answer: PrepareAnswer = await temporal.bounded(running, f"prepare of {plan.estate}", WITHIN_S)
    return answer.guards
