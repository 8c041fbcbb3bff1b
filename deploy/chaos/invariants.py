"""What must be true after any declaration, whatever went wrong in it. Pure: facts in, broken promises out."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.chaos.aftercare import neglected
from deploy.chaos.facts import Facts
from deploy.chaos.holding import unexplained
from deploy.chaos.schedule import NEW, OLD
from deploy.demo.verdict import SLACK
from workflows.pages.details import all_steps
from workflows.run.record import RunRecord, State

PROMOTE = f"{NEW}/db-1:promote"


def violations(facts: Facts) -> list[str]:
    """Every promise that was broken, a line each."""
    found = [
        *_of_the_end(facts),
        *_of_the_writers(facts),
        *_of_the_loss(facts),
        *_of_side_effects(facts),
        *_of_the_name(facts),
        *_of_epochs(facts),
        *unexplained(facts.record, facts.happened),
        *neglected(facts),
    ]
    return [*found, *facts.of_histories, *facts.unreadable, *(f"left running: {one}" for one in facts.left)]


def _of_the_end(facts: Facts) -> Iterable[str]:
    record = facts.record
    if record.state is not State.DONE:
        yield f"the run ended as {record.state}: {record.conclusion}"
    elif facts.first_write_at is None:
        yield "the run is done, and no client outside can write"


def _of_the_writers(facts: Facts) -> Iterable[str]:
    """Law 1: the old writer is closed, for certain, before the new one opens."""
    truth, promotions = facts.truth, facts.side_effects.get(PROMOTE, ())
    # From the first time that it was asked to: one that a power cut took back may have opened it for a moment.
    opened = promotions[0] if promotions else truth.promoted_at
    last = truth.old_last_commit
    if truth.both_sides_accepted_writes or (opened is not None and last is not None and last > opened):
        yield f"both sides accepted writes: old until {last}, new from {opened}"
    fenced = facts.record.facts.get("fenced")
    if promotions and (fenced is None or promotions[0] < fenced):
        yield f"promoted at {promotions[0]}, before a fence of writers was confirmed ({fenced})"
    if facts.side_effects.get(PROMOTE.replace(NEW, OLD)):
        yield f"{OLD} was asked to open: the direction is from {OLD} to {NEW}"
    if promotions and facts.record.overrides:
        yield "promoted without a confirmed fence: nobody was asked for an override, and one was given"
    if promotions and facts.open_at_old:
        yield f"{OLD} counts as fenced and is open: {', '.join(facts.open_at_old)}"


def _of_the_loss(facts: Facts) -> Iterable[str]:
    """Law 16: what was really lost lies in what people were told; what the new side acknowledged is not lost."""
    true = facts.truth.true_loss_seconds
    for estimate in facts.record.estimates:
        if estimate.lower_s is None or estimate.upper_s is None:
            continue
        if not estimate.lower_s - SLACK <= true <= estimate.upper_s + SLACK:
            told = f"{estimate.lower_s:.2f} to {estimate.upper_s:.2f} s"
            yield f"{true:.2f} s of acknowledged writes were lost, {told} were told ({estimate.reason})"
    if facts.truth.lost_at_new:
        yield f"{facts.truth.lost_at_new} writes that {NEW} acknowledged are lost"


def _of_side_effects(facts: Facts) -> Iterable[str]:
    """Law 4: once; and law 6: nothing before the approval."""
    powerless = [one.fault.target for one in facts.happened if one.fault.kind == "power-off"]
    approved = facts.record.facts.get("approved")
    wanted = _wanted(facts.record)
    for name, times in facts.side_effects.items():
        host, _, what = name.partition(":")
        if not host.startswith(f"{NEW}/") or what == "postgres":
            continue
        by_hand = list(facts.started_by_hand).count(name)
        # A power cut in the middle of a start or a promotion takes it back: the next attempt is a new one.
        most = 1 + by_hand + (1 if host in powerless else 0)
        if len(times) > most:
            yield f"{name}: {len(times)} times, {most} at most"
        if times and (approved is None or min(times) < approved):
            yield f"{name}: done before the approval"
        if not times and name in wanted:
            yield f"{name}: the run says that it was done, and it never was"
    if facts.doubled:
        yield f"written more than once: {facts.doubled}"


def _wanted(record: RunRecord) -> set[str]:
    """What the run says it did at the new center, as the disks would name it."""
    names = {
        "start-was@was-1": "was-1:was",
        "start-was@was-2": "was-2:was",
        "start-web@web-1": "web-1:web",
        "start-mq@web-1": "web-1:mq",
        "promote-core-banking.ledger": "db-1:promote",
    }
    good = [one.name for one in all_steps(record) if one.outcome is not None and one.outcome.is_good]
    return {f"{NEW}/{names[name]}" for name in good if name in names}


def _of_the_name(facts: Facts) -> Iterable[str]:
    """Law 17: traffic moves after a write was read at the promoted side. Law 5: it carries the epoch."""
    proven, moved = facts.events
    if moved is not None and (proven is None or moved < proven):
        yield f"the name was moved (event {moved}) before a proof (event {proven})"
    if facts.record.state is State.DONE and facts.name_at != NEW:
        yield f"the run is done, and the public name leads to {facts.name_at or 'nowhere'}"
    elif facts.record.state is State.DONE and facts.name_epoch != facts.record.epoch:
        yield f"the public name was moved under epoch {facts.name_epoch}, and the run's is {facts.record.epoch}"


def _of_epochs(facts: Facts) -> Iterable[str]:
    """Law 5."""
    before, after = facts.epochs
    if facts.record.epoch is not None and not before < facts.record.epoch <= after:
        yield f"epochs do not rise: {before} before, the run's {facts.record.epoch}, {after} after"
    if facts.record.epoch is None:
        return
    for host, epoch in facts.host_epochs.items():
        if epoch > facts.record.epoch:
            yield f"{host} has seen epoch {epoch}, higher than the run's {facts.record.epoch}"
    host = PROMOTE.partition(":")[0]
    seen = facts.host_epochs.get(host)
    if facts.side_effects.get(PROMOTE) and seen is not None and seen < facts.record.epoch:
        yield f"{host} was promoted under epoch {seen}, the run's is {facts.record.epoch}"
