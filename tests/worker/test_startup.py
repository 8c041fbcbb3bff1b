"""A worker says what is missing before it takes work, each thing in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from deploy.dev.temporal_server import free_port
from worker.settings import Settings
from worker.startup import why_not_server, why_not_settings


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


def test_open_secrets_are_refused(tmp_path: Path) -> None:
    """Law 13: a secrets directory that others can read is no place for secrets."""
    made = settings(tmp_path)
    made.secrets.chmod(0o755)
    (problem,) = why_not_settings(made)
    assert f"chmod 700 {made.secrets}" in problem


async def test_search_attributes_are_looked_for(client: Client) -> None:
    """An unregistered search attribute would fail every run that sets it, for ever."""
    assert await why_not_server(client) == []


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
