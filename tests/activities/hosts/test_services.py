"""A component on a real host: look, act, confirm in one activity (law 3); graceful stop, then kill."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.models import Check, Command, ComponentOrder, JobName, Outcome, StepResult
from activities.probes import Probes
from activities.services import ServiceActivities
from tests.activities.sshd import Site, free_port

SERVER = "import socket,time;s=socket.create_server(('127.0.0.1',{port}));time.sleep({life})"


class Component:
    """A TCP server at the host, started in the background by a start command."""

    def __init__(self, site: Site, directory: Path, port: int) -> None:
        self.site = site
        self.directory = directory
        self.port = port
        self.activities = ServiceActivities(site.remote, Probes())

    def order(
        self, run: str, *, step: str, kill: str | None = None, check: Check | None = None
    ) -> ComponentOrder:
        return ComponentOrder(
            service="core-banking",
            component="was",
            target=self.site.sshd.target(),
            check=check or Check(kind="tcp", url=f"tcp://127.0.0.1:{self.port}", timeout_s=1.0),
            act=Command(run=run, kill_after_s=0.5),
            kill=Command(run=kill) if kill else None,
            settle_s=0.3,
            ready_within_s=3.0,
            epoch=1,
            name=JobName(workflow_id="w", first_run_id="r", step=step, attempt=1),
        )

    def start(self, life: float = 600, *, ignores_term: bool = False) -> str:
        """A start command that leaves the server behind, with its pid in a file."""
        program = SERVER.format(port=self.port, life=life)
        if ignores_term:
            program = "import signal;signal.signal(signal.SIGTERM,signal.SIG_IGN);" + program
        begun = f"echo begun >> {self.directory}/begun"
        return f'{begun}; python3 -c "{program}" & echo $! > {self.directory}/pid'

    @property
    def stop(self) -> str:
        return f"kill $(cat {self.directory}/pid)"

    @property
    def starts(self) -> int:
        path = self.directory / "begun"
        return len(path.read_text().splitlines()) if path.exists() else 0

    async def up(self, order: ComponentOrder, delivery: int = 1) -> StepResult:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=delivery)
        return await environment.run(self.activities.bring_up, order)

    async def down(self, order: ComponentOrder) -> StepResult:
        return await ActivityEnvironment().run(self.activities.take_down, order)


@pytest.fixture
async def component(fresh: Site, tmp_path: Path) -> AsyncIterator[Component]:
    await fresh.remote.prepare(fresh.sshd.target(), 1)
    made = Component(fresh, tmp_path, free_port())
    yield made
    pid = tmp_path / "pid"
    if pid.exists():
        with suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), 9)


async def test_up_once_then_already(component: Component, step: str) -> None:
    """What is up and well is left alone; what is not is started, and seen well twice."""
    first = await component.up(component.order(component.start(), step=step))
    again = await component.up(component.order(component.start(), step=f"{step}-again"))
    assert (first.outcome, again.outcome) == (Outcome.DONE, Outcome.ALREADY)
    assert first.settle_seconds == pytest.approx(0.3) and component.starts == 1


async def test_a_second_delivery_joins(component: Component, step: str) -> None:
    """Law 4: the job was claimed by the delivery before; it is not called already, and not done again."""
    order = component.order(component.start(), step=step)
    assert (await component.up(order)).outcome is Outcome.DONE
    assert (await component.up(order, delivery=2)).outcome is Outcome.DONE
    assert component.starts == 1


async def test_a_process_that_dies_after_its_start_has_failed(component: Component, step: str) -> None:
    """Law 3: confirmed twice with a settle time between."""
    result = await component.up(component.order(component.start(life=0.2), step=step))
    assert result.outcome is Outcome.FAILED
    assert "it was well and 0.3 s later" in result.summary or "started, but" in result.summary


DIES = "test -e {flag} && rm {flag}"  # well at the first look, and never again
COMES_BACK = "test -e {flag} || {{ touch {flag}; false; }}"  # down at the first look, and never again


@pytest.mark.parametrize(
    ("verb", "check"),
    [("bring_up", DIES), ("see_up", DIES), ("take_down", COMES_BACK), ("see_down", COMES_BACK)],
)
async def test_what_is_so_for_a_moment_is_not_so(
    component: Component, step: str, verb: str, check: str
) -> None:
    """Law 3: every look is two, with a settle time between: the first, the confirm, and that for a person's word."""
    flag = component.directory / "flag"
    if check == DIES:
        flag.touch()
    looked = Check(kind="command", command=Command(run=check.format(flag=flag)))
    order = component.order("true", step=step, check=looked).model_copy(update={"ready_within_s": 0.3})
    result = await ActivityEnvironment().run(getattr(component.activities, verb), order)
    assert result.outcome is Outcome.FAILED, result.summary


async def test_a_start_that_serves_nothing_has_failed(component: Component, step: str) -> None:
    """Exit code 0 is not enough: a user of it sees nothing."""
    result = await component.up(component.order("true", step=step))
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, 0)
    assert "Connection refused" in result.summary


@pytest.mark.parametrize(
    ("text", "says", "outcome"),
    [("ready to serve\n", "ready to .*", Outcome.DONE), ("starting\n", "ready to .*", Outcome.FAILED)],
)
async def test_a_log_line(component: Component, step: str, text: str, says: str, outcome: Outcome) -> None:
    """A log line beats a port."""
    log = component.directory / "was.log"
    log.write_text("old\n")
    check = Check(kind="log", path=str(log), says=says)
    result = await component.up(component.order(f"printf '{text}' >> {log}", step=step, check=check))
    assert result.outcome is outcome


async def test_a_command_is_a_check(component: Component, step: str) -> None:
    """Exit code 0 is well."""
    flag = component.directory / "up"
    check = Check(kind="command", command=Command(run=f"test -e {flag}"))
    result = await component.up(component.order(f"touch {flag}", step=step, check=check))
    assert result.outcome is Outcome.DONE


async def test_a_graceful_stop(component: Component, step: str) -> None:
    """Stopped is what no user can reach any more, twice."""
    await component.up(component.order(component.start(), step=step))
    result = await component.down(component.order(component.stop, step=f"{step}-stop"))
    assert (result.outcome, result.summary) == (Outcome.DONE, "stopped")


async def test_what_ignores_a_graceful_stop_is_killed(component: Component, step: str) -> None:
    """Graceful stop, then kill; without a kill command the step has failed."""
    await component.up(component.order(component.start(ignores_term=True), step=step))
    failed = await component.down(component.order(component.stop, step=f"{step}-stop"))
    assert failed.outcome is Outcome.FAILED and "still serves" in failed.summary
    kill = f"kill -9 $(cat {component.directory}/pid)"
    killed = await component.down(component.order(component.stop, step=f"{step}-again", kill=kill))
    assert (killed.outcome, killed.summary) == (Outcome.DONE, "killed")
