"""Prepare: the first contact with the hosts of a plan, each from the worker that will reach it later."""

from __future__ import annotations

import asyncio

from pydantic import Field
from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario import why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.hosts import HostActivities, PrepareHost
    from activities.models import Contact, Prepared, Target, Value
    from workflows import names, policies

SIDE_BY_SIDE = 20


class PrepareOrder(Value):
    """`write` False: only look. `devices` are reached from control, hosts from their own center."""

    estate: str
    targets: list[Target]
    write: bool
    epoch: int = 1


class HostAnswer(Value):
    """What one host answered; `error` is one line when it did not."""

    label: str
    contact: Contact | None = None
    prepared: Prepared | None = None
    error: str = ""


class PrepareAnswer(Value):
    hosts: list[HostAnswer] = Field(default_factory=list)


@workflow.defn(name="Prepare")
class Prepare:
    @workflow.run
    async def run(self, order: PrepareOrder) -> PrepareAnswer:
        limit = asyncio.Semaphore(SIDE_BY_SIDE)
        hosts = await asyncio.gather(*(self._host(order, target, limit) for target in order.targets))
        return PrepareAnswer(hosts=list(hosts))

    async def _host(self, order: PrepareOrder, target: Target, limit: asyncio.Semaphore) -> HostAnswer:
        async with limit:
            try:
                if order.write:
                    return HostAnswer(label=target.label, prepared=await self._prepare(order, target))
                return HostAnswer(label=target.label, contact=await self._contact(order, target))
            except ActivityError as error:
                return HostAnswer(label=target.label, error=why_it_failed(error).summary)

    async def _contact(self, order: PrepareOrder, target: Target) -> Contact:
        contact: Contact = await workflow.execute_activity_method(
            HostActivities.contact_host,
            target,
            task_queue=names.queue(order.estate, target.center or names.CONTROL),
            summary=f"contact {target.label}",
            **policies.look(),
        )
        return contact

    async def _prepare(self, order: PrepareOrder, target: Target) -> Prepared:
        prepared: Prepared = await workflow.execute_activity_method(
            HostActivities.prepare_host,
            PrepareHost(target=target, epoch=order.epoch),
            task_queue=names.queue(order.estate, target.center or names.CONTROL),
            summary=f"prepare {target.label}",
            **policies.look(),
        )
        return prepared
