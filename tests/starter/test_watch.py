"""A watch outlasts what it watches through: server and worker that go away in the middle."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from deploy.dev.temporal_server import DevServer
from starter.seen import Seen
from starter.watch import Glance, PlainScreen, exit_code, picture
from tests.starter.conftest import Desk, make_desk, until
from tests.starter.records import T0, ended, held, waiting
from workflows.run.record import State


@pytest.fixture
def own_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DevServer]:
    with DevServer(tmp_path / "temporal.db", ui_port=None) as running:
        monkeypatch.setenv("TEMPORAL_ADDRESS", running.address)
        monkeypatch.setenv("MUSTER_USER", "sre")
        yield running


@pytest.fixture
async def desk(own_server: DevServer, tmp_path: Path) -> Desk:
    return make_desk(
        await Client.connect(own_server.address, data_converter=pydantic_data_converter), tmp_path
    )


async def test_a_watch_survives_worker_and_server(desk: Desk, own_server: DevServer, tmp_path: Path) -> None:
    """It says since when nobody answers, goes on when somebody does, and ends with the run."""
    output = tmp_path / "watch.txt"
    async with desk.workers():
        await desk.good("apply", str(desk.plan_file), "--unprepared")
        await desk.good("start", "declaration", str(desk.plan_file), "--reason", "dark")
        with output.open("w") as out:
            watching = subprocess.Popen(
                [sys.executable, "-m", "starter", "watch", desk.run],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        await said(output, "round 1 opens")
    await asyncio.to_thread(own_server.kill)
    await said(output, "no answer since")
    await asyncio.to_thread(own_server.start)
    async with desk.workers():
        await until(lambda: taken(desk))
        code = await asyncio.to_thread(watching.wait, 20)
    lines = output.read_text().splitlines()
    assert code == 1, "an aborted run did not do what it was for"
    assert "aborted" in output.read_text() and not any("Traceback" in line for line in lines)
    assert sum("round 1 opens" in line for line in lines) == 1, "each entry is one line, once"


async def said(output: Path, words: str) -> None:
    async def so() -> bool:
        return words in output.read_text()

    await until(so)


async def taken(desk: Desk) -> bool:
    answer = await desk.muster("abort", desk.run, "--reason", "false alarm", "--as", "ops", "--yes")
    return answer.code == 0


@pytest.mark.parametrize("height", [20, 24, 40, 80])
def test_the_picture_fits_a_terminal(height: int) -> None:
    """Waits and clocks stay; steps and journal take the rows that are left."""
    out = Console(file=io.StringIO(), width=100, height=height, color_system=None)
    record = ended()
    record.journal = record.journal * 20
    parts = picture(out, Glance(Seen(record, "running")), height - 1)
    rows = sum(len(out.render_lines(part)) for part in parts)
    assert rows <= height - 1


def test_the_picture_says_who_is_silent() -> None:
    out = Console(file=io.StringIO(), width=100, height=50, color_system=None)
    for part in picture(out, Glance(Seen(waiting(), "running"), T0 + 60, "no worker"), 49):
        out.print(part)
    file = out.file
    assert isinstance(file, io.StringIO)
    assert "no answer since 23:04:00, trying on: no worker" in file.getvalue()


def test_plain_lines_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """New entries only; a child's held step is told too, it stands in no journal of the run."""
    screen = PlainScreen()
    record = held()
    for _ in range(2):
        screen.draw(Glance(Seen(record, "running")))
    record.note(time.time(), "order", "retry", "ops")
    screen.draw(Glance(Seen(record, "running")))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(set(lines))
    assert sum("core-banking: Step held: start-was@was-1" in line for line in lines) == 1
    assert lines[-1].endswith("ops retry")


def test_exit_codes() -> None:
    """0: done, or people called it off; 1: it ended otherwise, or the server ended it."""
    record = ended()
    assert exit_code(Seen(record, "completed")) == 0
    assert exit_code(Seen(record, "terminated")) == 1
    codes = {
        state: exit_code(Seen(record.model_copy(update={"state": state}), "completed")) for state in State
    }
    assert codes[State.STOOD_DOWN] == 0 and codes[State.ABORTED] == 1 and codes[State.FAILED] == 1
