"""The state with which a run begins that answers to the people of a plan."""

from __future__ import annotations

from temporalio import workflow

from workflows.scenario.proving import proofs_of

with workflow.unsafe.imports_passed_through():
    from workflows.plan import Plan
    from workflows.run.absences import Absences
    from workflows.run.record import RunRecord
    from workflows.run.run import Run


def first_state(scenario: str, plan: Plan, plan_hash: str, *, started_by: str, reason: str) -> Run:
    """Of the run that asks for it, by its own ids and time."""
    info = workflow.info()
    record = RunRecord(
        scenario=scenario,
        estate=plan.estate,
        workflow_id=info.workflow_id,
        run_id=info.run_id,
        plan_hash=plan_hash,
        started_by=started_by,
        reason=reason,
        started_at=workflow.now().timestamp(),
        language=plan.language,
        timezone=plan.timezone,
        rto_s=plan.objectives.rto,
        rpo_s=plan.objectives.rpo,
    )
    absences = Absences(plan.people, plan.timezone)
    return Run(record, frozenset(plan.people), proofs=proofs_of(plan), absences=absences)
