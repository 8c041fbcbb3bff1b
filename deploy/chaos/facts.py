"""What a trial saw, from outside and of the run: what its judges hold against the promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.chaos.people import Retry
from deploy.chaos.schedule import Schedule
from deploy.chaos.trouble import Happened
from deploy.lab.oracle import Truth
from workflows.estate.state import EstateState
from workflows.run.record import RunRecord


@dataclass(frozen=True)
class Written:
    """What is kept of the run when it is over. `report`: as people read it, from the archive."""

    report: str
    estate: EstateState
    is_watched: bool = True  # the fence of the old center
    retries: Sequence[Retry] = ()  # that the server took
    rubbish: Sequence[float] = ()  # when it took messages that no run can follow
    customers: Sequence[float] = ()  # when they were told


@dataclass(frozen=True)
class Facts:
    """Times are wall times; lines are for people."""

    schedule: Schedule
    record: RunRecord
    truth: Truth
    happened: Sequence[Happened]
    side_effects: Mapping[str, Sequence[float]]
    written: Written
    started_by_hand: Sequence[str] = ()
    doubled: str = ""  # references of writes that the new side has more than once
    open_at_old: Sequence[str] = ()  # what of the old center is not fenced
    name_at: str = ""  # the center that the public name leads to
    name_epoch: int | None = None  # that stands beside the name
    first_write_at: float | None = None  # of a client outside, at the new center
    epochs: tuple[int, int] = (1, 2)  # of the Estate: before, after
    host_epochs: Mapping[str, int] = field(default_factory=dict)
    events: tuple[int | None, int | None] = (None, None)  # the first good proof, the first move of a name
    of_histories: Sequence[str] = ()
    unreadable: Sequence[str] = ()  # of record, archive and report
    left: Sequence[str] = ()  # runs and processes
