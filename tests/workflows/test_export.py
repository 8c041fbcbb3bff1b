"""The export after the close: whole or not at all, the same each time, whatever the run ended by (laws 15, 18)."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.worker import Replayer

from activities.archive import Archive, ArchiveOrder, ExportOrder, RunExporter, why_not_whole
from activities.errors import ArchiveAway, HistoryGone, RunGoesOn
from activities.models.estate import Obligation
from tests.histories.test_replay import replayer
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide, seen, start, wait_of
from tests.workflows.world import World
from worker.sweeping import sweep
from workflows import names
from workflows.declaration import Declaration
from workflows.epilogue import closed_from_outside
from workflows.orders import ScenarioOrder
from workflows.plan import Plan, snapshot
from workflows.run.record import RunRecord, State

DEVICE = "fence edge"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "archive"))


@pytest.fixture
def exporter(client: Client, archive: Archive) -> RunExporter:
    return RunExporter(client, archive, closed_from_outside)


def files(archive: Archive) -> dict[str, bytes]:
    root = Path(archive.url)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def record_of(archive: Archive, name: str) -> RunRecord:
    return RunRecord.model_validate(archive.read(name))


def history(data: bytes) -> Any:
    return json.loads(gzip.decompress(data))


async def test_a_run_its_children_and_an_index(
    client: Client, plan: Plan, world: World, archive: Archive, exporter: RunExporter, tmp_path: Path
) -> None:
    """Law 15: record and histories of a run and of its children, each with its digest; again is the same bytes."""
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await approve(run, "kim", "lee")
        result = await run.result()
        exported = await exporter.export(ExportOrder(workflow_id=run.id))
    first = files(archive)
    index = archive.index(exported.name)
    assert index is not None and why_not_whole(archive, exported.name) is None
    assert index.ending.status == "completed" and not exported.already
    kinds = [(kept.why, kept.kind) for kept in index.runs]
    assert kinds[0] == ("run", "Declaration") and ("child", "ServiceRun") in kinds
    assert len(kinds) == 1 + len(result.children)
    assert set(first) == {
        f"{exported.name}/{path}" for path in ["index.json", *(file.path for file in index.files)]
    }
    assert archive.read(exported.name) == ArchiveOrder.model_validate_json(await _kept_by(run)).record
    again = await exporter.export(ExportOrder(workflow_id=run.id, run_id=result.run_id))
    assert again.already and again.digest == exported.digest and files(archive) == first
    elsewhere = Archive(str(tmp_path / "elsewhere"))
    await RunExporter(client, elsewhere, closed_from_outside).export(ExportOrder(workflow_id=run.id))
    assert files(elsewhere) == first


async def test_what_lay_there_before_the_seal(
    client: Client, plan: Plan, world: World, archive: Archive, exporter: RunExporter, tmp_path: Path
) -> None:
    """Laws 15, 18: a record that its run did not write is not sealed, and an index that a crash cut is made again."""
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run, severity="minor")
        result = await run.result()
    kept = ArchiveOrder.model_validate_json(await _kept_by(run))
    for forged in (kept.record | {"conclusion": "nothing happened"}, kept.record | {"run_id": "another"}):
        archive = Archive(str(tmp_path / f"archive-{forged['run_id']}"))
        archive.write(kept.name, forged)
        exporter = RunExporter(client, archive, closed_from_outside)
        exported = await exporter.export(ExportOrder(workflow_id=run.id))
        assert archive.read(kept.name) == kept.record and why_not_whole(archive, kept.name) is None
    assert RunRecord.model_validate(kept.record).state is result.state
    first = files(archive)
    os.truncate(Path(archive.url) / exported.name / "index.json", 100)
    again = await exporter.export(ExportOrder(workflow_id=run.id))
    assert not again.already and again.seal == exported.seal and files(archive) == first


async def _kept_by(run: WorkflowHandle[Any, Any]) -> bytes:
    """What the run gave to the archive."""
    scheduled = [event.activity_task_scheduled_event_attributes async for event in run.fetch_history_events()]
    return next(one.input.payloads[0].data for one in scheduled if one.activity_type.name == "archive_run")


async def test_what_is_kept_can_be_replayed(
    client: Client, plan: Plan, world: World, archive: Archive, exporter: RunExporter
) -> None:
    """Law 15: an exported history is a history: the replayer takes it, event for event."""
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run, severity="minor")
        await run.result()
        exported = await exporter.export(ExportOrder(workflow_id=run.id))
    index = archive.index(exported.name)
    assert index is not None
    kept = history((Path(archive.url) / exported.name / index.runs[0].path).read_bytes())
    whole = await run.fetch_history()
    assert kept == json.loads(whole.to_json()) and len(kept["events"]) == index.runs[0].events
    assert isinstance(replayer(), Replayer)
    await replayer().replay_workflow(WorkflowHistory.from_json(run.id, kept))


async def test_a_terminated_run(
    client: Client, plan: Plan, world: World, archive: Archive, exporter: RunExporter, tmp_path: Path
) -> None:
    """Laws 15, 18: its record is rebuilt up to the end: who, when, why, what it waited for, what is left undone."""
    duty = Obligation(
        id="fence/seoul",
        kind="fence",
        target="seoul",
        workflow_id="w",
        first_run_id="r",
        epoch=2,
        since=1.0,
        note="edge, power",
    )
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await wait_of(run, "declaration")
        with pytest.raises(RunGoesOn):
            await exporter.export(ExportOrder(workflow_id=run.id))
        assert not files(archive)
        await run.terminate(reason="no disaster, a drill of the press office")
        order = ExportOrder(workflow_id=run.id, undone=[duty])
        forged = {"workflow_id": run.id, "run_id": run.result_run_id, "conclusion": "nothing happened"}
        archive.write(f"{run.id}/{run.result_run_id}", forged)
        exported = await exporter.export(order)
        first = files(archive)
        elsewhere = Archive(str(tmp_path / "elsewhere"))
        elsewhere.write(exported.name, archive.read(exported.name))
        await RunExporter(client, elsewhere, closed_from_outside).export(ExportOrder(workflow_id=run.id))
        assert files(elsewhere) == first, "an export that knows of nothing undone takes no warning away"
    record = record_of(archive, exported.name)
    index = archive.index(exported.name)
    assert index is not None and index.ending.status == "terminated" and index.ending.by
    assert record.state is State.TERMINATED and record.ended_at == index.ending.at
    assert index.ending.by in record.conclusion and "a drill of the press office" in record.conclusion
    assert not record.waits and all(phase.ended_at is not None for phase in record.phases)
    assert any(
        "Executive approval" in entry.text or "임원진 승인" in entry.text for entry in record.journal[-2:]
    )
    assert record.rounds[-1].gate == "declaration" and record.rounds[-1].closed
    assert any("fence seoul (edge, power)" in warning for warning in record.warnings)


async def test_a_run_that_no_worker_ever_took(
    client: Client, plan: Plan, archive: Archive, exporter: RunExporter
) -> None:
    """Law 15: terminated before its first step, it still has a record: who started it, and who ended it."""
    run = await start(client, plan)
    await run.terminate(reason="not needed")
    exported = await exporter.export(ExportOrder(workflow_id=run.id))
    record = record_of(archive, exported.name)
    assert (record.state, record.started_by, record.reason) == (State.TERMINATED, "sre", "seoul is dark")
    assert record.scenario == "declaration" and record.plan_hash and record.warnings


async def test_an_archive_that_is_away(
    client: Client, plan: Plan, world: World, tmp_path: Path, exporter: RunExporter, archive: Archive
) -> None:
    """Law 15: nothing is written by halves; when the archive is back, all of it is."""
    broken = tmp_path / "a-file"
    broken.write_text("")
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run, severity="minor")
        await run.result()
        away = RunExporter(client, Archive(str(broken)), closed_from_outside)
        with pytest.raises(ArchiveAway, match=str(broken)):
            await away.export(ExportOrder(workflow_id=run.id))
        torn = RunExporter(client, _Full(archive.url), closed_from_outside)
        with pytest.raises(ArchiveAway):
            await torn.export(ExportOrder(workflow_id=run.id))
        name = next(iter(archive.names(plan.estate)))
        assert archive.index(name) is None and why_not_whole(archive, name) is not None
        assert not [path for path in files(archive) if path.endswith(".tmp")]
        await exporter.export(ExportOrder(workflow_id=run.id))
    assert why_not_whole(archive, name) is None


class _Full(Archive):
    def put(self, name: str, path: str, local: Path) -> None:
        raise OSError("No space left on device")


async def test_a_run_that_nobody_keeps(exporter: RunExporter) -> None:
    """Trying for ever would help nobody."""
    with pytest.raises(HistoryGone):
        await exporter.export(ExportOrder(workflow_id="nowhere/declaration"))


async def test_a_reset_chain(
    client: Client, plan: Plan, world: World, archive: Archive, exporter: RunExporter
) -> None:
    """Laws 15, 18: the run that was reset is told as ended by the reset; the one that goes on from it has both."""
    async with workers(client, world, without=("seoul",)):
        await apply(client, plan)
        run = await start(client, plan)
        await decide(run)
        await wait_of(run, "declaration")
        before = (await run.describe()).run_id
        after = await reset(client, run.id, before)
        newest = client.get_workflow_handle(run.id, run_id=after)
        await seen(newest, _awaits("severity"))
        await decide(newest, severity="minor")
        await newest.result()
        old = await exporter.export(ExportOrder(workflow_id=run.id, run_id=before))
        new = await exporter.export(ExportOrder(workflow_id=run.id, run_id=after))
    assert record_of(archive, old.name).state is State.TERMINATED
    assert record_of(archive, new.name).state is State.STOOD_DOWN
    index = archive.index(new.name)
    assert index is not None and [(one.why, one.run_id) for one in index.runs] == [
        ("run", after),
        ("earlier", before),
    ]


def _awaits(name: str) -> Callable[[RunRecord], bool]:
    return lambda record: any(wait.name == name for wait in record.waits)


async def reset(client: Client, workflow_id: str, run_id: str) -> str:
    """A reset to the end of the first workflow task. Returns the new run's id."""
    from temporalio.api.common.v1 import WorkflowExecution
    from temporalio.api.enums.v1 import EventType
    from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

    handle = client.get_workflow_handle(workflow_id, run_id=run_id)
    events = [event async for event in handle.fetch_history_events()]
    first = next(
        event.event_id for event in events if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )
    answer = await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=run_id),
            reason="a test",
            request_id=run_id,
            workflow_task_finish_event_id=first,
        )
    )
    return answer.run_id


