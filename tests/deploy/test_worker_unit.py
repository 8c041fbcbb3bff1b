"""The systemd unit of a worker: it comes back for ever, may leave in peace, and its example is what a worker reads."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.deploy.test_guard_unit import sections
from worker.main import GRACE, LINGER
from worker.settings import Settings

PROJECT = Path(__file__).parents[2]
UNIT = PROJECT / "deploy/systemd/muster-worker.service"


def test_it_comes_back_for_ever_and_may_leave_in_peace() -> None:
    """A worker that is killed while it leaves would leave its activities to their timeouts."""
    unit = {name: dict(settings) for name, settings in sections(UNIT.read_text()).items()}
    assert (unit["Service"]["Restart"], unit["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    assert int(unit["Service"]["TimeoutStopSec"]) > GRACE.total_seconds() + LINGER
    assert unit["Service"]["ExecStart"].endswith(" -m worker $PLACE")


def test_its_example_is_what_a_worker_reads() -> None:
    told = set(re.findall(r"^#   MUSTER_(\w+)=", UNIT.read_text(), re.MULTILINE))
    assert told == {"ESTATE", "SECRETS", "STATE", "STORE", "ARCHIVE"}
    assert {name.lower() for name in told} <= set(Settings.model_fields)


def test_what_it_stores_is_there_before_it_and_people_may_read_it() -> None:
    """Followed to the letter, store and archive are the worker's own, and its group's to read; secrets are not."""
    text = UNIT.read_text()
    (made,) = re.findall(r"^#   (install -d .*/srv/.*)$", text, re.MULTILINE)
    assert "-m 2750 -o muster -g muster " in made
    told = re.findall(r"^#   MUSTER_(?:STORE|ARCHIVE)=(\S+)$", text, re.MULTILINE)
    assert len(told) == 2 and set(told) <= set(made.split())
    service = dict(sections(text)["Service"])
    assert (service["UMask"], service["StateDirectoryMode"]) == ("0027", "0700")
    assert "install -d -m 700 -o muster /etc/muster/secrets" in text


def test_systemd_takes_it(tmp_path: Path) -> None:
    """By its own checker, where there is one; systemd itself is not started."""
    text = UNIT.read_text().replace("/opt/muster/.venv/bin/python", sys.executable)
    (tmp_path / UNIT.name).write_text(text.replace("User=muster", "User=root"))
    if tool := shutil.which("systemd-analyze"):
        done = subprocess.run(
            [tool, "verify", "--man=no", tmp_path / UNIT.name], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
