"""Replicated data behind one small interface: kinds implement `Dataset`, scenarios see the activities.

Demote, rebuild, clone and drop_clone join the interface with the scenarios that need them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from temporalio import activity

from activities.errors import BadOrder
from activities.models import (
    DataCheck,
    DatasetSide,
    DatasetStatus,
    DrainOrder,
    Job,
    JobResult,
    LossClass,
    LossEstimate,
    Outcome,
    Promotion,
    StepResult,
)

# An unknown loss is treated as over the RPO (law 16), and taking it needs the widest acceptance.
_HOW_BAD = {LossClass.WITHIN: 0, LossClass.OVER: 1, LossClass.UNKNOWN: 2}


class Jobs(Protocol):
    """What a dataset needs of a remote: promote and demote are jobs (law 5)."""

    async def run_job(self, job: Job) -> JobResult: ...

    async def find_job(self, job: Job) -> JobResult | None: ...


@dataclass(frozen=True)
class Reading:
    """A writer at one moment; the fields are those of `samples.Sample`."""

    clock: float
    position: int
    snapshot: str
    system: str
    timeline: int


class Writer(Protocol):
    """A kept connection to a writer."""

    async def read(self, within_s: float) -> Reading:
        """Raises ServerUnreachable when nothing answers within the time, SqlFailed when it answers no."""
        ...

    async def close(self) -> None: ...


class Dataset(Protocol):
    """One kind of replicated data. Every question has a hard end: none hangs on a server that does."""

    async def status(self, side: DatasetSide) -> DatasetStatus:
        """What the side says of itself. Never raises for trouble: it is in `error`."""
        ...

    async def drain(self, side: DatasetSide, within_s: float) -> StepResult:
        """Wait until the replica has replayed all that it received."""
        ...

    async def check(
        self, side: DatasetSide, estimate: LossEstimate | None, accepted: LossClass
    ) -> StepResult:
        """Whether the replica may be promoted (law 17); FAILED says why not."""
        ...

    async def promote(self, side: DatasetSide, job: Job) -> StepResult:
        """Look, promote by `job` (its command is the dataset's own), confirm by writing, twice (law 3)."""
        ...

    async def promoted_by(self, side: DatasetSide, job: Job) -> bool:
        """Whether the side takes writes and this job is known there: a run that was reset meets its own promotion."""
        ...

    async def holds(self, side: DatasetSide, sql: str, within_s: float) -> bool:
        """Whether a read-only query gives a row whose first column is true. Raises as `Writer.read`."""
        ...

    def writer(self, side: DatasetSide) -> Writer:
        """A connection to be kept for samples; it is made at the first reading."""
        ...


def why_not_promote(
    status: DatasetStatus, estimate: LossEstimate | None, accepted: LossClass = LossClass.WITHIN
) -> str | None:
    """The reason, or None. `accepted` is the class of loss that the approvers were shown and took (law 6)."""
    if not status.reachable:
        return f"does not answer: {status.error}"
    if status.writable:
        return "is writable already: it is no replica any more; find out who promoted it"
    if status.replayed is None:
        return "is not a replica: it has replayed nothing; its own settings make it read-only"
    if status.received is not None and not status.replayed_all:
        return f"has not replayed all that it received: {status.received - status.replayed} bytes are left"
    if estimate is None:
        return "has no loss estimate: nobody knows whether it was in sync"
    if _HOW_BAD[estimate.loss_class] > _HOW_BAD[accepted]:
        return _words(estimate)
    return None


def _words(estimate: LossEstimate) -> str:
    if estimate.upper_s is None:
        return f"lost an unknown amount: {estimate.reason}; only an approval of an unknown loss goes on"
    return (
        f"lost up to {estimate.upper_s:.1f} s, over the RPO of {estimate.rpo_s:g} s; "
        "only an approval of that loss goes on"
    )


class DatasetActivities:
    """The datasets of a worker, by kind."""

    def __init__(self, kinds: Mapping[str, Dataset]) -> None:
        self._kinds = kinds

    def _of(self, side: DatasetSide) -> Dataset:
        if side.kind not in self._kinds:
            raise BadOrder(f"{side.label}: this worker knows no datasets of kind {side.kind}: update it")
        return self._kinds[side.kind]

    async def _is_promoted(self, side: DatasetSide, promotion: Job | None) -> bool:
        return promotion is not None and await self._of(side).promoted_by(side, promotion)

    @activity.defn
    async def dataset_status(self, side: DatasetSide) -> DatasetStatus:
        return await self._of(side).status(side)

    @activity.defn
    async def drain_dataset(self, order: DrainOrder) -> StepResult:
        if await self._is_promoted(order.side, order.promotion):
            return _promoted_before(order.side)
        return await self._of(order.side).drain(order.side, order.within_s)

    @activity.defn
    async def check_dataset(self, order: DataCheck) -> StepResult:
        if await self._is_promoted(order.side, order.promotion):
            return _promoted_before(order.side)
        return await self._of(order.side).check(order.side, order.estimate, order.accepted)

    @activity.defn
    async def promote_dataset(self, order: Promotion) -> StepResult:
        return await self._of(order.side).promote(order.side, order.job)


def _promoted_before(side: DatasetSide) -> StepResult:
    return StepResult(
        outcome=Outcome.ALREADY,
        summary=f"{side.label} at {side.center} was promoted by this run, before it was reset",
    )
