"""What the tests of the lab see of it, by ordinary means."""

from __future__ import annotations

import socket
import sys
import time
import urllib.request
from collections.abc import Callable

import dns.message
import dns.query

from deploy.lab.database import psql
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab


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
