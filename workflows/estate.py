"""The Estate: what is true of an estate beyond any run: active centers, epoch, lease (laws 5, 10, 11).

One small long-lived workflow for each estate. Scenarios ask it by updates, through an activity; each update carries
an id of its own, so asking twice is asking once. `acquire` never waits: it grants or says who holds.
"""

from __future__ import annotations

from pydantic import BaseModel, Field
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.models.estate import (
        Acquire,
        Action,
        Granted,
        Lease,
        Registration,
        Release,
        SampleTarget,
        SetActive,
    )
    from workflows import names

KEPT_ACTIONS = 200  # of irreversible steps; older ones are in the reports


class EstateState(BaseModel):
    """Carried from run to run. `active`: center of each service."""

    estate: str
    plan_hash: str = ""
    plan_data: str = ""
    applied_at: float = 0.0
    active: dict[str, str] = Field(default_factory=dict)
    epoch: int = 0
    lease: Lease | None = None
    actions: list[Action] = Field(default_factory=list)
    sampling: dict[str, list[SampleTarget]] = Field(default_factory=dict)  # active center -> its writers


@workflow.defn(name="Estate")
class Estate:
    @workflow.init
    def __init__(self, state: EstateState) -> None:
        self.state = state

    @workflow.run
    async def run(self, state: EstateState) -> None:
        self._show()
        await workflow.wait_condition(lambda: workflow.info().is_continue_as_new_suggested())
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(self.state)

    @workflow.update(name="register")
    async def register(self, registration: Registration) -> EstateState:
        """Take over a plan. Services that are known keep their active center; new ones begin where they live."""
        state = self.state
        if not state.epoch:
            state.epoch = 1
        state.plan_hash = registration.plan_hash
        state.plan_data = registration.plan_data
        state.applied_at = workflow.now().timestamp()
        state.sampling = registration.sampling
        state.active = {
            service: state.active.get(service, home) for service, home in registration.homes.items()
        }
        self._show()
        return state

    @workflow.update(name="acquire")
    async def acquire(self, ask: Acquire) -> Granted:
        """The exclusive lease, with a new epoch; or who holds it. The same holder gets what it has."""
        held = self.state.lease
        if held and (held.workflow_id, held.first_run_id) == (ask.workflow_id, ask.first_run_id):
            return Granted(granted=True, epoch=held.epoch, holder=held)
        # A run's id is its lock: an earlier run of the same id is over.
        is_over = held is not None and (held == ask.over or held.workflow_id == ask.workflow_id)
        if held and not is_over:
            return Granted(granted=False, epoch=self.state.epoch, holder=held)
        self.state.epoch += 1
        self.state.lease = Lease(
            workflow_id=ask.workflow_id,
            first_run_id=ask.first_run_id,
            scenario=ask.scenario,
            reason=ask.reason,
            since=workflow.now().timestamp(),
            epoch=self.state.epoch,
        )
        if ask.what:
            self._keep(
                Action(
                    estate=ask.estate,
                    workflow_id=ask.workflow_id,
                    first_run_id=ask.first_run_id,
                    epoch=self.state.epoch,
                    what=ask.what,
                    target=ask.target,
                    stage="intent",
                    at=workflow.now().timestamp(),
                )
            )
        self._show()
        return Granted(granted=True, epoch=self.state.epoch, holder=self.state.lease, over=held)

    @workflow.update(name="release")
    async def release(self, ask: Release) -> bool:
        """Give the lease back; another's lease stays. Returns whether it was this run's."""
        held = self.state.lease
        mine = bool(held and (held.workflow_id, held.first_run_id) == (ask.workflow_id, ask.first_run_id))
        if mine:
            self.state.lease = None
            self._show()
        return mine

    @workflow.update(name="record")
    async def record(self, action: Action) -> None:
        """An intent before, a result after an irreversible step (law 10)."""
        self._keep(action)
        self._show()

    @workflow.update(name="set_active")
    async def set_active(self, change: SetActive) -> dict[str, str]:
        """The active center of services, by the holder of the lease alone."""
        held = self.state.lease
        if held is None or held.epoch != change.epoch:
            return self.state.active
        self.state.active = {**self.state.active, **dict.fromkeys(change.services, change.center)}
        self._show()
        return self.state.active

    @workflow.query(name="state")
    def state_query(self) -> EstateState:
        return self.state

    @workflow.query(name="sampling")
    def sampling_query(self) -> list[SampleTarget]:
        """The writers of now, to be sampled from outside their center."""
        return [
            target
            for targets in self.state.sampling.values()
            for target in targets
            if self.state.active.get(target.side.service) == target.side.center
        ]

    def _keep(self, action: Action) -> None:
        self.state.actions = [*self.state.actions, action][-KEPT_ACTIONS:]

    def _show(self) -> None:
        state = self.state
        lines = [f"# Estate {state.estate}", f"epoch **{state.epoch}** · plan `{state.plan_hash[:12]}`"]
        lines += [f"- {service}: **{center}**" for service, center in sorted(state.active.items())]
        held = state.lease
        lines.append(f"lease: **{held.workflow_id}** ({held.reason})" if held else "lease: free")
        workflow.set_current_details("\n\n".join(lines))
        workflow.upsert_search_attributes([names.ESTATE.value_set(state.estate)])
