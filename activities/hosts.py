"""First contact with hosts: their keys, their markers, their epoch records (laws 5, 14)."""

from __future__ import annotations

from temporalio import activity

from activities.models import Contact, Job, Prepared, StepResult, Target, Value
from activities.remote import Remote


class PrepareHost(Value):
    """`epoch` is written where a host has no record; a host that has one keeps it."""

    target: Target
    epoch: int


class HostActivities:
    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @activity.defn
    async def contact_host(self, target: Target) -> Contact:
        """The keys that a host shows; with a pinned key also its marker and epoch."""
        return await self._remote.contact(target)

    @activity.defn
    async def prepare_host(self, order: PrepareHost) -> Prepared:
        """Marker, state directory and epoch record; what is there already stays."""
        return await self._remote.prepare(order.target, order.epoch)

    @activity.defn
    async def write_epoch(self, job: Job) -> StepResult:
        """Raise what the host remembers to the job's epoch. Raises OldEpoch where it has seen a higher one."""
        done = await self._remote.run_job(job)
        return StepResult(outcome=done.outcome, summary=f"epoch {job.epoch}: {done.summary}")
