"""Keys and passwords of one lab: a file for each secret, in a directory for each worker (law 13)."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from deploy.lab import kernel
from deploy.lab.layout import Layout

ADMIN = "muster_admin"
TSIG_NAME = "muster-key"
_KEYS = ("seoul-ssh", "busan-ssh", "edge-ssh", "pdu-ssh")
_CHANNELS = {
    "ops-webhook": "ops",
    "kim-mail": "kim",
    "lee-mail": "lee",
    "cho-mail": "cho",
    "status-page": "customers",
}
# Only what a worker needs for its part: the old center's holds nothing that could fence the other one.
HOLDERS = {
    "control": (*_KEYS, "dns-key", "ledger-admin", *_CHANNELS),
    "seoul": ("seoul-ssh", "ledger-admin"),
    "busan": ("busan-ssh", "ledger-admin", "edge-ssh", "pdu-ssh"),
}


class Secrets:
    """Makes the secrets and tells the lab's own parts what they need of them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def make(self) -> None:
        """New secrets and host keys: `secrets/WORKER/NAME`, mode 0600, and `hostkeys/`."""
        hostkeys = self._layout.state / "hostkeys"
        hostkeys.mkdir(parents=True, mode=0o700)
        for host in self._layout.hosts:
            _keygen(hostkeys / host.label.replace("/", "-"), host.label)
        for name in _KEYS:
            _keygen(hostkeys / name, name)
        values = {name: (hostkeys / name).read_text() for name in _KEYS} | self._words()
        for worker, names in HOLDERS.items():
            directory = self._layout.secrets / worker
            directory.mkdir(parents=True, mode=0o700)
            for name in names:
                path = directory / name
                path.touch(mode=0o600)
                path.write_text(values[name])

    def _words(self) -> dict[str, str]:
        sink = self._layout.host("sink").address
        return {
            "dns-key": f"hmac-sha256:{TSIG_NAME}:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "ledger-admin": f"{ADMIN}:{secrets.token_hex(16)}",
        } | {name: f"json://{sink}:8000/{path}" for name, path in _CHANNELS.items()}

    def read(self, name: str) -> str:
        return (self._layout.secrets / "control" / name).read_text()

    def public(self, name: str) -> str:
        """The public half of an SSH key."""
        return (self._layout.state / "hostkeys" / f"{name}.pub").read_text()

    def path(self, name: str) -> Path:
        return self._layout.secrets / "control" / name


def _keygen(path: Path, comment: str) -> None:
    kernel.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])
