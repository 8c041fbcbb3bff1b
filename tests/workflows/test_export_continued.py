"""Runs that were continued as new, and those that outlive their parent: all of them in the archive (law 15).

A server of its own lets every run grow old after a few events; what continues is the code that does so in a year.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.archive import Archive, Ending, KeptFile, RunExporter, why_not_whole
from activities.archive.gathered import MOST_EARLIER, Gathered
from activities.archive.history import Told
from deploy.dev.temporal_server import DevServer
from tests.starter.conftest import call, until
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import approve, decide
from tests.workflows.test_fence_watch import power_on, watch_of, watched
from tests.workflows.world import World
from worker.sweeping import sweep
from workflows import names
from workflows.declaration import Declaration
from workflows.epilogue import closed_from_outside
from workflows.orders import ScenarioOrder
from workflows.plan import Plan, snapshot
from workflows.run.record import RunRecord, State

OLD_AFTER = 40  # events


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    database = tmp_path_factory.mktemp("temporal") / "temporal.db"
    settings = (f"limit.historyCount.suggestContinueAsNew={OLD_AFTER}",)
    with DevServer(database, ui_port=None, settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
async def client(server: DevServer) -> Client:
    return await Client.connect(server.address, data_converter=pydantic_data_converter)


@pytest.fixture
def plan(plan: Plan) -> Plan:
    seoul = plan.centers["seoul"].model_copy(update={"fence_watch": 0.5})
    return plan.model_copy(update={"centers": {**plan.centers, "seoul": seoul}})


async def declared(client: Client, plan: Plan) -> RunRecord:
    """A declaration that is over, found by the server as those of the command line are."""
    attributes = [
        SearchAttributePair(names.ESTATE, plan.estate),
        SearchAttributePair(names.SCENARIO, "declaration"),
    ]
    run = await client.start_workflow(
        Declaration.run,
        ScenarioOrder(plan=snapshot(plan), started_by="sre", reason="seoul is dark"),
        id=names.scenario_id(plan.estate, "declaration"),
        task_queue=names.queue(plan.estate, names.CONTROL),
        search_attributes=TypedSearchAttributes(attributes),
    )
    await decide(run)
    await approve(run, "kim", "lee")
    return await run.result()


async def grown_old(client: Client, plan: Plan, world: World) -> list[str]:
    """The runs of the watch over seoul: one that was continued, and the one that goes on."""
    watch = watch_of(client, plan)
    first = (await watch.describe()).run_id
    while (last := (await watch.describe()).run_id) == first:
        await watched(watch, lambda r: len(r.evidence) == 2)
        power_on(world)
        await watched(watch, lambda r: "closed_again" in r.facts)
        await asyncio.sleep(0.3)
    return [first, last]


async def exported(client: Client, plan: Plan, archive: Archive, wanted: set[str]) -> set[str]:
    """What sweeps bring whole into the archive, once the server's list has caught up."""
    exporter = RunExporter(client, archive, closed_from_outside)
    known: set[str] = set()

    async def all_of_them() -> bool:
        await sweep(client, exporter, plan.estate, known, left_s=0.0)
        return all(
            archive.is_sealed(name) for name in wanted
        )  # its record is there before the folder is whole

    await until(all_of_them)
    return set(archive.names(plan.estate))


async def test_a_run_its_children_and_what_goes_on_after_it(
    client: Client, plan: Plan, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 15: a declaration, its services, the watch that outlives it and was continued: each is kept and reported."""
    archive = Archive(str(tmp_path / "archive"))
    async with workers(client, world):
        await apply(client, plan)
        record = await declared(client, plan)
        first, last = await grown_old(client, plan, world)
    await watch_of(client, plan).terminate(reason="a failback, by hand")
    estate, watch = names.estate_id(plan.estate), names.fence_watch_id(plan.estate, "seoul")
    chain = await continued(client, estate)
    declaration = f"{record.workflow_id}/{record.run_id}"
    wanted = {declaration, f"{watch}/{first}", f"{watch}/{last}", *(f"{estate}/{run}" for run in chain)}
    async with workers(client, world):
        kept = await exported(client, plan, archive, wanted)
    assert {name for name in kept if not name.startswith(estate)} == {
        name for name in wanted if not name.startswith(estate)
    }
    assert {why_not_whole(archive, name) for name in kept} == {None}
    assert runs_in(archive, declaration) == {("run", "Declaration"), ("child", "ServiceRun")}
    assert runs_in(archive, f"{watch}/{last}") == {("run", "FenceWatch"), ("earlier", "FenceWatch")}
    earlier = RunRecord.model_validate(archive.read(f"{watch}/{first}"))
    assert (earlier.state, earlier.run_id) == (State.CONTINUED, first) and last in earlier.conclusion

    monkeypatch.setenv("MUSTER_ARCHIVE", archive.url)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    newest = await asyncio.to_thread(call, "report", watch)
    assert newest.code == 0 and f"#{last}, sealed" in newest.err and "a failback, by hand" in newest.out
    before = await asyncio.to_thread(call, "report", f"{watch}#{first}")
    assert before.code == 0 and f"goes on as run {last}" in before.out
    own = await asyncio.to_thread(call, "report", record.workflow_id)
    assert own.code == 0 and all(service in own.out for service in plan.services)

    told = [await asyncio.to_thread(call, "report", f"{estate}#{run}") for run in chain]
    assert all(answer.code == 0 and ", sealed" in answer.err for answer in told)
    assert any("fence seoul: done" in answer.out for answer in told), "what was recorded with the Estate"
    assert "goes on as run" in told[0].out and runs_in(archive, f"{estate}/{chain[0]}") == {("run", "Estate")}


async def continued(client: Client, workflow_id: str) -> list[str]:
    """The runs of an id that were continued, the oldest first."""
    newest = client.get_workflow_handle(workflow_id)
    chain: list[str] = []
    run_id = (await newest.describe()).run_id
    while run_id:
        history = client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history_events(page_size=1)
        begun = await anext(history)
        run_id = begun.workflow_execution_started_event_attributes.continued_execution_run_id
        chain = [run_id, *chain] if run_id else chain
    return chain


def test_a_chain_that_goes_on_for_years(tmp_path: Path) -> None:
    """Law 15: what goes with one run of an Estate has a bound; each of the others has a folder of its own."""
    gathered, taken = Gathered("bank/estate", "run-0"), 0
    while (one := gathered.next()) is not None:
        number = int(one.run_id.partition("-")[2])
        ending = Ending(status="continued", at=1.0, next_run=f"run-{number - 1}")
        told = Told(kind="Estate", ending=ending, earlier=[f"run-{number + 1}"])
        gathered.take(one, told, KeptFile(path=one.path, sha256="", size=0))
        taken += 1
    assert taken == 1 + MOST_EARLIER


def runs_in(archive: Archive, name: str) -> set[tuple[str, str]]:
    index = archive.index(name)
    assert index is not None and not index.missing
    return {(one.why, one.kind) for one in index.runs}
