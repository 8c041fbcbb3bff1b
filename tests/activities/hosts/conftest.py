"""Hosts with a real sshd: one for each kind of shell for the tests of jobs, and fresh ones for the rest."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from activities.models import Target
from tests.activities.sshd import Site, Sshd

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


def path_with(directory: Path, shell: str) -> str:
    """A PATH whose `sh` is that shell; with busybox all other tools are its own too."""
    directory.mkdir(parents=True)
    program = shutil.which(shell)
    assert program
    if shell != "busybox":
        (directory / "sh").symlink_to(program)
        return f"{directory}:{os.environ['PATH']}"
    subprocess.run([program, "--install", "-s", directory], check=True)
    (directory / "sudo").symlink_to(shutil.which("sudo") or "/usr/bin/sudo")
    return str(directory)


def path_without(directory: Path, *tools: str) -> str:
    directory.mkdir(parents=True)
    for folder in ("/usr/bin", "/bin"):
        for program in Path(folder).iterdir():
            if program.name not in tools and not (directory / program.name).exists():
                (directory / program.name).symlink_to(program)
    return str(directory)


@pytest.fixture(scope="session", params=SHELLS)
async def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """A prepared host whose programs run under one kind of shell."""
    directory = tmp_path_factory.mktemp(f"site-{request.param}")
    sshd = Sshd(directory / "host", path=path_with(directory / "bin", request.param)).start()
    made = Site(sshd, directory)
    await made.remote.prepare(sshd.target(), 1)
    yield made
    await made.aclose()
    sshd.stop()


@pytest.fixture
def target(site: Site) -> Target:
    return site.sshd.target()


_steps = count(1)


@pytest.fixture
def step(request: pytest.FixtureRequest) -> str:
    """A step's name that no other test uses."""
    return f"{request.node.originalname}-{next(_steps)}"


@pytest.fixture
def new_sshd(tmp_path: Path) -> Iterator[Callable[..., Sshd]]:
    """Fresh hosts, ended after the test."""
    started: list[Sshd] = []

    def make(**options: object) -> Sshd:
        started.append(Sshd(tmp_path / f"host-{len(started)}", **options).start())  # type: ignore[arg-type]
        return started[-1]

    yield make
    for sshd in started:
        sshd.stop()


@pytest.fixture
async def fresh(new_sshd: Callable[..., Sshd], tmp_path: Path) -> AsyncIterator[Site]:
    """A host that was never met."""
    made = Site(new_sshd(), tmp_path)
    yield made
    await made.aclose()
