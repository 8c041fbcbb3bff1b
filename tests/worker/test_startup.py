"""A worker says what is missing before it takes work, each thing in one line."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import cast

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from structlog.testing import capture_logs
from temporalio.client import Client

from deploy.dev.temporal_server import free_port
from tests.plans import SEOUL_COMMANDS, good_plan
from worker import startup
from worker.settings import Settings
from worker.startup import why_not_archive, why_not_plan, why_not_server, why_not_settings
from worker.tools import kept_at
from workflows.estate.estate import EstateState
from workflows.plan import snapshot


def settings(tmp_path: Path, **changed: object) -> Settings:
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700, exist_ok=True)
    return Settings(**{"estate": "bank", "secrets": secrets, "state": tmp_path / "state", **changed})  # type: ignore[arg-type]


def test_all_is_well(tmp_path: Path) -> None:
    """Nothing is said when nothing is missing."""
    assert why_not_settings(settings(tmp_path)) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"estate": ""}, "MUSTER_ESTATE"),
        ({"secrets": Path("nowhere")}, "MUSTER_SECRETS"),
        ({"state": Path("/proc/no/such")}, "MUSTER_STATE"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    """One line that names the place and the way out."""
    (problem,) = why_not_settings(settings(tmp_path, **changed))
    assert says in problem and "\n" not in problem


def test_an_archive_where_none_can_be_kept(tmp_path: Path) -> None:
    """Law 15: told before any work is taken, in one line."""
    assert why_not_archive(settings(tmp_path)) == []
    (problem,) = why_not_archive(settings(tmp_path, archive="nowhere://archive"))
    assert "nowhere" in problem and "MUSTER_ARCHIVE" in problem and "\n" not in problem


def test_open_secrets_are_refused(tmp_path: Path) -> None:
    """Law 13: a secrets directory that others can read is no place for secrets."""
    made = settings(tmp_path)
    made.secrets.chmod(0o755)
    (problem,) = why_not_settings(made)
    assert f"chmod 700 {made.secrets}" in problem


async def test_search_attributes_are_looked_for(client: Client) -> None:
    """An unregistered search attribute would fail every run that sets it, for ever."""
    assert await why_not_server(client) == []


async def test_a_store_that_takes_no_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 9: loud, not fatal. What was tried leaves nothing behind, and one that hangs is waited for a moment."""
    hangs = threading.Event()
    monkeypatch.setattr(startup, "WRITTEN_WITHIN_S", 0.2)
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", lambda *words, **more: hangs.wait(20))
    (tmp_path / "file").touch()
    good = settings(tmp_path, store=str(tmp_path / "store"), archive=str(tmp_path / "archive"))
    with capture_logs() as said:
        await startup.try_writes(kept_at(good, "control"))
        assert (
            said == []
            and list((tmp_path / "store").iterdir()) == list((tmp_path / "archive").iterdir()) == []
        )
        bad = settings(tmp_path, store="memory://store", archive=str(tmp_path / "file" / "archive"))
        await startup.try_writes(kept_at(bad, "control"))
        assert kept_at(bad, "seoul") == {"MUSTER_STORE": "memory://store"}
    hangs.set()
    assert [(one["event"], one["setting"]) for one in said] == [
        ("no_write_taken", "MUSTER_STORE"),
        ("no_write_taken", "MUSTER_ARCHIVE"),
    ]
    assert "0.2 s" in said[0]["reason"] and "NotADirectory" in said[1]["reason"]


class AppliedPlan:
    """A server whose Estate has this plan."""

    def __init__(self, state: EstateState) -> None:
        self.state = state

    def get_workflow_handle(self, workflow_id: str) -> AppliedPlan:
        return self

    async def query(self, *words: object, **more: object) -> EstateState:
        return self.state


@pytest.mark.parametrize("installed", [True, False])
async def test_a_plan_that_fences_by_redfish_needs_its_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    """Found when the worker starts, and not when the power must go: one line that says what to install."""
    written = "redfish: {login: bmc-login, systems: [https://10.9.0.5/redfish/v1/Systems/1]}\n"
    taken = snapshot(good_plan(tmp_path, (SEOUL_COMMANDS, f"        {written}")))
    state = EstateState(estate="bank", plan_hash=taken.hash, plan_data=taken.data)
    monkeypatch.setattr("activities.redfish.find_spec", lambda name: object() if installed else None)
    problems = await why_not_plan(cast(Client, AppliedPlan(state)), "bank")
    if installed:
        assert problems == []
    else:
        (problem,) = problems
        assert problem.startswith("fence seoul-power of seoul") and "muster[redfish]" in problem


def worker(tmp_path: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    made = settings(tmp_path)
    known = {"MUSTER_SECRETS": str(made.secrets), "MUSTER_STATE": str(made.state), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-m", "worker", *words],
        env=known | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_server_is_one_line(tmp_path: Path) -> None:
    """No traceback: the address and the way out."""
    address = f"127.0.0.1:{free_port()}"
    done = worker(tmp_path, "--control", "--estate", "bank", TEMPORAL_ADDRESS=address)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("worker: ")]
    assert len(lines) == 1 and address in lines[0] and "TEMPORAL_ADDRESS" in lines[0]
    assert "Traceback" not in done.stderr


def test_no_place_is_wrong_usage(tmp_path: Path) -> None:
    """A worker stands somewhere: --center NAME or --control."""
    assert worker(tmp_path).returncode == 2
