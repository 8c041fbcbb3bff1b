"""Where the lab cannot run, one line says so and what to do."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

# Command, and the Debian package that brings it.
_COMMANDS = {
    "ip": "iproute2",
    "tc": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "sysctl": "procps",
    "nft": "nftables",
    "/usr/sbin/sshd": "openssh-server",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "runsvdir": "runit",
    "chpst": "runit",
    "knotd": "knot",
    "sudo": "sudo",
    "openssl": "openssl",
}
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def why_not() -> str | None:
    """The reason why no lab can run here, or None."""
    if sys.platform != "linux":
        return "the lab needs Linux (network namespaces): use a Debian 12 virtual machine"
    if os.geteuid() != 0:
        return "the lab needs root: run it with sudo"
    missing = missing_packages()
    if missing:
        return f"missing Debian packages: apt-get install -y --no-install-recommends {' '.join(missing)}"
    return None


def missing_packages() -> list[str]:
    """The Debian packages whose commands are not here."""
    missing = {
        package for command, package in _COMMANDS.items() if not shutil.which(command, path=_SYSTEM_PATH)
    }
    if not any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        missing.add("postgresql")
    if not any(Path("/usr/lib/python3/dist-packages").glob("psycopg2")):
        missing.add("python3-psycopg2")
    return sorted(missing)
