"""The systemd unit of a guard: it never gives up, comes before the database, and is walled in by nothing (law 1)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from activities.guarding.words import HOME

UNIT = Path(__file__).parents[2] / "deploy/systemd/muster-guard@.service"
NAME = "hanbit-bank.core-banking.ledger"
# Each of these gives the service mounts, devices, users or a network of its own, or takes from what root may do.
WALLS = re.compile(
    r"Protect|Private|ReadOnly|ReadWrite|Inaccessible|TemporaryFileSystem|Bind|RootDirectory|RootImage|Device|Capab|"
    r"Ambient|NoNewPrivileges|SystemCall|RestrictNamespaces|RestrictAddress|MemoryDeny|IPAddress|User|Group|Dynamic|"
    r"Sandbox|Exec(?:Paths|Search)|NoExec|Memory(?:Max|High)|TasksMax|CPUQuota|Limit"
)


def sections(text: str) -> dict[str, list[tuple[str, str]]]:
    """Settings in their order, by section; comments dropped."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            found[name := line.strip("[]")] = []
        elif line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found[name].append((key, value))
    return found


@pytest.fixture(scope="module")
def unit() -> dict[str, dict[str, str]]:
    """Each setting stands once."""
    read = sections(UNIT.read_text())
    assert all(len(dict(settings)) == len(settings) for settings in read.values())
    return {name: dict(settings) for name, settings in read.items()}


def test_it_is_started_again_for_ever(unit: dict[str, dict[str, str]]) -> None:
    """A guard that its service manager gives up on closes nothing: no limit, and none that ends it with a child."""
    service = unit["Service"]
    assert (service["Restart"], service["RestartSec"]) == ("always", "1")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert "StartLimitBurst" not in unit["Unit"]
    assert (service["OOMScoreAdjust"], service["OOMPolicy"]) == ("-1000", "continue")
    assert not {"SuccessExitStatus", "RestartPreventExitStatus", "RuntimeMaxSec", "RemainAfterExit"} & set(
        service
    )


def test_it_runs_what_prepare_installs(unit: dict[str, dict[str, str]]) -> None:
    """By the name of its folder; `exec`: begun means that the program runs."""
    assert unit["Service"]["ExecStart"] == f"/bin/sh {HOME}/%i/guard.sh run"
    assert unit["Service"]["Type"] == "exec"
    assert unit["Unit"]["RequiresMountsFor"] == f"{HOME}/%i"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_it_does_not_depend_on_what_it_closes(unit: dict[str, dict[str, str]]) -> None:
    """It is there before the database is, and stays when that goes."""
    assert "postgresql.service" in unit["Unit"]["Before"]
    assert not {"Requires", "Requisite", "BindsTo", "PartOf", "Conflicts", "After"} & set(unit["Unit"])


def test_nothing_walls_it_in(unit: dict[str, dict[str, str]]) -> None:
    """`close` must do there what it does by hand: a wall that keeps it from closing is worse than none."""
    assert [key for key in unit["Service"] if WALLS.match(key)] == []


def told() -> list[str]:
    """What the comment tells to write somewhere."""
    return [line.removeprefix("#   ") for line in UNIT.read_text().splitlines() if line.startswith("#   ")]


def drop_in() -> str:
    """What is added to the unit of the database."""
    lines = told()
    start = lines.index("[Unit]")
    return "\n".join(lines[start : start + 5])


def test_the_database_waits_for_it_and_asks_before_each_start() -> None:
    """At boot the gate holds a database that starts by itself. A guard that restarts takes no database down."""
    added = {name: dict(settings) for name, settings in sections(drop_in()).items()}
    guard = f"muster-guard@{NAME}.service"
    assert added["Unit"] == {"Wants": guard, "After": guard}
    # `+`: as root, whoever the database runs as.
    assert added["Service"] == {"ExecStartPre": f"+/bin/sh {HOME}/{NAME}/guard.sh may-open"}


def test_systemd_takes_both(tmp_path: Path) -> None:
    """By its own checker, where there is one; systemd itself is not started."""
    database = "[Unit]\nDescription=a database\n[Service]\nExecStart=/bin/sleep infinity\n"
    shutil.copy(UNIT, tmp_path)
    shutil.copy(UNIT, tmp_path / f"muster-guard@{NAME}.service")
    (tmp_path / "database.service").write_text(database)
    (tmp_path / "database.service.d").mkdir()
    (tmp_path / "database.service.d/guard.conf").write_text(drop_in() + "\n")
    if tool := shutil.which("systemd-analyze"):
        units = [tmp_path / "database.service", tmp_path / f"muster-guard@{NAME}.service"]
        done = subprocess.run(
            [tool, "verify", "--man=no", *units], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


MANAGER = """#!/bin/sh
echo "$*" >>$STATE/asked
case "$1 $*" in
  show*LoadState*) cat $STATE/load ;;
  show*ActiveState*) cat $STATE/active ;;
esac
"""


@pytest.mark.parametrize(
    ("load", "active", "cgroup", "closed"),
    [
        ("loaded", "inactive", "", True),
        ("loaded", "failed", "0::/system.slice/postgresql@15-other.service", True),
        ("masked", "inactive", "", True),
        ("loaded", "active", "", False),
        ("loaded", "deactivating", "", False),
        ("loaded", "activating", "", False),
        ("loaded", "reloading", "", False),
        ("loaded", "maintenance", "", False),
        ("loaded", "", "", False),
        ("not-found", "inactive", "", False),
        ("loaded", "inactive", "0::/system.slice/system-postgresql.slice/postgresql@15-main.service", False),
        ("loaded", "failed", "1:name=systemd:/system.slice/postgresql@15-main.service/control", False),
    ],
)
def test_the_example_says_closed_when_nothing_is_left(
    tmp_path: Path, load: str, active: str, cgroup: str, closed: bool
) -> None:
    """Laws 1, 2: not while a stop goes on, not on a word that is missing, not while a process of it is left."""
    lines = told()
    start, end = lines.index("unit=postgresql@15-main.service"), len(lines) - 1
    (tmp_path / "7").mkdir()
    for name, text in {"load": load, "active": active, "7/cgroup": cgroup, "systemctl": MANAGER}.items():
        (tmp_path / name).write_text(f"{text}\n" if text else "")
    (tmp_path / "systemctl").chmod(0o755)
    close = "\n".join(lines[start:end]).replace("/proc/", f"{tmp_path}/")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "STATE": str(tmp_path)}
    done = subprocess.run(["sh", "-c", close], check=False, env=environment, stdin=subprocess.DEVNULL)
    assert (done.returncode == 0) is closed
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[:3] == [f"{verb} postgresql@15-main.service" for verb in ("disable", "kill -s INT", "stop")]


def test_without_a_service_manager_the_example_is_not_closed(tmp_path: Path) -> None:
    """Law 2: what cannot be asked is not closed."""
    lines = told()
    close = "\n".join(lines[lines.index("unit=postgresql@15-main.service") : -1])
    (tmp_path / "timeout").symlink_to("/usr/bin/timeout")
    done = subprocess.run(
        ["/bin/sh", "-c", close], check=False, env={"PATH": str(tmp_path)}, capture_output=True
    )
    assert done.returncode != 0