async def test_whatever_closed_is_found(
    client: Client, plan: Plan, world: World, archive: Archive, exporter: RunExporter, tmp_path: Path
) -> None:
    """Law 15: nobody has to name a run for its export; one that did not succeed is tried again by the next sweep."""
    attributes = TypedSearchAttributes(
        [SearchAttributePair(names.ESTATE, plan.estate), SearchAttributePair(names.SCENARIO, "declaration")]
    )
    run = await client.start_workflow(
        Declaration.run,
        ScenarioOrder(plan=snapshot(plan), started_by="sre", reason="seoul is dark"),
        id=names.scenario_id(plan.estate, "declaration"),
        task_queue=names.queue(plan.estate, names.CONTROL),
        search_attributes=attributes,
    )
    broken = tmp_path / "a-file"
    broken.write_text("")
    known: set[str] = set()
    async with workers(client, world, without=("seoul",)):
        await sweep(client, exporter, plan.estate, known)
        assert not known and not files(archive)
        await run.terminate(reason="not needed")
        await _listed(client, run.id)
        await sweep(client, exporter, plan.estate, known)
        assert not known, "it is left to the Estate for a while"
        away = RunExporter(client, Archive(str(broken)), closed_from_outside)
        await sweep(client, away, plan.estate, known, left_s=0.0)
        assert not known
        await sweep(client, exporter, plan.estate, known, left_s=0.0)
    assert known == {run.result_run_id} and why_not_whole(archive, f"{run.id}/{run.result_run_id}") is None


async def _listed(client: Client, workflow_id: str) -> None:
    """The server's list lags behind what is so."""
    query = f"WorkflowId = '{workflow_id}' AND ExecutionStatus = 'Terminated'"
    for _ in range(100):
        if [run async for run in client.list_workflows(query)]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("never listed")
