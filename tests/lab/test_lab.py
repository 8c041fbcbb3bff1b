"""The lab keeps its promises: else nothing that is proven on it is worth anything."""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.query
import pytest

from deploy.lab import cli, kernel
from deploy.lab.database import psql
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.remote import Remote
from deploy.lab.scripted import move_name, scripted_failover
from deploy.lab.secrets import HOLDERS
from starter.plan_file import load_plan
from tests.lab.conftest import memory_disks

pytestmark = pytest.mark.lab


@pytest.fixture
def devices(fresh_lab: Lab) -> Iterator[Remote]:
    """Edge and power switch, as whoever holds their keys reaches them."""
    hosts = [fresh_lab.layout.host("edge-ctl"), fresh_lab.layout.host("pdu-ctl")]
    with Remote.to(fresh_lab.layout, fresh_lab.secrets, hosts) as remote:
        yield remote


def served(url: str, timeout: float = 0.5) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310  the lab's own
            return bool(answer.status == 200)
    except OSError:
        return False


def web(lab: Lab, center: str) -> str:
    return f"http://{lab.layout.web(center)}/health"


def seen_from(lab: Lab, label: str, url: str) -> bool:
    """Whether a page answers to `client`, or to a center's `ops`."""
    program = f"import urllib.request as u; u.urlopen({url!r}, timeout=0.5)"
    try:
        lab.run_in(label, [sys.executable, "-c", program])
    except LabError:
        return False
    return True


def reaches_control(lab: Lab, center: str) -> bool:
    """Whether a worker at the center would reach its Temporal server on this machine."""
    with socket.create_server((lab.layout.control, 0)) as server:
        port = server.getsockname()[1]
        try:
            lab.run_in(
                center, ["timeout", "0.5", "bash", "-c", f"exec 3<>/dev/tcp/{lab.layout.control}/{port}"]
            )
        except LabError:
            return False
        return True


def eventually(check: Callable[[], bool], timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.03)


def transfer(lab: Lab, center: str, ref: str) -> None:
    post(f"http://{lab.layout.web(center)}/transfer?ref={ref}", b"")


def post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, data=body, method="POST")  # noqa: S310  the lab's own
    with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
        assert answer.status == 200


def rows(lab: Lab, center: str, ref: str, database: str = "ledger") -> int:
    asked = f"select count(*) from entries where ref = '{ref}'"  # noqa: S608  the test's own words
    return int(psql(lab.machines, lab.layout.host(f"{center}/db-1"), asked, database))


def address_of_www(lab: Lab) -> str:
    answer = dns.query.udp(dns.message.make_query("www.hanbit.example.", "A"), lab.layout.dns, timeout=1)
    return str(answer.answer[0][0])


