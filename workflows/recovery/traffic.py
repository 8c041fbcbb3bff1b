"""Moving traffic: only after every dataset is promoted and a write through the service was read there (law 17)."""

from __future__ import annotations

import asyncio

from temporalio import workflow

from workflows.scenario.scenario import Scenario, Step

with workflow.unsafe.imports_passed_through():
    from activities.models import DnsMove, ProofOrder, StepResult
    from activities.proof import ProofActivities
    from activities.traffic import TrafficActivities
    from workflows import names, policies, slices
    from workflows.plan import Plan, fill, values_at

PROVE_WITHIN = 15.0  # seconds


class TrafficMove:
    """The names of an estate, from one center to the other."""

    def __init__(self, scenario: Scenario, plan: Plan, old: str, new: str, services: list[str]) -> None:
        self._scenario = scenario
        self._plan = plan
        self._old = old
        self._new = new
        self._services = services

    async def prove(self) -> None:
        """A write through each service that can prove itself, read on the promoted side."""
        proving = [service for service in self._services if self._plan.services[service].proves_itself]
        await asyncio.gather(*(self._prove(service) for service in proving))

    async def switch(self, epoch: int) -> None:
        moves = slices.dns_moves(self._plan, self._old, self._new, epoch, self._services)
        await asyncio.gather(*(self._switch(move) for move in moves))

    async def _prove(self, service: str) -> None:
        title = self._scenario.say("step_prove", service=service, center=self._new)
        without = self._scenario.say("without_prove", service=service, center=self._new)
        step = Step(f"prove-{service}", title, safety=True, without=without)
        await self._scenario.perform(step, lambda attempt: self._prove_once(service, attempt))

    async def _prove_once(self, service: str, attempt: int) -> StepResult:
        proof = self._plan.services[service].proves_itself
        assert proof is not None
        values = values_at(self._plan, service, self._new) | {"ref": "{ref}"}
        result: StepResult = await workflow.execute_activity_method(
            ProofActivities.prove_service,
            ProofOrder(
                service=service,
                write=fill(proof.write, values),
                read=proof.read,
                side=slices.side(self._plan, f"{service}.{proof.in_}", self._new),
                ref=f"muster-{workflow.info().run_id[:8]}-{attempt}",
                within_s=PROVE_WITHIN,
            ),
            task_queue=names.queue(self._plan.estate, self._new),
            summary=self._scenario.summary("step_prove", service=service, center=self._new),
            **policies.look(PROVE_WITHIN + 10.0),
        )
        return result

    async def _switch(self, move: DnsMove) -> None:
        name = f"{move.name}.{move.zone}".rstrip(".")
        title = self._scenario.say("step_dns", name=name, addresses=", ".join(move.new))
        step = Step(f"dns-{move.name}-{move.type}", title)
        await self._scenario.perform(step, lambda attempt: self._switch_once(move, name))

    async def _switch_once(self, move: DnsMove, name: str) -> StepResult:
        result: StepResult = await workflow.execute_activity_method(
            TrafficActivities.move_dns,
            move,
            task_queue=names.queue(self._plan.estate, names.CONTROL),
            summary=self._scenario.summary("step_dns", name=name, addresses=", ".join(move.new)),
            **policies.look(20.0),
        )
        return result
