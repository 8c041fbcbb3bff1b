"""The door: the centers reach the Temporal server at one address, and nothing else of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.lab

SITE, CENTER = f"door-site-{os.getpid()}", f"door-center-{os.getpid()}"
OPEN_TO = "10.80.8.1"
LISTEN = """
import socket, sys
server = socket.create_server(("127.0.0.1", 7233)); other = socket.create_server(("127.0.0.1", 8233))
print("ready", flush=True)
sys.stdin.read()
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def python_at(namespace: str, code: str) -> str:
    """What the code prints on either channel, run in the namespace."""
    command = ["ip", "netns", "exec", namespace, sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


def connects(namespace: str, address: str, port: int) -> bool:
    attempt = f"import socket; socket.create_connection(({address!r}, {port}), 0.5); print('connected')"
    return python_at(namespace, attempt) == "connected\n"


@pytest.fixture
def site() -> Iterator[None]:
    """Two namespaces joined by a cable; in the first two servers that listen at 127.0.0.1 only."""
    for namespace in (SITE, CENTER):
        ip("netns", "add", namespace)
    try:
        ip("-n", SITE, "link", "set", "lo", "up")
        ip("-n", SITE, "link", "add", "cmd", "type", "veth", "peer", "name", "eth0", "netns", CENTER)
        for namespace, link, address in ((SITE, "cmd", f"{OPEN_TO}/24"), (CENTER, "eth0", "10.80.8.2/24")):
            ip("-n", namespace, "address", "add", address, "dev", link)
            ip("-n", namespace, "link", "set", link, "up")
        ip("-n", CENTER, "route", "add", "127.0.0.0/8", "via", OPEN_TO)
        listen = ["ip", "netns", "exec", SITE, sys.executable, "-c", LISTEN]
        with subprocess.Popen(listen, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield
            server.communicate()
    finally:
        for namespace in (SITE, CENTER):
            ip("netns", "delete", namespace)


def test_door_opens_one_port_at_one_address(site: None) -> None:
    """Before: closed. Open: the server's port only, also when opened twice. Closed again: nothing is left."""
    assert not connects(CENTER, OPEN_TO, 7233)
    opened = f"from deploy.dev.door import open_door; open_door({OPEN_TO!r}, 7233, ['cmd'])"
    assert python_at(SITE, f"{opened}; {opened}") == ""
    assert connects(CENTER, OPEN_TO, 7233)
    assert not connects(CENTER, OPEN_TO, 8233)
    assert not connects(CENTER, "127.0.0.1", 8233)
    assert python_at(SITE, "from deploy.dev.door import close_door; close_door('10.80.8.9', 7233)") == ""
    assert connects(CENTER, OPEN_TO, 7233), "another lab's door at the same server was closed"
    close = f"from deploy.dev.door import close_door; close_door({OPEN_TO!r}, 7233)"
    for _ in range(2):
        assert python_at(SITE, close) == ""
    assert not connects(CENTER, OPEN_TO, 7233)
