"""Centers, hosts, devices and fences: one small bad plan each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans import SEOUL_COMMANDS, Bad, assert_one_problem


def redfish(written: str, field: str, says: str) -> Bad:
    """The good plan with seoul fenced by Redfish, not well."""
    line = f"        redfish: {written}\n"
    where = f"centers.seoul.fence[0].redfish.{field}"
    return Bad((SEOUL_COMMANDS, line), line="redfish: {", field=where, says=says)


BAD = {
    "empty address": Bad(
        ("10.81.0.22", '"10.81.0.300"'),
        line="10.81.0.300",
        field="centers.seoul.hosts.was-2.address",
        says="'10.81.0.300' is no address; write an IP address such as 10.81.0.11",
    ),
    "address twice": Bad(
        ("10.81.0.22", "10.81.0.21"),
        line="was-2: {",
        field="centers.seoul.hosts.was-2.address",
        says="10.81.0.21 is the address of was-1 already; each host has its own",
    ),
    "ssh user": Bad(
        ("user: netops", 'user: "net ops"'),
        line="net ops",
        field="devices.pdu.ssh.user",
        says="'net ops' is no user name",
    ),
    "ssh port": Bad(
        ("key: pdu-ssh", "key: pdu-ssh, port: 70000"),
        line="70000",
        field="devices.pdu.ssh.port",
        says="70000 is no port",
    ),
    "jump host": Bad(
        ("key: busan-ssh", "key: busan-ssh, via: pd"),
        line="via: pd",
        field="centers.busan.ssh.via",
        says="unknown device 'pd'; did you mean pdu?",
    ),
    "jump through itself": Bad(
        ("key: pdu-ssh", "key: pdu-ssh, via: pdu"),
        line="via: pdu",
        field="devices.pdu.ssh.via",
        says="it is reached through itself: pdu -> pdu; leave one via out",
    ),
    "seen by nobody": Bad(
        ("    seen_by: [tcp://10.82.0.21:80]\n", ""),
        line="  busan:",
        field="centers.busan",
        says="nothing shows from outside that it serves; add seen_by",
    ),
    "seen by what": Bad(
        ("tcp://10.82.0.21:80", "ftp://10.82.0.21"),
        line="ftp:",
        field="centers.busan.seen_by[0]",
        says="'ftp://10.82.0.21' does not begin with http:// or https:// or tcp:// or ssh:// or sql://; write",
    ),
    "seen by no port": Bad(
        ("tcp://10.82.0.21:80", "tcp://10.82.0.21"),
        line="tcp://10.82.0.21]",
        field="centers.busan.seen_by[0]",
        says="is not host and port; write tcp://HOST:PORT",
    ),
    "bad port": Bad(
        ("tcp://10.80.8.9:53", "tcp://10.80.8.9:99999"),
        line="99999",
        field="neutral_targets[0]",
        says="is no URL; write",
    ),
    "no neutral target": Bad(
        ("neutral_targets: [tcp://10.80.8.9:53]\n", ""),
        line="muster: 1",
        field="neutral_targets",
        says="without one nobody can tell a dark center from a blind observer; add",
    ),
    "neutral target in a center": Bad(
        ("tcp://10.80.8.9:53", "tcp://10.81.0.11:53"),
        line="10.81.0.11:53",
        field="neutral_targets[0]",
        says="tcp://10.81.0.11:53 lies in seoul, which may go dark; name a target of no center",
    ),
    "no writers fence": Bad(
        (
            "      - name: busan-power\n        stops: writers",
            "      - name: busan-power\n        stops: clients",
        ),
        line="    fence:\n      - name: busan",
        field="centers.busan.fence",
        says="no fence stops writers, and either side may have to be fenced",
    ),
    "fence without confirm": Bad(
        ("        confirm: {at: pdu, command: status seoul, says: is off}\n", ""),
        line="name: seoul-power",
        field="centers.seoul.fence[0]",
        says="confirm is missing; add confirm: {at: …, command: …, says: …}",
    ),
    "confirm says nothing": Bad(
        ("command: status seoul, says: is off", 'command: status seoul, says: ""'),
        line='says: ""',
        field="centers.seoul.fence[0].confirm.says",
        says="it is empty, so anything would confirm",
    ),
    "fence lives inside": Bad(
        (
            "lives: third-site\n        run: {at: pdu, command: off busan}",
            "lives: busan\n        run: {at: pdu, command: off busan}",
        ),
        line="lives: busan",
        field="centers.busan.fence[0].lives",
        says="it lives in busan and is lost with it; name a device that lives elsewhere",
    ),
    "confirm inside": Bad(
        ("at: seoul/was-2", "at: busan/was-1"),
        line="at: busan/was-1",
        field="centers.busan.fence[0].confirm.at",
        says="busan/was-1 is a host of the fenced center and is lost with it",
    ),
    "confirm at no host": Bad(
        ("at: seoul/was-2", "at: seoul/was-3"),
        line="was-3",
        field="centers.busan.fence[0].confirm.at",
        says="unknown host of seoul 'was-3'; did you mean was-2?",
    ),
    "bare host": Bad(
        ("at: seoul/was-2", "at: was-2"),
        line="at: was-2",
        field="centers.busan.fence[0].confirm.at",
        says="was-2 is no device; write seoul/was-2, if that host is meant",
    ),
    "redfish and commands": Bad(
        (
            "        run: {at: pdu, command: off seoul}\n",
            "        run: {at: pdu, command: off seoul}\n        redfish: {login: bmc, systems: []}\n",
        ),
        line="name: seoul-power",
        field="centers.seoul.fence[0]",
        says="redfish runs, lifts and confirms by itself; leave run, lift and confirm out",
    ),
    "redfish of no machine": redfish(
        "{login: bmc, systems: []}", "systems", "no machine is named, and all of none are off"
    ),
    "redfish at no controller": redfish(
        "{login: bmc, systems: [db-1]}",
        "systems[0]",
        "'db-1' is no machine; write https://CONTROLLER/redfish",
    ),
    "redfish without an ID": redfish(
        "{login: bmc, systems: [https://10.9.0.5/]}",
        "systems[0]",
        "names no machine; write https://CONTROLLER",
    ),
    "redfish in the clear": redfish(
        "{login: bmc, url: http://10.9.0.5, systems: [a]}", "url", "does not begin with https://"
    ),
    "redfish at the machine itself": redfish(
        "{login: bmc, url: https://10.81.0.11, systems: [a]}", "url", "db-1 is a machine of seoul itself"
    ),
    "redfish, one machine twice": redfish(
        "{login: bmc, url: https://10.9.0.5, systems: [a, a]}", "systems[1]", "a is named twice"
    ),
    "redfish, an authority for nothing": redfish(
        "{login: bmc, url: https://10.9.0.5, systems: [a], tls_ca: ca, insecure: true}",
        "insecure",
        "tls_ca is not looked at then",
    ),
    "unknown device": Bad(
        ("run: {at: pdu, command: off seoul}", "run: {at: pdx, command: off seoul}"),
        line="pdx",
        field="centers.seoul.fence[0].run.at",
        says="unknown device 'pdx'; did you mean pdu?",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_plan(name: str, tmp_path: Path) -> None:
    """A plan with one thing wrong yields exactly one line: file, line, field, what is wrong; what is right."""
    assert_one_problem(tmp_path, BAD[name])
