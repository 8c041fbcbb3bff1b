"""The bare scripted failover, for comparison: promote, start, move the name, and nothing that makes it safe.

No evidence, decision, approval, fence, data check or proof: its time is the floor under any failover here.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.query
import dns.rcode
import dns.tsig
import dns.update

from deploy.lab.database import SOCKETS, programs
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.layout import ZONE
from deploy.lab.remote import Remote

_LOAD_S = (
    1.5  # before the disaster: all writers are at work, their cached addresses run out at different times
)


@dataclass(frozen=True)
class ScriptedFailover:
    """Seconds from the first command to the first write acknowledged through the name, and its parts."""

    seconds: float
    promote_seconds: float
    start_seconds: float
    name_seconds: float


def scripted_failover(lab: Lab) -> ScriptedFailover:
    """Cut the first center's power under load and fail over to the second. `reset` the lab afterwards."""
    old, new = lab.layout.centers
    client = lab.outside_client()
    client.start()
    try:
        client.wait_for_write(at=old, since=time.time() + _LOAD_S)
        with Remote.to(lab.layout, lab.secrets, lab.layout.hosts_of(new)) as remote:
            lab.power_off(old)
            began = time.time()
            promoted = _promote(remote, new)
            started = _start(remote, new)
            move_name(lab, new)
            moved = time.time()
            first = client.wait_for_write(at=new)
    finally:
        client.stop()
    return ScriptedFailover(first.acked - began, promoted - began, started - promoted, moved - started)


def _promote(remote: Remote, center: str) -> float:
    psql = f"{programs()}/psql -h {SOCKETS} -U postgres -XAtqc 'select pg_promote()'"
    remote.run(f"{center}/db-1", f"sudo -n -u postgres {psql}")
    return time.time()


def _start(remote: Remote, center: str) -> float:
    """Tier after tier, the hosts of one side by side."""
    for tier in ((("was-1", "was"), ("was-2", "was")), (("web-1", "web"), ("web-1", "mq"))):
        with ThreadPoolExecutor(len(tier)) as pool:
            list(pool.map(lambda x: remote.run(f"{center}/{x[0]}", f"sudo -n sv start {x[1]}"), tier))
    return time.time()


def move_name(lab: Lab, center: str) -> None:
    """Point the public name at a center."""
    algorithm, name, secret = lab.secrets.read("dns-key").split(":")
    update = dns.update.UpdateMessage(ZONE, keyring=dns.tsig.Key(name, secret, algorithm))
    update.replace("www", 1, "A", lab.layout.web(center))
    try:
        answer = dns.query.udp(update, lab.layout.dns, timeout=2)
    except dns.exception.DNSException as error:
        raise LabError(f"the name server does not take the change: {error}") from error
    if answer.rcode() != dns.rcode.NOERROR:
        raise LabError(f"the name server refused the change: {dns.rcode.to_text(answer.rcode())}")
