"""What the gates of a run show people, frozen for each round, and what their voices are bound to (law 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from temporalio import workflow

from workflows.asking.lift_shown import lift_shown
from workflows.evidence.recognition import Findings, Recognition, looks_healthy
from workflows.scenario.lease import LeaseKeeper
from workflows.scenario.scenario import Scenario

with workflow.unsafe.imports_passed_through():
    from activities.models import LossClass
    from activities.models.estate import EstateView
    from workflows import slices
    from workflows.pages import details
    from workflows.plan import Plan
    from workflows.run.digests import digest
    from workflows.run.direction import what_stops
    from workflows.run.half_done import HalfDone

WORSE = (LossClass.WITHIN, LossClass.OVER, LossClass.UNKNOWN)


class Showing:
    """The evidence, the loss and the actions of a run from `record.old` to `record.new`."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        recognition: Recognition,
        lease: LeaseKeeper,
        earlier: HalfDone | None = None,
    ) -> None:
        self._scenario = scenario
        self._plan = plan
        self.recognition = recognition
        self._lease = lease
        self._earlier = earlier
        self._stops: list[str] = []  # what would be stopped, as it was seen last
        self._fenced_by = ""  # whose fence closes the new center itself, if any
        self.about: list[str] = []  # what a lift rests on; empty while it is about the way forward
        self.findings = Findings([], [], [])
        self._seen = self.findings

    def list_actions(self, estate: EstateView) -> None:
        """What will be done, and what will be stopped: every service of the old center, and every other run."""
        record, plan, say = self._scenario.record, self._plan, self._scenario.say
        record.targets = {url: name for name, center in plan.centers.items() for url in center.seen_by}
        devices = ", ".join(fence.name for fence in slices.fences(plan, record.old))
        labels = ", ".join(slices.datasets(plan, record.services))
        moves = slices.dns_moves(plan, record.old, record.new, 0, record.services)
        moved = ", ".join(sorted({f"{move.name}.{move.zone}".rstrip(".") for move in moves}))
        record.will_do = [
            say("do_fence", old=record.old, devices=devices),
            say("do_promote", datasets=labels or say("none"), new=record.new),
            say("do_start", services=", ".join(record.services), new=record.new),
            say("do_traffic", names=moved or say("none"), new=record.new),
            say("do_tell", audiences=", ".join(plan.notices)),
        ]
        record.will_stop = self._stops = self._what_stops(estate)
        fences = [owed for owed in estate.obligations if owed.kind == "fence" and owed.target == record.new]
        self._fenced_by = fences[0].workflow_id if fences else ""

    def turn_to_lift(self, estate: EstateView | None, unknown: Sequence[str] = ()) -> None:
        """From here on people decide whether the fence of `record.old` goes: no loss, no promotion is at stake.

        `unknown`: a line for each dataset of which nobody could tell whether the other side takes writes.
        """
        record = self._scenario.record
        self.about = lift_shown(self._scenario, self._plan, estate, unknown)
        record.will_stop = self._stops = []
        self.warn()

    def _what_stops(self, estate: EstateView) -> list[str]:
        record, say = self._scenario.record, self._scenario.say
        services = ", ".join(estate.at(record.old)) or say("none")
        runs = [say("stop_run", run=run) for run in what_stops(estate, record.workflow_id)]
        return [say("stop_all", old=record.old, services=services), *runs]

    async def look(self) -> None:
        """Look now, and show what was seen."""
        self.freeze(await self.recognition.look())

    def freeze(self, findings: Findings) -> None:
        """Show this from now on."""
        self.findings = findings
        record = self._scenario.record
        record.evidence = findings.sightings
        record.estimates = findings.estimates
        record.readiness = findings.readiness
        record.guards = findings.guards
        self.warn()

    def warn(self) -> None:
        """What people have to know beside the tables."""
        record, say = self._scenario.record, self._scenario.say
        healthy = self._healthy(self.findings)
        seen = [say("old_looks_healthy", old=record.old, places=", ".join(healthy))] if healthy else []
        if self.about:
            record.warnings = seen
            self._scenario.show()
            return
        unfenced = [] if "fenced" in record.facts else [say("may_write_on", old=record.old)]
        record.warnings = [*unfenced, *seen]
        if self._earlier:
            record.warnings.append(say("begun_before", earlier=self._earlier.words))
        if any(seen.vantage == record.new and (seen.blind or seen.error) for seen in record.evidence):
            record.warnings.append(say("new_blind", new=record.new))
        if self._fenced_by:
            record.warnings.append(say("new_fenced", new=record.new, run=self._fenced_by))
        self._scenario.show()

    @property
    def digest(self) -> str:
        """Changes when a voice given to what is shown would mean something else: plan, loss class, actions."""
        return self._digest(self.findings, self._scenario.record.will_stop)

    async def refresh(self) -> str:
        """Look again, and change nothing of what is shown: the digest that it would have."""
        self._seen, estate = await asyncio.gather(self.recognition.look(), self._lease.read())
        if not self._scenario.record.will_stop:
            self._stops = []  # a lift stops nothing: what the declaration would have stopped is over
        elif estate is not None:
            self._stops = self._what_stops(estate)
        return self._digest(self._seen, self._stops)

    def take_over(self) -> None:
        """Show what was seen last."""
        self._scenario.record.will_stop = self._stops
        self.freeze(self._seen)

    async def estimate_again(self) -> bool:
        """The loss as it is now, shown; whether it is worse than what was shown before."""
        before = self.findings.loss_class
        estimates = await self.recognition.estimate_losses()
        self.freeze(replace(self.findings, estimates=estimates))
        return WORSE.index(self.findings.loss_class) > WORSE.index(before)

    @property
    def loss(self) -> str:
        """The loss in one line."""
        record = self._scenario.record
        lines = [f"{one.dataset} {details.loss(one, record.language)}" for one in record.estimates]
        return ", ".join(lines) or self._scenario.say("none")

    def _digest(self, findings: Findings, stops: list[str]) -> str:
        record = self._scenario.record
        healthy = bool(self._healthy(findings))
        if self.about:
            return digest("lift", record.plan_hash, *record.will_do, *self.about, healthy)
        return findings.digest(record.plan_hash, record.will_do, stops, healthy)

    def _healthy(self, findings: Findings) -> list[str]:
        return looks_healthy(findings.sightings, self._plan.centers[self._scenario.record.old].seen_by)
