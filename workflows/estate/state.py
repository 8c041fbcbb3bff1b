"""What an Estate carries from run to run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from pydantic import BaseModel, Field

from activities.archive import ExportOrder
from activities.models import RenewerRef
from activities.models.codes import SaidCodes
from activities.models.estate import (
    Action,
    Announcement,
    ClosedRun,
    Guest,
    Lease,
    Obligation,
    RunRef,
    SampleTarget,
    living,
)
from workflows.estate.burnt_codes import BurntCodes


class Remark(BaseModel):
    """Something that the Estate did or refused of its own accord (law 18)."""

    at: float
    text: str


class Departed(BaseModel):
    """A run that closed without giving back. `cleanup`: the run that undoes what it owes, once there is one."""

    run: ClosedRun
    at: float
    cleanup: RunRef | None = None
    tries: int = 0


class SetAside(BaseModel):
    """A lease that was taken over, and how its run had departed: both stand again when the taker changed nothing."""

    lease: Lease
    departed: list[Departed] = Field(default_factory=list)


class EstateState(BaseModel):
    """Carried from run to run. `active`: center of each service. Fields may be added, never renamed or removed."""

    estate: str
    plan_hash: str = ""
    plan_data: str = ""
    applied_at: float = 0.0
    active: dict[str, str] = Field(default_factory=dict)
    left: dict[str, str] = Field(default_factory=dict)  # where services lived that the plan no longer names
    epoch: int = 0
    lease: Lease | None = None
    actions: list[Action] = Field(default_factory=list)
    sampling: dict[str, list[SampleTarget]] = Field(default_factory=dict)  # active center -> its writers
    guests: list[Guest] = Field(default_factory=list)
    announcements: list[Announcement] = Field(default_factory=list)
    obligations: list[Obligation] = Field(default_factory=list)
    departed: list[Departed] = Field(default_factory=list)
    overtaken: list[RunRef] = Field(default_factory=list)  # newest last; they never get the lease again
    set_aside: SetAside | None = None  # by the holder of the lease
    exports: list[ExportOrder] = Field(default_factory=list)  # closed runs that the archive does not have yet
    remarks: list[Remark] = Field(default_factory=list)
    answered: dict[str, bool] = Field(default_factory=dict)  # update id -> answer, over continue-as-new
    watches: dict[str, float] = Field(default_factory=dict)  # center -> not looked for before
    burnt: BurntCodes = Field(default_factory=BurntCodes)
    renewers: list[RenewerRef] = Field(default_factory=list)  # of guards; oldest first
    grace: float = 20.0  # seconds after a fence in which its own run begins the watch over it
    # codes that somebody sent to the Estate by mistake
    unburnt: list[SaidCodes] = Field(default_factory=list)
    is_rebuilt: bool = False  # begins in the place of one that was lost
    turn_over_at: int = 2000  # events of a run's history after which it continues as new

    def begin_anew(self, now: float) -> None:
        """In the place of one that was lost. What a person's machine dated by its own clock begins now (law 16)."""
        self.is_rebuilt = False
        self.burnt.begin_anew(now)
        self.obligations = [one.model_copy(update={"since": now}) for one in self.obligations]

    @property
    def holder(self) -> Lease | None:
        return living(self.lease, [one.run for one in self.departed])


class Named(Protocol):
    """Anything that names a run."""

    @property
    def workflow_id(self) -> str: ...

    @property
    def first_run_id(self) -> str: ...


def same(one: Named | None, other: Named | None) -> bool:
    """Whether both name the same run."""
    if one is None or other is None:
        return False
    return (one.workflow_id, one.first_run_id) == (other.workflow_id, other.first_run_id)


N = TypeVar("N", bound=Named)


def without(found: Iterable[N], run: Named) -> list[N]:
    """All but those of one run."""
    return [one for one in found if not same(one, run)]
