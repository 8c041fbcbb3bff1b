"""Devices, names and faults of the lab do what the product will be judged by."""

from __future__ import annotations

import pytest

from deploy.lab.database import psql
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.remote import Remote
from deploy.lab.scripted import move_name
from tests.lab.seen import address_of_www, eventually, rows, seen_from, served, transfer, web

pytestmark = pytest.mark.lab


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
