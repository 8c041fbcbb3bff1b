"""Prepare: the first contact with the hosts of a plan, each from the worker that will reach it later."""

from __future__ import annotations

import asyncio

from pydantic import Field
from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.scenario import why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.guarding.activities import GuardActivities
    from activities.hosts import HostActivities, PrepareHost
    from activities.models import Contact, GuardOrder, Prepared, Target, Value
    from workflows import names, policies

SIDE_BY_SIDE = 20


class PrepareOrder(Value):
    """`write` False: only look. `devices` are reached from control, hosts from their own center."""

    estate: str
    targets: list[Target]
    write: bool
    epoch: int = 1
    guards: list[GuardOrder] = Field(default_factory=list)


class HostAnswer(Value):
    """What one host answered; `error` is one line when it did not."""

    label: str
    contact: Contact | None = None
    prepared: Prepared | None = None
    error: str = ""


class GuardAnswer(Value):
    """Whether a host has the guard that the plan means; `error` is one line when nobody knows, or it failed."""

    label: str
    installed: bool = False
    error: str = ""


class PrepareAnswer(Value):
    hosts: list[HostAnswer] = Field(default_factory=list)
    guards: list[GuardAnswer] = Field(default_factory=list)


@workflow.defn(name="Prepare")
class Prepare:
    @workflow.run
    async def run(self, order: PrepareOrder) -> PrepareAnswer:
        limit = asyncio.Semaphore(SIDE_BY_SIDE)
        hosts = await asyncio.gather(*(self._host(order, target, limit) for target in order.targets))
        guards = await asyncio.gather(*(self._guard(order, guard, limit) for guard in order.guards))
        return PrepareAnswer(hosts=list(hosts), guards=list(guards))

    async def _host(self, order: PrepareOrder, target: Target, limit: asyncio.Semaphore) -> HostAnswer:
        async with limit:
            try:
                if order.write:
                    return HostAnswer(label=target.label, prepared=await self._prepare(order, target))
                return HostAnswer(label=target.label, contact=await self._contact(order, target))
            except ActivityError as error:
                return HostAnswer(label=target.label, error=why_it_failed(error).summary)

    async def _guard(self, order: PrepareOrder, guard: GuardOrder, limit: asyncio.Semaphore) -> GuardAnswer:
        label = f"{guard.dataset} at {guard.target.label}"
        queue = names.queue(order.estate, guard.target.center)
        async with limit:
            try:
                if order.write:
                    await workflow.execute_activity_method(
                        GuardActivities.install_guard,
                        guard,
                        task_queue=queue,
                        summary=f"install guard of {label}",
                        **policies.look(30.0),
                    )
                installed: bool = await workflow.execute_activity_method(
                    GuardActivities.guard_installed,
                    guard,
                    task_queue=queue,
                    summary=f"look at guard of {label}",
                    **policies.look(),
                )
            except ActivityError as error:
                return GuardAnswer(label=label, error=why_it_failed(error).summary)
        return GuardAnswer(label=label, installed=installed)

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
