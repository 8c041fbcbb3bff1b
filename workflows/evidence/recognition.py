"""Recognising a disaster: evidence from vantage points, replicas, samples, and what stands ready at the new center."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from temporalio import workflow
from temporalio.exceptions import ActivityError, TimeoutError

from workflows.evidence.guards_shown import GuardsShown
from workflows.scenario.scenario import Scenario, why_it_failed

with workflow.unsafe.imports_passed_through():
    from activities.datasets import DatasetActivities
    from activities.fencing import FencingActivities
    from activities.models import (
        DatasetStatus,
        FenceOrder,
        LossClass,
        LossEstimate,
        SampleWindow,
        Sighting,
        SightOrder,
        WindowOrder,
    )
    from activities.probes import ProbeActivities
    from activities.sampling.loss import estimate
    from activities.sampling.sampler import SamplerActivities
    from activities.services import HostReach, ReachOrder, ServiceActivities
    from workflows import names, policies, slices
    from workflows.plan import Plan, host_target
    from workflows.run.digests import digest
    from workflows.run.half_done import HalfDone


@dataclass(frozen=True)
class Findings:
    """What was seen at one time. `digest` changes when a voice given to it would mean something else (law 6)."""

    sightings: list[Sighting]
    estimates: list[LossEstimate]
    readiness: list[str]  # what is not ready, one line each
    guards: list[str] = field(default_factory=list)  # what is known of the old center's guards

    @property
    def loss_class(self) -> LossClass:
        """The worst of all datasets that are still to be promoted; none is within."""
        order = (LossClass.UNKNOWN, LossClass.OVER, LossClass.WITHIN)
        found = {one.loss_class for one in self.estimates if not one.promoted}
        return next((one for one in order if one in found), LossClass.WITHIN)

    def digest(self, *actions: object) -> str:
        classes = sorted((one.dataset, str(one.loss_class)) for one in self.estimates)
        return digest(classes, *actions)


class Recognition:
    """Looks at both centers of a run, from everywhere."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        old: str,
        new: str,
        services: list[str],
        earlier: HalfDone | None = None,
    ) -> None:
        self._scenario = scenario
        self._earlier = earlier
        self._plan = plan
        self._old = old
        self._new = new
        self._services = services
        self._guards = GuardsShown(scenario, plan, old)

    async def look(self) -> Findings:
        """Everything at once; a part that does not answer is a finding."""
        sightings, estimates, hosts, devices, guards = await asyncio.gather(
            self.sight([self._old, self._new], [names.CONTROL, self._old, self._new]),
            self.estimate_losses(),
            self._reach_hosts(),
            self._reach_devices(),
            self._guards.look(),
        )
        return Findings(sightings, estimates, [*hosts, *devices], guards)

    async def sight(self, centers: Sequence[str], vantages: Sequence[str]) -> list[Sighting]:
        """What each vantage point sees of the named centers."""
        urls = [url for center in centers for url in self._plan.centers[center].seen_by]
        return list(await asyncio.gather(*(self._sight_from(vantage, urls) for vantage in vantages)))

    async def _sight_from(self, vantage: str, urls: list[str]) -> Sighting:
        domain = names.CONTROL_DOMAIN if vantage == names.CONTROL else vantage
        order = SightOrder(
            failure_domain=domain,
            targets=slices.probes(urls),
            neutral=slices.probes(self._plan.neutral_targets),
        )
        try:
            return await workflow.execute_activity_method(
                ProbeActivities.sight,
                order,
                task_queue=self._queue(vantage),
                summary=self._scenario.summary("sum_sees", vantage=vantage),
                **policies.sight(),
            )
        except ActivityError as error:
            return Sighting(
                vantage=vantage,
                failure_domain=domain,
                at=self._scenario.now(),
                blind=True,
                results=[],
                error=self._silence(error),
            )

    def _silence(self, error: ActivityError) -> str:
        """Why a vantage point said nothing. Whether its worker is dead or cut off, nobody here can tell."""
        if isinstance(error.cause, TimeoutError):
            return self._scenario.say("worker_silent")
        return why_it_failed(error).summary

    # --- data

    async def estimate_losses(self) -> list[LossEstimate]:
        labels = slices.datasets(self._plan, self._services)
        return list(await asyncio.gather(*(self._estimate_loss(label) for label in labels)))

    async def _estimate_loss(self, label: str) -> LossEstimate:
        side = slices.side(self._plan, label, self._new)
        status = await self._status(label)
        if self._earlier and label in self._earlier.labels and status.writable:
            return LossEstimate(
                dataset=label,
                loss_class=LossClass.UNKNOWN,
                rpo_s=side.rpo_s,
                promoted=True,
                reason=self._scenario.say("promoted_before", run=self._earlier.workflow_id),
            )
        windows = await asyncio.gather(
            *(self._window(vantage, label, status.received) for vantage in (names.CONTROL, self._new))
        )
        known = [window for window in windows if window is not None]
        made = estimate(status, known, rpo_s=side.rpo_s, now=self._scenario.now())
        return made.model_copy(update={"dataset": label})

    async def _status(self, label: str) -> DatasetStatus:
        try:
            return await workflow.execute_activity_method(
                DatasetActivities.dataset_status,
                slices.side(self._plan, label, self._new),
                task_queue=self._queue(self._new),
                summary=self._scenario.summary("sum_replica", label=label, center=self._new),
                **policies.look(5.0),
            )
        except ActivityError as error:
            return DatasetStatus(reachable=False, at=self._scenario.now(), error=why_it_failed(error).summary)

    async def _window(self, vantage: str, label: str, received: int | None) -> SampleWindow | None:
        try:
            return await workflow.execute_activity_method(
                SamplerActivities.sample_window,
                WindowOrder(dataset=label, received=received),
                task_queue=self._queue(vantage),
                summary=self._scenario.summary("sum_samples", label=label, vantage=vantage),
                **policies.sight(),
            )
        except ActivityError:
            return None  # that vantage point knows nothing: the estimate says so if nobody does

    # --- what stands ready

    async def _reach_hosts(self) -> list[str]:
        """The hosts of the new center that do not answer. Their connections are open from here on."""
        try:
            reached: list[HostReach] = await workflow.execute_activity_method(
                ServiceActivities.reach,
                ReachOrder(
                    targets=[host_target(self._plan, self._new, host) for host in self._needed_hosts()]
                ),
                task_queue=self._queue(self._new),
                summary=self._scenario.summary("sum_hosts", center=self._new),
                **policies.sight(8.0),
            )
        except ActivityError as error:
            return [f"{self._new}: its worker does not answer ({why_it_failed(error).summary})"]
        return [f"{one.host}: {one.reason}" for one in reached if one.reason]

    def _needed_hosts(self) -> list[str]:
        found = [self._plan.services[service] for service in self._services]
        of_components = {
            host
            for one in found
            for part in one.components.values()
            for host in part.hosts.get(self._new, [])
        }
        of_data = {one.hosts[self._new] for service in found for one in service.data.values()}
        return sorted(of_components | of_data)

    async def _reach_devices(self) -> list[str]:
        """Fence devices that do not answer."""
        orders = slices.fences(self._plan, self._old)
        answers = await asyncio.gather(*(self._reach_device(order) for order in orders))
        return [line for line in answers if line]

    async def _reach_device(self, order: FenceOrder) -> str:
        try:
            await workflow.execute_activity_method(
                FencingActivities.fence_status,
                order,
                task_queue=self._queue(names.CONTROL),
                summary=self._scenario.summary("sum_device", device=order.name),
                **policies.sight(),
            )
        except ActivityError as error:
            return f"fence device {order.name}: {why_it_failed(error).summary}"
        return ""

    def _queue(self, place: str) -> str:
        return names.queue(self._plan.estate, place)


def looks_healthy(sightings: list[Sighting], urls: list[str]) -> list[str]:
    """The vantage points that count and see one of `urls` serve."""
    return [
        seen.vantage
        for seen in sightings
        if not seen.blind and not seen.error and any(r.serves and r.url in urls for r in seen.results)
    ]
