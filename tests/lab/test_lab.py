"""The lab keeps its promises: else nothing that is proven on it is worth anything."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from deploy.lab import cli, kernel
from deploy.lab.database import psql
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.scripted import scripted_failover
from deploy.lab.secrets import HOLDERS
from starter.plan_file import load_plan
from tests.lab.labs import own
from tests.lab.seen import (
    address_of_www,
    eventually,
    post,
    reaches_control,
    rows,
    seen_from,
    served,
    transfer,
    web,
)

pytestmark = pytest.mark.lab


def test_two_labs_run_side_by_side_and_down_leaves_nothing(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names and addresses carry the lab's id and base (law 14); `down` needs no file of the lab, only its id."""
    other = own("u", 106, estate="sister-bank")
    named = ["--id", other.layout.name, "--state", str(other.layout.state)]
    words = [*named, "up", "--base", str(other.layout.base), "--estate", "sister-bank"]
    try:
        assert cli.main(words) == 0
        assert cli.main(words) == 0
        assert "already up" in capsys.readouterr().out
        transfer(other, "seoul", "only-here")
        assert rows(other, "seoul", "only-here") == 2
        assert rows(lab, "seoul", "only-here") == 0
        loaded = load_plan(other.layout.plan)
        assert loaded.plan is not None, loaded.problems
        text = other.layout.plan.read_text()
        assert "estate: sister-bank" in text
        assert f"10.{other.layout.base + 1}.0.11" in text
        assert "10.80." not in text
        (other.layout.state / "lab.json").unlink()  # as a crash leaves it
    finally:
        assert cli.main([*named, "down"]) == 0
    assert kernel.namespaces(other.layout.prefix) == []
    assert kernel.links(other.layout.link("")) == []
    assert not other.layout.state.exists()
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and _names(pid, other.layout.state)]
    assert served(web(lab, "seoul"))


def _names(pid: str, state: Path) -> bool:
    try:
        return str(state) in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def test_addresses_that_are_routed_elsewhere_are_refused(lab: Lab) -> None:
    """A lab never takes a range that the machine uses; one line says so."""
    with pytest.raises(
        LabError, match=r"^10\.\d+\.\d+\.0/\d+ is already routed by .*: choose another --base$"
    ):
        Lab("u", base=lab.layout.base + 1).up()


def test_files_of_others_are_left_alone(lab: Lab, tmp_path: Path) -> None:
    """`down` deletes a state directory: so `up` never takes one that holds anything else."""
    (tmp_path / "precious").touch()
    with pytest.raises(LabError, match="is not empty and no lab's directory"):
        Lab("u", base=lab.layout.base + 3, state=tmp_path).up()
    assert (tmp_path / "precious").exists()


def test_the_shipped_plan_is_valid(lab: Lab) -> None:
    """The lab's plan is the README's example: `muster validate` has nothing to say about it."""
    for path in (lab.layout.plan, Path("deploy/lab/plan.yaml")):
        loaded = load_plan(path)
        assert loaded.problems == []


def test_a_worker_holds_its_own_secrets_only(lab: Lab) -> None:
    """Law 13: files that only their owner reads, and the old center's worker could fence nobody."""
    for worker, names in HOLDERS.items():
        directory = lab.layout.secrets / worker
        assert sorted(path.name for path in directory.iterdir()) == sorted(names)
        assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    assert not {"edge-ssh", "pdu-ssh", "dns-key"} & set(HOLDERS["seoul"])


def test_a_write_reaches_the_replica(lab: Lab) -> None:
    """One movement is two entries that sum to zero, and the replica follows."""
    transfer(lab, "seoul", "flows")
    eventually(lambda: rows(lab, "busan", "flows") == 2)
    total = psql(lab.machines, lab.layout.host("busan/db-1"), "select sum(amount) from entries")
    assert total == "0"


