"""The record of a run, from wherever it is to be had: the run itself, its result, or the archive."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus

from activities.archive import Archive
from starter.client import CALL_S, Temporal
from starter.errors import NoServer, NoSuchRun, NoWorker, Refused
from starter.patience import within
from starter.run_ref import RunRef
from workflows.record import RunRecord

ARCHIVE_S = 15.0  # an archive that says nothing for longer is counted as gone


@dataclass(frozen=True)
class Seen:
    """A record and how the server sees its run: `running`, `completed`, `terminated`, … or `archived`."""

    record: RunRecord
    status: str

    @property
    def is_over(self) -> bool:
        return self.status != "running"

    @property
    def ended_badly(self) -> bool:
        """The server ended it, not the scenario itself."""
        return self.status not in ("running", "completed", "archived")


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
    """The archived record of the newest run, or of `#RUNID`; else the run itself.

    The server is asked which run is the newest; without it the archive alone answers (law 15).
    """
    temporal, about, why = await _described(profile, ref)
    run_id = ref.run_id or (about.run_id if about else None)
    if not ref.is_child:
        kept = _archived(archive_url, ref, run_id)
        if kept is not None:
            return Seen(kept, "archived")
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
    except NoServer as why:
        return None, None, why


def _archived(url: str, ref: RunRef, run_id: str | None) -> RunRecord | None:
    """None when it is not kept. `run_id` None: the one that started last."""

    def read() -> RunRecord | None:
        archive = Archive(url)
        wanted = f"{ref.workflow_id}/"
        names = [name for name in archive.names(ref.estate) if name.startswith(wanted)]
        if run_id is not None:
            names = [name for name in names if name == wanted + run_id]
        records = [RunRecord.model_validate(archive.read(name)) for name in names]
        return max(records, key=lambda record: record.started_at, default=None)

    try:
        return within(ARCHIVE_S, read, f"the archive {url} does not answer: name another with --archive")
    except Refused:
        raise
    except FileNotFoundError:
        return None
    except Exception as error:  # fsspec's stores raise whatever their libraries raise
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Refused(f"the archive {url} cannot be read ({why}): name another with --archive") from None