def test_two_labs_run_side_by_side_and_down_leaves_nothing(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names and addresses carry the lab's id and base (law 14); `down` needs no file of the lab, only its id."""
    other = Lab("u", base=73, estate="sister-bank", state=memory_disks("u"))
    named = ["--id", "u", "--state", str(other.layout.state)]
    words = [*named, "up", "--base", "73", "--estate", "sister-bank"]
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
        assert "10.74.0.11" in text
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
        Lab("u", base=73, state=tmp_path).up()
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


def test_the_edge_device_stops_clients_and_no_one_else(fresh_lab: Lab, devices: Remote) -> None:
    """A `clients` fence is real nftables on the way in; the wan, and so replication, passes it by."""
    assert devices.run("edge-ctl", "status seoul") == "open"
    devices.run("edge-ctl", "block seoul && block seoul")
    assert devices.run("edge-ctl", "status seoul") == "blocked"
    assert devices.run("edge-ctl", "status busan") == "open"
    assert not seen_from(fresh_lab, "client", web(fresh_lab, "seoul"))
    assert seen_from(fresh_lab, "busan", web(fresh_lab, "seoul"))
    devices.run("edge-ctl", "unblock seoul && unblock seoul")
    assert seen_from(fresh_lab, "client", web(fresh_lab, "seoul"))
    devices.run("edge-ctl", "vip busan")
    assert devices.run("edge-ctl", "vip --where") == "busan"
    with pytest.raises(LabError, match="no center 'nowhere'"):
        devices.run("edge-ctl", "block nowhere")


def test_the_power_switch_switches(fresh_lab: Lab, devices: Remote) -> None:
    """`off` when no host of the center has power, `on` when any has; repeating changes nothing."""
    devices.run("pdu-ctl", "off seoul/db-1")
    assert devices.run("pdu-ctl", "status seoul/db-1") == "off"
    assert devices.run("pdu-ctl", "status seoul") == "on"
    devices.run("pdu-ctl", "off seoul && off seoul")
    assert devices.run("pdu-ctl", "status seoul") == "off"
    assert devices.run("pdu-ctl", "status busan") == "on"
    devices.run("pdu-ctl", "on seoul && on seoul")
    assert devices.run("pdu-ctl", "status seoul") == "on"
    eventually(lambda: served(web(fresh_lab, "seoul"), timeout=3))
    with pytest.raises(LabError, match="no host 'nowhere'"):
        devices.run("pdu-ctl", "off nowhere")


def test_devices_and_names_answer_while_the_old_center_is_dark(fresh_lab: Lab, devices: Remote) -> None:
    """The management network belongs to no center: the other one reaches it when the first is cut."""
    fresh_lab.cut("seoul")
    assert devices.run("pdu-ctl", "status seoul") == "on"
    for address, port in (
        (fresh_lab.layout.mgmt(2), 22),
        (fresh_lab.layout.mgmt(3), 22),
        (fresh_lab.layout.dns, 53),
    ):
        fresh_lab.run_in("busan", ["bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"])


def test_names_change_by_signed_updates_only(lab: Lab) -> None:
    """RFC 2136 with TSIG; the fault `dns-refuses` is a server that answers and refuses."""
    move_name(lab, "busan")
    assert address_of_www(lab) == lab.layout.web("busan")
    lab.break_("dns-refuses")
    with pytest.raises(LabError, match="refused the change"):
        move_name(lab, "seoul")
    lab.mend("dns-refuses")
    move_name(lab, "seoul")
    assert address_of_www(lab) == lab.layout.web("seoul")


def test_notices_end_in_the_sink(lab: Lab) -> None:
    """What channels send can be read by the tests."""
    url = lab.secrets.read("kim-mail").replace("json://", "http://")
    before = len(lab.notices())
    post(url, b'{"title": "t"}')
    (notice,) = lab.notices()[before:]
    assert (notice["path"], notice["body"]) == ("/kim", {"title": "t"})


def test_a_wrong_database_looks_healthy(fresh_lab: Lab) -> None:
    """The fault that only a write read on the promoted side finds."""
    fresh_lab.break_("wrong-database")
    psql(fresh_lab.machines, fresh_lab.layout.host("busan/db-1"), "select pg_promote()")
    for host, service in (("was-1", "was"), ("was-2", "was"), ("web-1", "web")):
        fresh_lab.run_in(f"busan/{host}", ["sv", "start", service])
    assert served(web(fresh_lab, "busan"), timeout=3)
    transfer(fresh_lab, "busan", "astray")
    assert rows(fresh_lab, "busan", "astray") == 0
    assert rows(fresh_lab, "busan", "astray", "scratch") == 2
    fresh_lab.mend("wrong-database")
    transfer(fresh_lab, "busan", "found")
    assert rows(fresh_lab, "busan", "found") == 2


def test_devices_can_vanish_and_lie(fresh_lab: Lab, devices: Remote) -> None:
    """Unreachable is not "off", and a device's word alone proves nothing (law 1): both can be played."""
    fresh_lab.break_("edge-lies")
    fresh_lab.break_("pdu-lies")
    devices.run("edge-ctl", "block seoul")
    devices.run("pdu-ctl", "off seoul")
    assert devices.run("edge-ctl", "status seoul") == "blocked"
    assert devices.run("pdu-ctl", "status seoul") == "off"
    assert seen_from(fresh_lab, "client", web(fresh_lab, "seoul"))
    fresh_lab.mend("pdu-lies")
    assert devices.run("pdu-ctl", "status seoul") == "on"
    fresh_lab.break_("devices-gone")
    with pytest.raises(LabError):
        fresh_lab.run_in(
            "busan", ["timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{fresh_lab.layout.mgmt(2)}/22"]
        )
    fresh_lab.mend("devices-gone")
    assert devices.run("pdu-ctl", "status seoul") == "on"


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
