"""The command line against a real Temporal server and real workflows; only what lies beyond workers is fake."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.archive import Archive, ArchiveOrder, Kept
from activities.errors import HostKeyChanged, HostUnreachable
from activities.hosts import PrepareHost
from activities.models import Contact, HostKey, Prepared, Target
from deploy.dev.temporal_server import DevServer
from starter import report_reading, unsealed
from starter.cli import main
from starter.plan_file import load_plan
from tests.workflows.conftest import leave
from tests.workflows.world import Place, World
from worker.main import WORKFLOWS, sandbox
from workflows import names
from workflows.plan import Plan

LAB_PLAN = Path(__file__).parents[2] / "deploy" / "lab" / "plan.yaml"
LONGEST = 20.0  # seconds that a test waits for something to be so
_numbers = itertools.count(1)


@dataclass
class Hosts:
    """What the hosts of a plan show: each one key of its own, and a marker once it was prepared."""

    silent: set[str] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)
    markers: dict[str, int] = field(default_factory=dict)  # label -> epoch

    def key(self, label: str) -> HostKey:
        # "ssh-ed25519" in its length-prefixed form, then 32 bytes that only this host has
        seed = label + (" anew" if label in self.rebuilt else "")
        blob = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + hashlib.sha256(seed.encode()).digest()
        line = f"ssh-ed25519 {base64.b64encode(blob).decode()}"
        return HostKey(line=line, fingerprint=f"SHA256:{hashlib.sha256(blob).hexdigest()[:16]}")


class StarterPlace(Place):
    """The world's activities, hosts that can be met, and an archive that is read again."""

    def __init__(self, world: World, place: str, client: Client, hosts: Hosts, archive: Path) -> None:
        super().__init__(world, place, client)
        self.hosts = hosts
        self.archive = Archive(str(archive))

    @activity.defn
    async def contact_host(self, target: Target) -> Contact:
        self._need(target)
        key = self.hosts.key(target.label)
        if target.host_key is None:
            return Contact(host_keys=[key])
        epoch = self.hosts.markers.get(target.label)
        marker = target.label if epoch is not None else None
        return Contact(host_keys=[key], marker=marker, epoch=epoch, os="Linux")

    @activity.defn
    async def prepare_host(self, order: PrepareHost) -> Prepared:
        self._need(order.target)
        label = order.target.label
        first = label not in self.hosts.markers
        epoch = self.hosts.markers.setdefault(label, order.epoch)
        return Prepared(marker=label, epoch=epoch, first=first, os="Linux")

    @activity.defn
    async def archive_run(self, order: ArchiveOrder) -> Kept:
        return self.archive.write(order.name, order.record)

    def _need(self, target: Target) -> None:
        if target.label in self.hosts.silent:
            raise HostUnreachable(f"{target.label}: no SSH server answers at {target.address}")
        if target.host_key is not None and self.hosts.key(target.label).line not in target.host_key:
            raise HostKeyChanged(f"{target.label}: another key")


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


@dataclass
class Desk:
    """A person's terminal: a plan on disk, and the environment set for a server."""

    plan_file: Path
    plan: Plan
    client: Client
    world: World
    hosts: Hosts
    archive: Path

    @property
    def estate(self) -> str:
        return self.plan.estate

    @property
    def run(self) -> str:
        return names.scenario_id(self.estate, "declaration")

    async def muster(self, *words: str) -> Answer:
        return await asyncio.to_thread(call, *words)

    async def good(self, *words: str) -> str:
        """What a command printed that must succeed."""
        answer = await self.muster(*words)
        assert answer.code == 0, answer
        return answer.out

    @asynccontextmanager
    async def workers(self, *, without: tuple[str, ...] = ()) -> AsyncIterator[None]:
        """Control and both centers, in this process; `without` names dead places."""
        places = [names.CONTROL, *self.plan.centers]
        running = [worker for place in places if place not in without for worker in self._workers(place)]
        tasks = [asyncio.create_task(worker.run()) for worker in running]
        try:
            yield
        finally:
            await leave(running, tasks)

    def _workers(self, place: str) -> list[Worker]:
        queues = [names.queue(self.estate, place)]
        if place != names.CONTROL:
            queues.append(names.jobs_queue(self.estate, place))
        there = StarterPlace(self.world, place, self.client, self.hosts, self.archive)
        return [
            Worker(
                self.client,
                task_queue=queue,
                workflows=WORKFLOWS if place == names.CONTROL else [],
                activities=there.activities(),
                workflow_runner=sandbox(),
            )
            for queue in queues
        ]


def call(*words: str) -> Answer:
    """Run `muster WORDS` in this process. One at a time: stdout is everybody's."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return Answer(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with DevServer(tmp_path_factory.mktemp("temporal") / "temporal.db", ui_port=None) as running:
        yield running


@pytest.fixture(scope="session")
async def client(server: DevServer) -> Client:
    return await Client.connect(server.address, data_converter=pydantic_data_converter)


@pytest.fixture
def desk(server: DevServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The lab's plan under a name that no other test has; a person called sre; nothing asked by this terminal."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", server.address)
    monkeypatch.setenv("MUSTER_USER", "sre")
    monkeypatch.setenv("MUSTER_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("MUSTER_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("MUSTER_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(report_reading, "NEWER_S", LONGEST)  # this server answers, on a busy machine too
    monkeypatch.setattr(unsealed, "HELD_S", LONGEST)
    return make_desk(client, tmp_path)


def make_desk(client: Client, directory: Path) -> Desk:
    text = LAB_PLAN.read_text()
    estate = f"desk-{next(_numbers)}"
    path = directory / "plan.yaml"
    path.write_text(text.replace("estate: hanbit-bank", f"estate: {estate}"))
    loaded = load_plan(path)
    assert loaded.plan is not None and loaded.plan.estate == estate, loaded.problems
    return Desk(path, loaded.plan, client, World(loaded.plan), Hosts(), directory / "archive")


async def until(what: Any, *, within: float = LONGEST) -> Any:
    """Poll an async function until it gives something."""
    async with asyncio.timeout(within):
        while not (found := await what()):
            await asyncio.sleep(0.05)
    return found
