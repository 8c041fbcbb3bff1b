"""A host's disk before its first boot: accounts, SSH, services. Written from outside."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.lab.layout import Host, Layout

PROGRAMS = Path(__file__).with_name("programs")
# Directories of /etc whose content on this machine is no business of a host.
_OWN_DIRECTORIES = ("service", "sv", "ssh", "sudoers.d", "knot", "postgresql")
_USERS = {"muster": 2001, "wasadm": 2002, "netops": 2003}
_SUDOERS = """Defaults !lecture
muster ALL=(ALL:ALL) NOPASSWD: ALL
netops ALL=(root) NOPASSWD: /usr/sbin/nft
"""
_SSHD = """Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
StrictModes no
UseDNS no
PrintMotd no
MaxStartups 500:30:1000
MaxSessions 200
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class Service:
    """A runit service: `run` and `check` are shell lines; `enabled` means that a power-on starts it."""

    name: str
    run: str
    check: str = ""
    enabled: bool = True
    counted: bool = True  # each start appends a line to /var/log/NAME.starts
    on_term: str = ""  # what `sv stop` does instead of SIGTERM


class Disk:
    """The disk of one host."""

    def __init__(self, layout: Layout, host: Host) -> None:
        self._layout = layout
        self._host = host
        self.root = layout.disk(host)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file at a path below the disk's root."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def install(self, program: str, path: str) -> None:
        """Put one of the lab's programs on the disk, executable."""
        self.write(path, (PROGRAMS / program).read_text(), 0o755)

    def prepare(self, authorized: Mapping[str, str]) -> None:
        """An empty disk with accounts, names and SSH; `authorized` maps users to public keys."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name in _OWN_DIRECTORIES:
            directory = self.root / "etc" / name
            directory.mkdir(parents=True)
            os.setxattr(directory, "trusted.overlay.opaque", b"y")
        self._write_accounts()
        self._write_names()
        self._write_ssh(authorized)

    def _write_accounts(self) -> None:
        numbers = "|".join(_USERS)
        kept = {
            name: re.sub(rf"^(?:{numbers}):.*\n", "", Path("/etc", name).read_text(), flags=re.MULTILINE)
            for name in ("passwd", "group", "shadow")
        }
        passwd = "".join(f"{n}:x:{i}:{i}::/home/{n}:/bin/sh\n" for n, i in _USERS.items())
        self.write("etc/passwd", kept["passwd"] + passwd)
        self.write("etc/group", kept["group"] + "".join(f"{n}:x:{i}:\n" for n, i in _USERS.items()))
        # "*", not "!": without PAM sshd refuses a locked account even for a key. No hash goes along.
        shadow = re.sub(r"^([^:]+):[^:]*:", r"\1:*:", kept["shadow"], flags=re.MULTILINE)
        self.write("etc/shadow", shadow + "".join(f"{n}:*:19000:0:99999:7:::\n" for n in _USERS), 0o600)
        for name, number in _USERS.items():
            home = self.root / "home" / name
            home.mkdir(parents=True)
            os.chown(home, number, number)
        self.write("etc/sudoers.d/lab", _SUDOERS, 0o440)

    def _write_names(self) -> None:
        host = self._host
        self.write("etc/hostname", f"{host.name}\n")
        self.write("etc/hosts", f"127.0.0.1 localhost\n{host.address} {host.name}\n")
        # The machine's own resolver cannot be reached from a host: every look-up would wait for it.
        self.write("etc/resolv.conf", f"options timeout:1 attempts:1\nnameserver {self._layout.dns}\n")

    def _write_ssh(self, authorized: Mapping[str, str]) -> None:
        self.write("etc/ssh/sshd_config", _SSHD)
        key = self._layout.state / "hostkeys" / self._host.label.replace("/", "-")
        self.write("etc/ssh/ssh_host_ed25519_key", key.read_text(), 0o600)
        self.write("etc/ssh/ssh_host_ed25519_key.pub", key.with_suffix(".pub").read_text())
        for user, public in authorized.items():
            self.write(f"etc/ssh/authorized_keys/{user}", public)
        run = "exec /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config >> /var/log/sshd.log 2>&1"
        self.add(Service("sshd", run, counted=False))

    def add(self, service: Service) -> None:
        """Install a runit service."""
        where = f"etc/sv/{service.name}"
        count = f"date +%s.%N >> /var/log/{service.name}.starts\n" if service.counted else ""
        self.write(f"{where}/run", f"#!/bin/sh\nexec 2>&1\n{count}{service.run}\n", 0o755)
        if service.check:
            self.write(f"{where}/check", f"#!/bin/bash\n{service.check}\n", 0o755)
        if service.on_term:
            self.write(f"{where}/control/t", f"#!/bin/sh\n{service.on_term}\n", 0o755)
        if not service.enabled:
            self.write(f"{where}/down", "")
        (self.root / where / "supervise").symlink_to(f"/run/runit/{service.name}")
        enabled = self.root / "etc/service"
        (enabled / service.name).symlink_to(f"/etc/sv/{service.name}")
        os.utime(
            enabled, (1, 1)
        )  # runsvdir waits a second when the directory looks as if it changed just now

    def enable(self, name: str) -> None:
        """Let a power-on start the service (before the first boot only)."""
        (self.root / f"etc/sv/{name}/down").unlink(missing_ok=True)
