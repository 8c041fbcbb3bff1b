"""What must be written down, given back and kept when a declaration is over (laws 5, 8, 10, 15, 18)."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.chaos.facts import Facts
from deploy.chaos.holding import holds
from deploy.chaos.schedule import NEW, OLD
from starter.documents.report import safe, said
from workflows.run.half_done import half_done
from workflows.run.record import State

HEARD = 1.0  # seconds before its end until which a run has surely written down what it was told
TOLD = ("hold", "order", "override", "refused")  # lines of a journal that the report must have
WORDS_SHOWN = 120  # characters of a text that are looked for: a report may shorten what is longer


def neglected(facts: Facts) -> Iterable[str]:
    """Every promise of this kind that was broken, a line each."""
    yield from _of_the_estate(facts)
    yield from _of_customers(facts)
    yield from _of_the_report(facts)


def _of_the_estate(facts: Facts) -> Iterable[str]:
    """Nothing is held and nothing half done; the one thing owed is the fence, and it is watched."""
    estate, record = facts.written.estate, facts.record
    if estate.lease is not None:
        yield f"the lease is still held by {estate.lease.workflow_id}"
    here = [one.workflow_id for one in estate.announcements] + [one.workflow_id for one in estate.guests]
    for run in here:
        yield f"{run} is still in the estate's book"
    for gone in estate.departed:
        yield f"{gone.run.workflow_id} counts as gone without giving back"
    if half := half_done(estate.actions):
        yield f"half done: {half.words}"
    if record.state is not State.DONE:
        return
    owed = sorted(one.id for one in estate.obligations)
    if owed != [f"fence/{OLD}"]:
        yield f"owed: {', '.join(owed) or 'nothing'}; it should be the fence of {OLD} alone"
    if not facts.written.is_watched:
        yield f"nothing watches the fence of {OLD}"
    elsewhere = [f"{service} at {center}" for service, center in estate.active.items() if center != NEW]
    if elsewhere:
        yield f"the estate believes otherwise: {', '.join(elsewhere)}"


def _of_customers(facts: Facts) -> Iterable[str]:
    """They hear that service is back when it is: never before the traffic has moved."""
    told = facts.written.customers
    moved = [at for at in (facts.first_write_at, facts.record.facts.get("switched")) if at is not None]
    if told and (not moved or min(told) < min(moved)):
        yield f"customers were told at {min(told)}, before the traffic moved ({min(moved, default=None)})"
    if not told and facts.record.state is State.DONE:
        yield "customers were never told that service is back"


def _of_the_report(facts: Facts) -> Iterable[str]:
    """Law 18: what people did and what they were refused is in it, as they saw it and not as the run says."""
    written, record = facts.written, facts.record
    for retry in written.retries:
        if _shown(f"retry {retry.step}: {retry.reason}") not in written.report:
            yield f"the report has nothing of a retry: {retry.step}"
    held = {entry.text.partition(":")[0] for entry in holds(record)}
    for step in sorted({retry.step for retry in written.retries} - held):
        yield f"{step} was held, and no journal has it"
    for entry in (*record.journal, *holds(record)):
        if entry.kind in TOLD and _shown(said(entry)) not in written.report:
            yield f"the report has nothing of: {entry.kind} {entry.text}"
    heard = [at for at in written.rubbish if record.ended_at is None or at < record.ended_at - HEARD]
    if record.refused < len(heard):
        yield f"{len(heard)} messages that no run can follow, {record.refused} refused"


def _shown(text: str) -> str:
    """As the report has it, where a line may be shortened."""
    return safe(text)[:WORDS_SHOWN]
