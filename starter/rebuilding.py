"""What an Estate begins with: nothing where there was none, and what can be found out where it was lost (law 5)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from activities.models.estate import Obligation
from starter.asking import can_ask, confirm
from starter.client import Temporal
from starter.console import line, listed, remark
from starter.errors import Refused
from starter.finding_active import (
    active_by_data,
    active_by_word,
    what_was_seen,
    why_not_said,
    why_two_writers,
)
from starter.finding_fences import closed_devices, fenced_centers, why_fences_not_known
from starter.plans import GoodPlan
from starter.preparing import all_targets, ask_hosts
from workflows import names
from workflows.estate.estate import EstateState
from workflows.plan import Plan
from workflows.survey import Survey, SurveyAnswer, SurveyOrder

FIRST_EPOCH = 1  # what `muster prepare` writes to hosts before there is an Estate
SURVEY_S = 60.0
REBUILT = "muster apply"  # as the run of what was found at a rebuild


@dataclass
class Epochs:
    """What hosts remember. `silent` did not answer, `unknown` never heard of an epoch: that is not 0 (law 5).

    `dark` are centers of which no host told an epoch: the grants may all have been there.
    """

    highest: int = 0
    asked: int = 0
    silent: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)

    @property
    def is_first(self) -> bool:
        """Nothing points to an Estate before: all that answered know of no grant, somebody of each center did."""
        answered = not self.asked or len(self.silent) < self.asked
        return self.highest <= FIRST_EPOCH and answered and not self.dark


@dataclass(frozen=True)
class Said:
    """What an operator says of a lost estate.

    `active`: where services live, CENTER or SERVICE=CENTER each; the others are centers whose devices do not answer.
    """

    active: Sequence[str] = ()
    fenced: Sequence[str] = ()
    unfenced: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.active or self.fenced or self.unfenced)


async def first_state(temporal: Temporal, good: GoodPlan, word: Said) -> EstateState:
    """The state to start an Estate with. Refused when it was lost and it is not sure where its services live, or
    what is fenced.

    Its epoch is above the highest that any reachable host has seen.
    """
    said = active_by_word(good.plan, word.active)
    if isinstance(said, str):
        raise Refused(said)
    epochs = await seen_epochs(temporal, good)
    _tell(epochs)
    answer = await survey(temporal, good)
    # What is closed was closed by somebody: devices that say nothing stop no first apply.
    if epochs.is_first and not word and not closed_devices(answer):
        return EstateState(estate=good.plan.estate)
    return _rebuilt(good, epochs, answer, said, word)


def _rebuilt(
    good: GoodPlan, epochs: Epochs, answer: SurveyAnswer, said: dict[str, str], word: Said
) -> EstateState:
    plan = good.plan
    if reason := why_two_writers(answer.sides):
        raise Refused(reason)
    found = active_by_data(plan, answer.sides)
    if reason := why_not_said(found, said):
        raise Refused(reason)
    active = said or _confirmed(plan, epochs, found, answer)
    if missing := sorted(set(plan.services) - set(active)):
        raise Refused(f"where {listed(missing)} lives is not said: add --active SERVICE=CENTER")
    if reason := why_fences_not_known(answer, word.fenced, word.unfenced, active.values()):
        raise Refused(reason)
    epoch = max(epochs.highest, FIRST_EPOCH) + 1
    state = EstateState(estate=plan.estate, active=active, epoch=epoch, is_rebuilt=True)
    fences = fenced_centers(answer, word.fenced)
    state.obligations = [_fence(center, state, note) for center, note in fences.items()]
    return state


def _confirmed(plan: Plan, epochs: Epochs, found: dict[str, str], answer: SurveyAnswer) -> dict[str, str]:
    """An operator says that it is so; only a terminal can be asked, a script says it with --active."""
    lost = f"hosts of {plan.estate} have seen epoch {epochs.highest}" if epochs.highest else "no host answers"
    if epochs.dark:
        lost += f", nobody knows what those of {listed(epochs.dark)} have seen"
    if closed := closed_devices(answer):
        lost += f", and {listed(closed)} {'are' if len(closed) > 1 else 'is'} closed"
    lines = what_was_seen(answer)
    if not can_ask() or set(found) != set(plan.services):
        raise Refused(
            f"{lost}, but Temporal does not know the estate: it was lost. Look where its services live now, then "
            f"say it: --active CENTER, or --active SERVICE=CENTER. Seen now: {'; '.join(lines)}"
        )
    for seen in lines:
        line(seen)
    for service, center in sorted(found.items()):
        line(f"active  {service}: {center}")
    confirm(f"{lost}, and the estate was lost. Do its services live as shown?", yes=False)
    return found


def _fence(center: str, state: EstateState, note: str) -> Obligation:
    """A center that is fenced stays somebody's to be lifted (law 8). The Estate dates it by its own clock."""
    return Obligation(
        id=f"fence/{center}",
        kind="fence",
        target=center,
        workflow_id=REBUILT,
        first_run_id="",
        epoch=state.epoch,
        since=time.time(),
        note=note,
        services=sorted(state.active),
    )


def _tell(epochs: Epochs) -> None:
    if epochs.silent:
        remark(f"{listed(epochs.silent)} did not answer: what epoch they have seen is not known")
    if epochs.unknown:
        remark(f"{listed(epochs.unknown)} have no epoch record: `muster prepare` writes one")


async def seen_epochs(temporal: Temporal, good: GoodPlan) -> Epochs:
    """Of the hosts that were met before."""
    known = [target for target in all_targets(good.plan) if target.host_key]
    if not known:
        return Epochs()
    answers = await ask_hosts(temporal, good.plan.estate, known, write=False)
    contacts = {answer.label: answer.contact for answer in answers if answer.contact}
    told = {
        target.center for target in known if (met := contacts.get(target.label)) and met.epoch is not None
    }
    return Epochs(
        highest=max((contact.epoch or 0 for contact in contacts.values()), default=0),
        asked=len(known),
        silent=[answer.label for answer in answers if answer.contact is None],
        unknown=[label for label, contact in contacts.items() if contact.epoch is None],
        dark=sorted({target.center for target in known} - told - {""}),
    )


async def survey(temporal: Temporal, good: GoodPlan) -> SurveyAnswer:
    """What takes writes and what is fenced, as the workers of both centers see it."""
    estate = good.plan.estate
    running = temporal.client.execute_workflow(
        Survey.run,
        SurveyOrder(plan=good.snapshot),
        id=f"{estate}/survey/{uuid.uuid4().hex[:8]}",
        task_queue=names.queue(estate, names.CONTROL),
        static_summary=f"survey · {estate}",
        execution_timeout=timedelta(seconds=SURVEY_S),
    )
    answer: SurveyAnswer = await temporal.bounded(running, f"survey of {estate}", SURVEY_S)
    return answer
