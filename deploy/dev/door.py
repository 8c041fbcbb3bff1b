"""Opens the dev server, which listens at 127.0.0.1 only, at one address to chosen interfaces.

The kernel redirects: no process and no delay are added. Needs root and nftables. The name of the table holds
port and address, so two labs do not collide, not even at one server.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from deploy.dev.errors import DevServerError


def open_door(address: str, port: int, interfaces: Sequence[str]) -> None:
    """Who comes in through `interfaces` (there already) finds the server, and no more, at `address`.

    Programs in the same network namespace go on using 127.0.0.1.
    """
    for interface in interfaces:
        _run(["sysctl", "-qw", f"net.ipv4.conf.{interface}.route_localnet=1"])
    close_door(address, port)
    _run(["nft", "-f", "-"], rules(address, port, interfaces))


def close_door(address: str, port: int) -> None:
    """Nothing to do when it is not open."""
    table = _table(address, port)
    _run(["nft", "-f", "-"], f"table ip {table}\ndelete table ip {table}\n")


def rules(address: str, port: int, interfaces: Sequence[str]) -> str:
    inside = "{ " + ", ".join(f'"{name}"' for name in interfaces) + " }"
    return f"""table ip {_table(address, port)} {{
  # route_localnet would let the other side address all of 127.0.0.0/8 itself
  chain guard {{ type filter hook prerouting priority raw; iifname {inside} ip daddr 127.0.0.0/8 drop; }}
  chain door {{
    type nat hook prerouting priority dstnat;
    iifname {inside} ip daddr {address} tcp dport {port} dnat to 127.0.0.1:{port};
  }}
}}
"""


def _table(address: str, port: int) -> str:
    return f"muster_door_{port}_{address.replace('.', '_')}"


def _run(command: list[str], stdin: str = "") -> None:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DevServerError(
            f"{' '.join(command)}: {done.stderr.strip().splitlines()[0]}; it needs root and nftables"
        )
