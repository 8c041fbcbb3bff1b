"""What is written of a declaration that kept all promises."""

from __future__ import annotations

from typing import Any

from activities.models.estate import Action, Obligation
from deploy.chaos.facts import Written
from workflows.estate.state import EstateState

RUN = "hanbit-bank/declaration"
T0 = 1_800_000_000.0
SWITCHED = T0 + 9


def obligation(name: str) -> Obligation:
    return Obligation(
        id=name, kind="fence", target="seoul", workflow_id=RUN, first_run_id="r", epoch=2, since=T0
    )


def action(what: str, stage: str = "done") -> Action:
    return Action(
        estate="hanbit-bank",
        workflow_id=RUN,
        first_run_id="r",
        epoch=2,
        what=what,
        target="core-banking.ledger",
        stage=stage,
        at=T0,
    )


def estate(**changes: Any) -> EstateState:
    made = EstateState(
        estate="hanbit-bank",
        epoch=2,
        active={"core-banking": "busan"},
        obligations=[obligation("fence/seoul")],
        actions=[action("promote", "intent"), action("promote"), action("end")],
    )
    return made.model_copy(update=changes)


def written(**changes: Any) -> Written:
    return Written(**{"report": "", "estate": estate(), "customers": [SWITCHED + 1], **changes})
