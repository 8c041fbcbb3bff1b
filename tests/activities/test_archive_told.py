"""What a history says of other runs: children belong to it, a child that outlives it does not."""

from __future__ import annotations

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import ParentClosePolicy
from temporalio.api.history.v1 import (
    ChildWorkflowExecutionStartedEventAttributes,
    HistoryEvent,
    StartChildWorkflowExecutionInitiatedEventAttributes,
)

from activities.archive.history import Told

ABANDON = ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON
CANCEL = ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL


def test_a_child_that_outlives_its_parent_is_a_run_of_its_own() -> None:
    """Law 15: a declaration is exported at its close, though the watch over its fence goes on for weeks."""
    told = Told()
    for number, (policy, name) in enumerate([(ABANDON, "bank/fence/seoul"), (CANCEL, "bank/x/core")]):
        asked = StartChildWorkflowExecutionInitiatedEventAttributes(
            workflow_id=name, parent_close_policy=policy
        )
        told.take(
            HistoryEvent(event_id=number, start_child_workflow_execution_initiated_event_attributes=asked)
        )
        began = ChildWorkflowExecutionStartedEventAttributes(
            initiated_event_id=number, workflow_execution=WorkflowExecution(workflow_id=name, run_id="r")
        )
        told.take(HistoryEvent(event_id=10 + number, child_workflow_execution_started_event_attributes=began))
    assert told.children == [("bank/x/core", "r")]
