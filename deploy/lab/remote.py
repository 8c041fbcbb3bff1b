"""The OpenSSH client with a lab's keys: commands over connections that were made before they are needed."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from deploy.lab.errors import LabError
from deploy.lab.layout import THIRD, Host, Layout
from deploy.lab.secrets import Secrets

_DEVICE_KEYS = {"edge-ctl": "edge-ssh", "pdu-ctl": "pdu-ssh"}


class Remote:
    """Kept connections to hosts, by label."""

    def __init__(self, layout: Layout, secrets: Secrets, place: Path) -> None:
        self._layout = layout
        self._secrets = secrets
        self._place = place

    @classmethod
    @contextmanager
    def to(cls, layout: Layout, secrets: Secrets, hosts: Sequence[Host]) -> Iterator[Self]:
        """Connect to the hosts; the connections end with the block."""
        with tempfile.TemporaryDirectory(prefix="muster-ssh-") as place:
            remote = cls(layout, secrets, Path(place))
            remote._trust(hosts)
            try:
                for host in hosts:
                    remote.run(host.label, "true")
                yield remote
            finally:
                for host in hosts:
                    argv = ["ssh", *remote._options(host), "-O", "exit", host.address]
                    subprocess.run(argv, capture_output=True, check=False)

    def run(self, label: str, command: str) -> str:
        """Run a shell command line and give its output; anything but success is a LabError."""
        host = self._layout.host(label)
        argv = ["ssh", *self._options(host), host.address, command]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"{label}: {command}: exit code {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _trust(self, hosts: Sequence[Host]) -> None:
        keys = (f"{host.address} {self._secrets.public(host.label.replace('/', '-'))}" for host in hosts)
        (self._place / "known_hosts").write_text("".join(keys))

    def _options(self, host: Host) -> list[str]:
        device = host.site == THIRD
        key = _DEVICE_KEYS[host.name] if device else f"{host.site}-ssh"
        settings = {
            "UserKnownHostsFile": self._place / "known_hosts",
            "IdentitiesOnly": "yes",
            "BatchMode": "yes",
            "ConnectTimeout": "3",
            "ServerAliveInterval": "2",
            "ControlMaster": "auto",
            "ControlPersist": "60",
            "ControlPath": f"{self._place}/%h",
        }
        words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        user = "netops" if device else "muster"
        return ["-F", "none", "-l", user, "-i", str(self._secrets.path(key)), *words]
