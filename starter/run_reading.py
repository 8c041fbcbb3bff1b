"""The record of a run, from wherever it is to be had: the run itself, its result, or the archive."""

from __future__ import annotations

from pydantic import ValidationError
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus

from starter.archive_reading import archived
from starter.client import CALL_S, Temporal
from starter.errors import NoSuchRun, NoWorker, Refused
from starter.run_ref import RunRef
from starter.seen import Seen as Seen
from workflows.record import RunRecord


async def read_run(temporal: Temporal, ref: RunRef) -> Seen:
    """The record of now. Raises NoSuchRun, and NoWorker with what the server knows by itself."""
    about = await temporal.describe(ref.workflow_id, ref.run_id)
    return await read_described(temporal, about)


async def read_described(temporal: Temporal, about: WorkflowExecutionDescription) -> Seen:
    status = status_of(about.status)
    if about.status is WorkflowExecutionStatus.COMPLETED and about.workflow_type != "ServiceRun":
        record = await _result(temporal, about)
    else:
        record = await _asked(temporal, about)
    return Seen(record, status)


def status_of(status: WorkflowExecutionStatus | None) -> str:
    """In lower-case words: `running`, `timed out`."""
    return status.name.lower().replace("_", " ") if status is not None else "unknown"


async def _result(temporal: Temporal, about: WorkflowExecutionDescription) -> RunRecord:
    """The record that the run gave back: no worker is needed for it."""
    handle = temporal.client.get_workflow_handle(about.id, run_id=about.run_id, result_type=RunRecord)
    try:
        found: RunRecord = await temporal.bounded(handle.result(follow_runs=False), about.id, CALL_S)
    except (ValidationError, TypeError, RuntimeError):
        raise Refused(f"{about.id} is no run of a scenario: `muster list --all` shows those") from None
    return found


async def _asked(temporal: Temporal, about: WorkflowExecutionDescription) -> RunRecord:
    try:
        return await temporal.query(about.id, about.run_id, "record", RunRecord)
    except NoWorker as silence:
        raise NoWorker(f"{silence} (the server's own record: {known_without_worker(about)})") from None


def known_without_worker(about: WorkflowExecutionDescription) -> str:
    """What search attributes tell when nobody answers for a run."""
    attributes = {pair.key.name: pair.value for pair in about.typed_search_attributes}
    words = [status_of(about.status)]
    if phase := attributes.get("MusterPhase"):
        words.append(f"phase {phase}")
    if waits := attributes.get("MusterWaitsFor"):
        words.append(f"waits for {waits}")
    return ", ".join(words)


async def read_for_report(profile: str | None, archive_url: str, ref: RunRef) -> Seen:
    """The archived record of `#RUNID`, for which no server is asked; or of the newest run; else the run itself.

    Only the server knows which run is the newest; without it the archive alone answers (law 15).
    """
    if ref.run_id and not ref.is_child and (kept := archived(archive_url, ref, ref.run_id)) is not None:
        return kept
    temporal, about, why = await _described(profile, ref)
    run_id = ref.run_id or (about.run_id if about else None)
    if not ref.is_child and (kept := archived(archive_url, ref, run_id)) is not None:
        return kept
    if temporal is None or about is None:
        raise why or NoSuchRun(f"there is no run {ref}: neither at the server nor in {archive_url}")
    return await read_described(temporal, about)


async def _described(
    profile: str | None, ref: RunRef
) -> tuple[Temporal | None, WorkflowExecutionDescription | None, Refused | None]:
    try:
        temporal = await Temporal.connect(profile)
        return temporal, await temporal.describe(ref.workflow_id, ref.run_id), None
    except NoSuchRun:
        return None, None, None
    except Refused as why:  # whatever is wrong with the server, the archive may have it
        return None, None, why