def test_a_cut_center_is_dark_outside_and_alive_inside(lab: Lab) -> None:
    """Links are cut, not hosts: nothing outside reaches the center, its own programs go on."""
    assert reaches_control(lab, "seoul")
    lab.cut("seoul")
    assert not reaches_control(lab, "seoul")
    assert not served(web(lab, "seoul"))
    assert not seen_from(lab, "client", web(lab, "seoul"))
    assert not seen_from(lab, "busan", web(lab, "seoul"))
    assert seen_from(lab, "seoul", web(lab, "seoul"))
    lab.heal("seoul")
    assert seen_from(lab, "client", web(lab, "seoul"))
    assert seen_from(lab, "busan", web(lab, "seoul"))
    lab.cut("seoul-edge")
    assert not seen_from(lab, "client", web(lab, "seoul"))
    assert seen_from(lab, "busan", web(lab, "seoul")), "the wan was not cut"
    lab.heal("seoul-edge")
    eventually(lambda: served(web(lab, "seoul")))


def test_the_wan_can_be_throttled(lab: Lab) -> None:
    """A narrow wan is the disaster before the disaster: the replica falls behind, and catches up when it is free."""
    lab.throttle("256kbit")
    assert lab.network.throttled() == "256Kbit"
    many = "insert into entries (ref, account, amount) select 'wide', repeat('x', 200), 0 from generate_series(1, 4000)"
    psql(lab.machines, lab.layout.host("seoul/db-1"), many)
    with pytest.raises(AssertionError):
        eventually(lambda: rows(lab, "busan", "wide") == 4000, timeout=1)
    lab.throttle("off")
    assert lab.network.throttled() == "off"
    eventually(lambda: rows(lab, "busan", "wide") == 4000)


def test_power_off_kills_and_the_disk_survives(fresh_lab: Lab) -> None:
    """A power cut takes hosts and the center's worker; what was committed is there again, and read-write."""
    transfer(fresh_lab, "seoul", "kept")
    worker = fresh_lab.spawn_in("seoul", ["sleep", "600"])
    began = time.monotonic()
    fresh_lab.power_off("seoul")
    assert time.monotonic() - began < 3
    assert worker.wait(timeout=2) == -9
    assert not served(web(fresh_lab, "seoul"))
    fresh_lab.power_on("seoul")
    eventually(lambda: served(web(fresh_lab, "seoul"), timeout=3))
    assert rows(fresh_lab, "seoul", "kept") == 2
    transfer(fresh_lab, "seoul", "writable")
    assert len(fresh_lab.starts("seoul/was-1", "was")) == 2
    assert fresh_lab.starts("busan/was-1", "was") == []


def test_notices_end_in_the_sink(lab: Lab) -> None:
    """What channels send can be read by the tests."""
    url = lab.secrets.read("kim-mail").replace("json://", "http://")
    before = len(lab.notices())
    post(url, b'{"title": "t"}')
    (notice,) = lab.notices()[before:]
    assert (notice["path"], notice["body"]) == ("/kim", {"title": "t"})


def test_the_bare_script_fails_over(fresh_lab: Lab) -> None:
    """The floor under every time that is measured here."""
    times = scripted_failover(fresh_lab)
    assert times.promote_seconds < times.seconds < 6
    assert address_of_www(fresh_lab) == fresh_lab.layout.web("busan")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["power", "off", "nowhere"], "lab: no host 'nowhere'"),
        (["cut", "moon"], "lab: no link 'moon'"),
        (["break", "leg"], "lab: no fault 'leg'"),
        (["throttle", "wan", "fast"], "lab: tc"),
    ],
)
def test_errors_are_one_line(
    lab: Lab, capsys: pytest.CaptureFixture[str], words: list[str], line: str
) -> None:
    """No traceback ever reaches a user."""
    assert cli.main(["--id", lab.layout.name, "--state", str(lab.layout.state), *words]) == 1
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert said.count("\n") == 1
