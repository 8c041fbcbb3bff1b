"""A real knot server on loopback that takes signed updates, for tests."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.activities.pg import free_port

KEY = "hmac-sha256:ddns:c2VjcmV0LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg5YWI="
OTHER_KEY = "hmac-sha256:ddns:b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0cy0wMTIzNDU="
UNKNOWN_KEY = "hmac-sha256:nobody:b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0cy0wMTIzNDU="
ZONE = """
$TTL 30
@    SOA ns admin 1 3600 600 86400 30
@    NS  ns
ns   A   127.0.0.1
www  A   10.81.0.31
pool A   10.81.0.31
pool A   10.81.0.32
v6   AAAA 2001:db8::1
app  CNAME seoul-app
bare TXT "no address"
_muster-epoch.odd TXT "abc"
odd  A   10.81.0.31
"""
CONF = """
server:
    rundir: {root}
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {root}
key:
  - id: ddns
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: update
    key: ddns
    action: update
template:
  - id: default
    storage: {root}
    file: zone
    zonefile-sync: -1
  - id: open
    storage: {root}
    file: zone
    zonefile-sync: -1
    acl: update
zone:
  - domain: locked.example
"""
ZONES = 20  # all alike: a test takes a fresh one, for starting a server takes a second


@dataclass(frozen=True)
class Knot:
    port: int
    zone: str = "z0.example"

    def dig(self, name: str, type_: str) -> list[str]:
        command = [
            "kdig",
            "@127.0.0.1",
            "-p",
            str(self.port),
            "+short",
            "+time=1",
            f"{name}.{self.zone}",
            type_,
        ]
        return sorted(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@contextmanager
def knot() -> Iterator[Knot]:
    with tempfile.TemporaryDirectory(prefix="knot") as directory:
        root, server = Path(directory), Knot(free_port())
        (root / "zone").write_text(ZONE)
        conf = root / "knot.conf"
        conf.write_text(
            CONF.format(root=root, port=server.port, secret=KEY.split(":")[2])
            + "".join(f"  - domain: z{number}.example\n    template: open\n" for number in range(ZONES))
        )
        process = subprocess.Popen(
            ["knotd", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            ends = time.monotonic() + 10
            while server.dig("www", "A") != ["10.81.0.31"]:
                assert time.monotonic() < ends and process.poll() is None, "knot did not start"
                time.sleep(0.02)
            yield server
        finally:
            process.terminate()
            process.wait(10)
