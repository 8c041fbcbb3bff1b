"""The parent's side of bringing services up or down: one child for each service, and what they need of one another."""

from __future__ import annotations

import asyncio
import contextlib

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.workflow import ChildWorkflowHandle, ParentClosePolicy

from workflows.scenario.scenario import Scenario, Step
from workflows.service_run import ServiceRun

with workflow.unsafe.imports_passed_through():
    from activities.models import Outcome, StepResult
    from workflows import names, slices
    from workflows.orders import ChildReport, Ready, Relayed, ServiceOrder
    from workflows.pages.markdown import code, line
    from workflows.plan import Plan
    from workflows.run.record import ChildRecord, State

# Hosts that are started side by side, of all services: fewer than a center's worker has slots for (worker/settings.py),
# for work that waits for one longer than `policies.change` allows counts as failed.
AT_ONCE = 40
ATTEMPTS_OF_A_CHILD = 1000  # attempts count on over the children of a service
STRAGGLERS_WITHIN = (
    600.0  # seconds for hosts that a run could do without: a start in its middle is not called off
)


class ServiceStart:
    """The services of a run, brought up at one center."""

    def __init__(self, scenario: Scenario, plan: Plan, center: str, services: list[str]) -> None:
        self._scenario = scenario
        self._plan = plan
        self._center = center
        self._services = services
        self._reports: dict[str, ChildReport] = {}
        self._handles: dict[str, ChildWorkflowHandle[ServiceRun, ChildReport]] = {}
        self._awaited: dict[str, set[str]] = {}  # service -> what it needs of others and was not told yet
        self._starts: dict[str, int] = {}  # how often the child of a service was started
        self._children: list[asyncio.Task[None]] = []
        self._relays: list[asyncio.Task[None]] = []
        self._ready: set[str] = set()  # labels of components that others may build on
        self._given_up: set[str] = set()  # services that an operator skipped or forced
        self._held: set[tuple[str, str, float]] = set()  # holds of children that were told: run, step, since
        self._nonce = str(workflow.uuid4())
        self._let_go = False  # the run is over: a child that ends now concerns nobody

    async def up(self, epoch: int) -> None:
        """Until every service has enough of every component. Stragglers go on beside the run."""
        orders = [self._order(service, epoch) for service in self._services]
        self._awaited = {order.service: _needs_of_others(order) for order in orders}
        self._children = [asyncio.create_task(self._child(order)) for order in orders]
        self._relays.append(asyncio.create_task(self._relay_hold()))
        await self._scenario.until(lambda: all(self._is_up(service) for service in self._services))
        for since, until in self._settled():
            self._scenario.state.clocks.settled(since, until)

    async def finish(self) -> None:
        """Wait a while for the hosts that were not needed to go on; what is not up then is let go, not held."""
        await self._scenario.until(
            self._is_over, timeout=STRAGGLERS_WITHIN, summary=self._scenario.summary("sum_stragglers")
        )
        self._let_go = True
        for task in [*self._children, *self._relays]:
            task.cancel()

    def report(self, report: ChildReport) -> bool:
        """Take what a child says; it is shown, and passed on to the siblings that need it.

        False: no child of this run said it.
        """
        service = report.child.workflow_id.removeprefix(f"{self._scenario.record.workflow_id}/")
        if service not in self._services or report.nonce != self._nonce:
            return False
        known = self._reports.get(service)
        if known is None or known.number < report.number:
            self._reports[service] = report
            self._ready |= set(report.ready)
            self._scenario.record.child(report.child)
            self._tell_held(report.child)
            self._scenario.show()
            self._tell_all()
        return True

    def _tell_held(self, child: ChildRecord) -> None:
        """Each hold once: a report comes for every change of a child."""
        for wait in child.waits:
            held = (child.workflow_id, wait.name, wait.since)
            if wait.kind == "step" and held not in self._held:
                self._held.add(held)
                self._scenario.on_child_held(child.workflow_id, wait)

    def _tell_all(self) -> None:
        self._relays += [asyncio.create_task(self._tell(service)) for service in self._handles]

    async def _tell(self, service: str) -> None:
        """What others have ready and this one waits for; each label once."""
        news = sorted(self._ready & self._awaited[service])
        self._awaited[service] -= self._ready
        if news:
            await _signal(self._handles[service], "ready", Ready(nonce=self._nonce, labels=news))

    def _settled(self) -> list[tuple[float, float]]:
        """When some host was waiting between two confirming looks."""
        steps = [step for report in self._reports.values() for step in report.child.steps]
        return sorted(
            (step.ended_at - step.settle_s, step.ended_at) for step in steps if step.ended_at is not None
        )

    def _is_over(self) -> bool:
        return all(task.done() for task in self._children)

    def _is_up(self, service: str) -> bool:
        report = self._reports.get(service)
        return service in self._given_up or (report is not None and report.all_ready)

    def _order(self, service: str, epoch: int) -> ServiceOrder:
        record = self._scenario.record
        return slices.service_order(
            self._plan,
            service,
            self._center,
            self._services,
            up=True,
            epoch=epoch,
            parent_id=record.workflow_id,
            started_by=record.started_by,
            reason=record.reason,
            plan_hash=record.plan_hash,
            first_run_id=workflow.info().first_execution_run_id,
        ).model_copy(update={"nonce": self._nonce, "at_once": max(1, AT_ONCE // len(self._services))})

    async def _child(self, order: ServiceOrder) -> None:
        """A child that ends otherwise than well holds the run; a retry starts it again, and it finds what is up."""
        title = self._scenario.say("step_service", service=order.service, center=order.center)
        proof = "forced_proof" if order.is_proven else "forced_unproven"
        if_forced = self._scenario.say(proof, service=order.service)
        step = Step(f"service-{order.service}", title, if_forced=if_forced)
        while True:
            await self._scenario.pass_hold()
            result: StepResult | None = await self._run_child(order)
            while result is not None and not result.outcome.is_good:
                if self._let_go:
                    return
                held = await self._scenario.hold(step, result.summary)
                attempt = self._starts[order.service]
                result = await self._scenario.follow(step, held, attempt, result.summary)
                if result is not None and result.outcome.is_good:
                    self._go_on_without(order)
            if result is not None:
                return

    def _go_on_without(self, order: ServiceOrder) -> None:
        """The service is over as an operator ordered; what others need of it is not waited for any more."""
        self._given_up.add(order.service)
        self._ready |= {part.label for part in order.components}
        self._tell_all()

    async def _run_child(self, order: ServiceOrder) -> StepResult:
        record = self._scenario.record
        before = self._starts.get(order.service, 0)
        self._starts[order.service] = before + 1
        order = order.model_copy(
            update={
                "attempts_before": before * ATTEMPTS_OF_A_CHILD,
                "paused_by": self._scenario.state.paused_by,
            }
        )
        self._reports.pop(order.service, None)  # of a child before this one, which counted for itself
        try:
            handle = await workflow.start_child_workflow(
                ServiceRun.run,
                order,
                id=names.service_run_id(record.workflow_id, order.service),
                parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
                # A run that was reset finds the children of its former self; they end, their jobs are joined.
                id_reuse_policy=WorkflowIDReusePolicy.TERMINATE_IF_RUNNING,
                static_summary=self._scenario.summary(
                    "step_service", service=order.service, center=order.center
                )
                + f" · {record.estate}",
                static_details=f"{line(record.reason)}\n\n{code(record.workflow_id)}",
            )
            self._handles[order.service] = handle
            if order.paused_by != self._scenario.state.paused_by:  # while it was being started
                await _signal(handle, "relayed", self._relayed())
            record.child(ChildRecord(workflow_id=handle.id, title=f"{order.service} up at {order.center}"))
            self._awaited[order.service] = _needs_of_others(order)
            await self._tell(order.service)
            self.report(await handle)
        except FailureError as error:
            self._forget_waits(names.service_run_id(record.workflow_id, order.service))
            return StepResult(outcome=Outcome.UNKNOWN, summary=f"its run ended: {error.cause or error}")
        return StepResult(outcome=Outcome.DONE, summary="up")

    def _forget_waits(self, run: str) -> None:
        """A run that was ended from outside waits for nobody, whatever it said last."""
        record = self._scenario.record
        for child in record.children:
            if child.workflow_id == run:
                record.child(child.model_copy(update={"state": State.TERMINATED, "waits": []}))

    async def _relay_hold(self) -> None:
        """An operator's hold of the run holds its children too."""
        while True:
            by = self._scenario.state.paused_by
            await workflow.wait_condition(lambda by=by: self._scenario.state.paused_by != by)  # type: ignore[misc]
            message = self._relayed()
            for service, handle in list(self._handles.items()):
                report = self._reports.get(service)
                if report is None or not report.child.state.is_end:
                    await _signal(handle, "relayed", message)

    def _relayed(self) -> Relayed:
        why = f"of the run {self._scenario.record.workflow_id}"
        return Relayed(nonce=self._nonce, by=self._scenario.state.paused_by, reason=why)


def _needs_of_others(order: ServiceOrder) -> set[str]:
    own = {part.label for part in order.components}
    return {label for part in order.components for label in part.needs} - own


async def _signal(handle: ChildWorkflowHandle[ServiceRun, ChildReport], name: str, argument: object) -> None:
    """A child that is over needs to be told nothing."""
    with contextlib.suppress(ApplicationError):
        await handle.signal(name, argument)
