"""Declaration 재해 선포: recognise, decide, approve, fence, check the data, promote, start, prove, switch, tell."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError

from workflows.data import DataMove
from workflows.fencing import Fencing, Lift
from workflows.gatekeeper import Gatekeeper, Question
from workflows.lease import LeaseKeeper
from workflows.notify import OPERATORS, Notifier
from workflows.recognition import Findings, Recognition, looks_healthy
from workflows.scenario import NO_PAYLOAD, Scenario
from workflows.service_start import ServiceStart
from workflows.traffic import TrafficMove

with workflow.unsafe.imports_passed_through():
    from activities.archive import ArchiveActivities, ArchiveOrder
    from activities.estate_models import EstateView
    from activities.models import LossClass
    from workflows import details, names, policies, slices
    from workflows.gates import Gate, Verdict, why_no_quorum
    from workflows.messages import Decision, Severity, Voice, example
    from workflows.orders import ScenarioOrder, read_report
    from workflows.record import Paste, RunRecord, State
    from workflows.run import Aborted, Hold, Run, Stretch


class StoodDown(Exception):
    """People decided that no disaster is declared."""


@workflow.defn(name="Declaration")
class Declaration(Scenario):
    @workflow.init
    def __init__(self, order: ScenarioOrder) -> None:
        self.order = order
        self.plan = plan = order.plan.plan()
        info = workflow.info()
        record = RunRecord(
            scenario="declaration",
            estate=plan.estate,
            workflow_id=info.workflow_id,
            run_id=info.run_id,
            plan_hash=order.plan.hash,
            started_by=order.started_by,
            reason=order.reason,
            started_at=workflow.now().timestamp(),
            language=plan.language,
            timezone=plan.timezone,
            rto_s=plan.objectives.rto,
            rpo_s=plan.objectives.rpo,
        )
        self.state = Run(record, frozenset(plan.people))
        self.notifier = Notifier(self, plan)
        self.lease = LeaseKeeper(self, plan.estate)
        self.keepers: dict[str, Gatekeeper] = {}
        self.latest = Findings([], [], [])
        self.services: ServiceStart | None = None

    @workflow.run
    async def run(self, order: ScenarioOrder) -> RunRecord:
        await self.unhurried(self.conduct())
        return self.record

    async def conduct(self) -> None:
        try:
            await self.declare()
        except StoodDown as why:
            self.conclude(State.STOOD_DOWN, str(why))
        except Aborted as abort:
            await self.undo(abort)
        await self.close()

    async def declare(self) -> None:
        findings = await self.recognise()
        findings = await self.decide_severity(findings)
        accepted = await self.await_approval(findings)
        await self.take_lease()
        await self.fence_old()
        await self.verify_data(accepted)
        await self.promote()
        await self.start_services()
        await self.prove_services()
        await self.switch_traffic()
        await self.tell_everyone()

    # --- detect

    async def recognise(self) -> Findings:
        self.enter("detect")
        await self.find_direction()
        self.recognition = Recognition(
            self, self.plan, self.record.old, self.record.new, self.record.services
        )
        self.data = DataMove(self, self.plan, self.record.new, self.record.services)
        self.traffic = TrafficMove(self, self.plan, self.record.old, self.record.new, self.record.services)
        self.fencing = Fencing(self, self.plan, self.record.old, self.recognition)
        self.list_actions()
        return await self.look()

    async def find_direction(self) -> None:
        """Old and new come from the Estate's record, never from a role (law 11)."""
        estate = await self.lease.read()
        self.record.old = self._lost_center(estate)
        self.record.new = self.plan.other(self.record.old)
        active = [service for service, center in estate.active.items() if center == self.record.old]
        asked = self.order.services or sorted(active)
        self.record.services = [service for service in asked if service in active]
        self._check_gates()
        if not self.record.services:
            raise StoodDown(self.say("end_nothing", old=self.record.old))
        self.note("fact", f"{', '.join(self.record.services)}: {self.record.old} → {self.record.new}")

    def _check_gates(self) -> None:
        """A gate that nobody could ever grant is told at the start, not in the middle of a disaster."""
        for name in ("severity", "declaration"):
            spec = self.plan.gates[name]
            people = (*spec.people, *(spec.then.people if spec.then else ()))
            if reason := why_no_quorum(name, people, spec.quorum, self.record.started_by):
                raise StoodDown(f"{reason}: start it as somebody else")

    def _lost_center(self, estate: EstateView) -> str:
        centers = sorted(set(estate.active.values()))
        if self.order.center:
            return self.order.center
        if len(centers) != 1:
            raise StoodDown(
                f"services are active at {', '.join(centers) or 'no center'}: say which is lost (--center)"
            )
        return centers[0]

    def list_actions(self) -> None:
        record, plan = self.record, self.plan
        record.targets = {url: name for name, center in plan.centers.items() for url in center.seen_by}
        devices = ", ".join(fence.name for fence in slices.fences(plan, record.old))
        moves = slices.dns_moves(plan, record.old, record.new, 0, record.services)
        named = ", ".join(sorted({f"{move.name}.{move.zone}".rstrip(".") for move in moves}))
        record.will_do = [
            self.say("do_fence", old=record.old, devices=devices),
            self.say("do_promote", datasets=", ".join(self.data.labels) or self.say("none"), new=record.new),
            self.say("do_start", services=", ".join(record.services), new=record.new),
            self.say("do_traffic", names=named or self.say("none"), new=record.new),
            self.say("do_tell", audiences=", ".join(plan.notices)),
        ]
        record.will_stop = [self.say("stop_all", old=record.old, services=", ".join(record.services))]

    async def look(self) -> Findings:
        """Look now, and show what was seen."""
        findings = await self.recognition.look()
        self.freeze(findings)
        return findings

    def freeze(self, findings: Findings) -> None:
        record = self.record
        record.evidence = findings.sightings
        record.estimates = findings.estimates
        record.readiness = findings.readiness
        record.warnings = self._warnings(findings)
        self.show()

    def _warnings(self, findings: Findings) -> list[str]:
        record = self.record
        lines = [self.say("may_write_on", old=record.old)]
        healthy = looks_healthy(findings.sightings, self.plan.centers[record.old].seen_by)
        if healthy:
            lines.append(self.say("old_looks_healthy", old=record.old, places=", ".join(healthy)))
        if any(seen.vantage == record.new and (seen.blind or seen.error) for seen in findings.sightings):
            lines.append(self.say("new_blind", new=record.new))
        return lines

    def shown(self, findings: Findings) -> str:
        """What a voice is bound to: plan, classes of loss, what will be done and stopped (law 6)."""
        record = self.record
        healthy = looks_healthy(findings.sightings, self.plan.centers[record.old].seen_by)
        return findings.digest(record.plan_hash, record.will_do, record.will_stop, bool(healthy))

    async def look_again(self) -> str:
        """For an open gate: what is frozen there is replaced only when a voice would mean something else."""
        fresh = await self.recognition.look()
        if self.shown(fresh) != self.shown(self.latest):
            self.latest = fresh
            self.freeze(fresh)
        return self.shown(self.latest)

    # --- decide

    async def decide_severity(self, findings: Findings) -> Findings:
        """Critical goes on, major asks again after a time, minor stands down (`scenarios.md`)."""
        self.enter("decide")
        spec = self.plan.gates["severity"]
        keeper = self._keeper("severity")
        self.latest = findings
        while True:
            verdict = await keeper.ask(self._severity_question())
            severity = keeper.gate.severity
            if keeper.was_silent:
                raise StoodDown(self.say("end_no_decision"))
            if verdict is not Verdict.GRANTED or severity is None:
                self.note("gate", "severity: the voices do not agree; asked again")
                continue
            workflow.upsert_search_attributes([names.SEVERITY.value_set(str(severity))])
            if severity is Severity.CRITICAL:
                return self.latest
            if severity is Severity.MINOR:
                raise StoodDown(self.say("end_minor"))
            await self.until(
                lambda: False, timeout=spec.ask_again or 300.0, summary=self.summary("sum_ask_again")
            )
            self.latest = await self.look()

    def _severity_question(self) -> Question:
        return Question(
            title=self.say("severity_title"),
            shown=self.shown(self.latest),
            pastes=lambda token: [Paste(signal="decide", json_text=example(Decision, token=token))],
            refresh=self.look_again,
            announce=self._announce_severity,
        )

    def _announce_severity(self, gate: Gate, escalated: bool) -> None:
        record = self.record
        people = gate.may_speak
        token = gate.now.token if gate.now else ""
        title = self.say("notice_started_title", estate=record.estate)
        body = self.say(
            "notice_started",
            by=record.started_by,
            reason=record.reason,
            people=", ".join(people),
            token=token,
        )
        self.notifier.tell(OPERATORS, title, body)
        self.notifier.tell_people(people, title, body)

    # --- approve

    async def await_approval(self, findings: Findings) -> LossClass:
        """The class of loss that the approvers were shown and took."""
        self.enter("approve")
        what = self.say("declare_what", old=self.record.old, new=self.record.new)
        return await self._ask_executives(what, findings)

    async def _ask_executives(self, what: str, findings: Findings) -> LossClass:
        self.latest = findings
        keeper = self._keeper("declaration")
        if await keeper.ask(self._approval_question(what)) is not Verdict.GRANTED:
            raise StoodDown(self.say("end_no_approval" if keeper.was_silent else "end_refused"))
        self.record.facts["approved"] = self.now()
        return self.latest.loss_class

    def _keeper(self, name: str) -> Gatekeeper:
        """Rounds are counted on over the run, so that no token comes twice."""
        if name not in self.keepers:
            self.keepers[name] = Gatekeeper(self, name, self.plan.gates[name])
        return self.keepers[name]

    def _approval_question(self, what: str) -> Question:
        return Question(
            title=self.say("approval_title", what=what),
            shown=self.shown(self.latest),
            pastes=lambda token: [
                Paste(signal="approve", json_text=example(Voice, token=token)),
                Paste(signal="reject", json_text=example(Voice, token=token)),
            ],
            refresh=self.look_again,
            announce=lambda gate, _: self._announce_approval(gate, what),
        )

    def _announce_approval(self, gate: Gate, what: str) -> None:
        record = self.record
        title = self.say("notice_approve_title", estate=record.estate, what=what)
        body = self.say(
            "notice_approve",
            quorum=gate.quorum,
            people=", ".join(gate.may_speak),
            loss=self._loss_line(),
            token=gate.now.token if gate.now else "",
            run=record.workflow_id,
        )
        self.notifier.tell("executives", title, body)
        self.notifier.tell_people(gate.may_speak, title, body)

    def _loss_line(self) -> str:
        lines = [f"{one.dataset} {details.loss(one, self.record.language)}" for one in self.record.estimates]
        return ", ".join(lines) or self.say("none")

    # --- act

    async def take_lease(self) -> None:
        """After the approval and before the fence (law 10)."""
        self.enter("fence")
        self.record.epoch = await self.lease.take("fence", self.record.old)

    async def fence_old(self) -> None:
        self.state.stretch = Stretch.FENCED
        await self.fencing.fence()
        self.lease.did("fence", self.record.old)
        self.mark("fenced")
        self.record.warnings = self.record.warnings[1:]  # nothing of the old side writes any more

    async def verify_data(self, accepted: LossClass) -> None:
        """The replica replays all it has; every dataset passes before the first is promoted (law 17)."""
        self.enter("verify")
        await self.data.drain()
        self.record.estimates = await self.recognition.estimate_losses()
        final = Findings(self.record.evidence, self.record.estimates, self.record.readiness)
        if _worse(final.loss_class, accepted):
            self.enter("approve")
            what = self.say("declare_what", old=self.record.old, new=self.record.new)
            accepted = await self._ask_executives(what, final)
            self.enter("verify")
        await self.data.check(self.record.estimates, accepted)

    async def promote(self) -> None:
        await self.pass_hold()
        self.enter("promote")
        self.state.stretch = Stretch.FORWARD
        labels = ", ".join(self.data.labels)
        await self.lease.intends("promote", labels)
        await self.data.promote(self.lease.epoch)
        self.lease.did("promote", labels)
        self.mark("promoted")

    async def start_services(self) -> None:
        self.enter("start")
        active = asyncio.create_task(self.lease.set_active(self.record.services, self.record.new))
        self.services = ServiceStart(self, self.plan, self.record.new, self.record.services)
        await self.services.up(self.lease.epoch)
        await active
        self.mark("started")

    async def prove_services(self) -> None:
        await asyncio.gather(self.traffic.prove(), self.lease.intends("traffic", self.record.new))
        self.mark("proven")

    async def switch_traffic(self) -> None:
        self.enter("switch")
        await self.traffic.switch(self.lease.epoch)
        self.lease.did("traffic", self.record.new)
        self.mark("switched")

    async def tell_everyone(self) -> None:
        self.enter("tell")
        record = self.record
        seconds = f"{self.now() - record.facts['approved']:.1f}"
        title = self.say("notice_done_title", estate=record.estate, new=record.new)
        body = self.say(
            "notice_done",
            services=", ".join(record.services),
            new=record.new,
            old=record.old,
            seconds=seconds,
            loss=self._loss_line(),
        )
        for audience in ("operators", "executives"):
            self.notifier.tell(audience, title, body)
        for audience in self.plan.notices:
            if audience not in ("operators", "executives"):
                self.notifier.tell(audience, title, self.say("notice_customers"))
        if self.services is not None:
            await self.services.finish()
        await self.fencing.settle()
        self.conclude(State.DONE, self.say("end_done", services=", ".join(record.services), new=record.new))

    # --- ends

    async def undo(self, abort: Aborted) -> None:
        """Abort: before the fence stand down; after it lift the fence, by an approval (law 8)."""
        self.note("order", str(abort))
        self.state.aborted = None
        if self.state.stretch is Stretch.FENCED:
            self.enter("undo")
            self.record.will_do = [self.say("lift_what", old=self.record.old)]
            keeper = self._keeper("declaration")
            question = self._approval_question(self.say("lift_what", old=self.record.old))
            if await keeper.ask(question) is not Verdict.GRANTED:
                self.conclude(
                    State.ABORTED, f"{abort}; {self.record.old} stays fenced, as the approvers said"
                )
                return
            await Lift(self, self.plan, self.record.old).lift()
            self.conclude(State.ABORTED, f"{abort}; the fence of {self.record.old} was lifted")
            return
        self.conclude(State.ABORTED, str(abort))

    def conclude(self, state: State, conclusion: str) -> None:
        self.state.clocks.end(self.now())
        self.record.ended_at = self.now()
        self.record.conclusion = conclusion
        self.record.state = state
        self.note("end", f"{state}: {conclusion}")
        self.show()

    async def close(self) -> None:
        """Give back the lease, tell, archive: none of it can fail the run any more."""
        record = self.record
        if record.state is not State.DONE:
            title = self.say("notice_ended_title", estate=record.estate, state=record.state)
            self.notifier.tell(OPERATORS, title, record.conclusion)
        await self.lease.give_back()
        await self.notifier.finish()
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._archive()

    async def _archive(self) -> None:
        order = ArchiveOrder(
            name=f"{self.record.estate}/{self.record.scenario}/{self.record.run_id}",
            record=self.record.model_dump(mode="json"),
        )
        try:
            await workflow.execute_activity_method(
                ArchiveActivities.archive_run,
                order,
                task_queue=names.queue(self.record.estate, names.CONTROL),
                summary=self.summary("sum_archive"),
                **policies.aside(),
            )
        except ActivityError as error:
            self.note("warning", f"the archive did not take the record: {error.cause}")
            self.show()

    async def on_held(self, hold: Hold) -> None:
        record = self.record
        self.notifier.tell(
            OPERATORS,
            self.say("notice_held_title", estate=record.estate, step=hold.title),
            self.say(
                "notice_held",
                step=hold.title,
                reason=hold.reason,
                run=record.workflow_id,
                step_name=hold.step,
            ),
        )

    @workflow.signal(name="child_report", description="From a child run: what it has done")
    def child_report(self, raw: RawValue = NO_PAYLOAD) -> None:
        report = read_report(raw.payload.data if raw is not None else None)
        if report is None or self.services is None:
            self.state.refuse(self.now(), "signal child_report: not a report of a child of this run")
        else:
            self.services.report(report)


def _worse(found: LossClass, accepted: LossClass) -> bool:
    order = [LossClass.WITHIN, LossClass.OVER, LossClass.UNKNOWN]
    return order.index(found) > order.index(accepted)
