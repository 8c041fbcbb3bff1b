"""Which faults explain that a step was held. A hold that none of them explains is a broken promise (laws 8, 9)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from deploy.chaos.schedule import NEW, OLD
from deploy.chaos.trouble import Happened
from workflows.run.record import Entry, RunRecord

# Seconds after a repair in which its fault may still hold a step: activities and jobs have long limits.
AFTERMATH = 40.0
# The same for a step that is held again: it was retried after the repair, and workers and hosts only had to come back.
AGAIN = 20.0


@dataclass(frozen=True)
class Cause:
    """A kind of fault at a target; "" is any. `HOST` is the host that stands in the step's own name."""

    kind: str
    target: str = ""

    def fits(self, happened: Happened, host: str) -> bool:
        target = host if self.target == "HOST" else self.target
        return happened.fault.kind == self.kind and target in ("", happened.fault.target)


# Without them nothing is done at all. What is not here explains nothing: a store, the lost center's own worker, an edge
# that lies (it stops clients, and no step waits for that).
_NOBODY_WORKS = (
    Cause("kill-worker", "control"),
    Cause("kill-worker", NEW),
    Cause("kill-server"),
    Cause("cut", f"{NEW}-edge"),
)
_DATABASE = (Cause("power-off", f"{NEW}/db-1"), Cause("disk-full", f"{NEW}/db-1"))
_OLD_IS_SEEN = (Cause("heal", OLD), Cause("power-on", OLD), Cause("power-back", OLD), Cause("lies", "pdu"))
_TORN_STREAM = (Cause("cut", "wan"), Cause("throttle", "wan"))
# By the beginning of a step's name.
EXPLAIN: dict[str, tuple[Cause, ...]] = {
    "fence-": (*_OLD_IS_SEEN, Cause("devices-gone")),
    "drain-": (*_DATABASE, *_TORN_STREAM, *_OLD_IS_SEEN),
    "check-": (*_DATABASE, *_TORN_STREAM, *_OLD_IS_SEEN),
    "promote-": _DATABASE,
    # A tier is well when those that it needs are: any host below it may be the one.
    "start-": (Cause("power-off"), Cause("disk-full", "HOST")),
    "service-": (Cause("power-off"), Cause("disk-full")),
    "prove-": (Cause("wrong-database"), Cause("power-off")),
    "dns-": (Cause("dns-refuses"),),
    "lease": (),
    "active": (),
}


def unexplained(record: RunRecord, happened: Sequence[Happened]) -> Iterable[str]:
    """Holds of the run and of its children that no fault of the schedule explains, a line each."""
    seen = set[str]()
    for entry in holds(record):
        step = entry.text.partition(":")[0]
        since = entry.at - (AGAIN if step in seen else AFTERMATH)
        seen.add(step)
        causes = _causes(step)
        if causes is None:
            yield f"held at a step that no fault is known to hold: {entry.text}"
        elif not any(_explains(causes, one, step, since, entry.at) for one in happened):
            there = [str(one.fault) for one in happened if one.was_there(since, entry.at)]
            yield f"held without a fault that explains it ({', '.join(there) or 'nothing was broken'}): {entry.text}"


def holds(record: RunRecord) -> Iterator[Entry]:
    """Of the run and of its children."""
    for journal in (record.journal, *(child.journal for child in record.children)):
        yield from (entry for entry in journal if entry.kind == "hold")


def _causes(step: str) -> tuple[Cause, ...] | None:
    found = [causes for beginning, causes in EXPLAIN.items() if step.startswith(beginning)]
    return (*_NOBODY_WORKS, *found[0]) if found else None


def _explains(causes: Iterable[Cause], happened: Happened, step: str, since: float, until: float) -> bool:
    host = f"{NEW}/{step.rpartition('@')[2]}"
    return happened.was_there(since, until) and any(cause.fits(happened, host) for cause in causes)
