"""Host keys: what a plan pins, what a server shows, and the difference as an error."""

from __future__ import annotations

from collections.abc import Callable

import asyncssh

from activities.errors import BadOrder, HostKeyChanged, HostUnprepared
from activities.models import HostKey, Target


def pinned_keys(target: Target) -> list[asyncssh.SSHKey]:
    """Raises HostUnprepared when there is none, BadOrder for what is no key."""
    lines = [line for line in (target.host_key or "").splitlines() if line.strip()]
    if not lines:
        raise HostUnprepared(f"{target.label}: no host key is pinned; run: muster prepare")
    try:
        return [asyncssh.import_public_key(line) for line in lines]
    except (asyncssh.KeyImportError, ValueError):
        raise BadOrder(
            f'{target.label}: the pinned host key is not of the form "ssh-ed25519 AAAA…"'
        ) from None


def algorithms(keys: list[asyncssh.SSHKey]) -> list[str]:
    """Ask for the pinned kinds only: a server with several keys shows the first that is asked for."""
    kinds = [key.get_algorithm() for key in keys]
    return [
        name for kind in kinds for name in (["rsa-sha2-512", "rsa-sha2-256"] if kind == "ssh-rsa" else [kind])
    ]


def changed(target: Target, pinned: list[asyncssh.SSHKey], shown: list[str]) -> HostKeyChanged:
    expected = ", ".join(key.get_fingerprint() for key in pinned)
    return HostKeyChanged(
        f"{target.label}: {target.address}:{target.port} shows the host key {', '.join(shown) or '(none)'}, "
        f"pinned is {expected}; find out why, then run: muster prepare"
    )


def shown_key(key: asyncssh.SSHKey) -> HostKey:
    """A key as a plan pins it."""
    kind, data, *_ = key.export_public_key("openssh").decode().split()
    return HostKey(line=f"{kind} {data}", fingerprint=key.get_fingerprint())


class Witness(asyncssh.SSHClient):
    """Sees the key that is not among the pinned ones, and refuses it."""

    def __init__(self, saw: Callable[[asyncssh.SSHKey], None]) -> None:
        self._saw = saw

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self._saw(key)
        return False
