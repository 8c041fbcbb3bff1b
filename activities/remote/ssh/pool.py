"""Kept SSH connections.

Each worker keeps one connection for each target; sessions on it are bounded. Config files, agents and default
keys of the worker's machine are never read. Host keys are strict: what the plan pins, or nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh

from activities.errors import BadOrder, HostKeyChanged, HostUnreachable
from activities.models import HostKey, Target
from activities.remote.ssh.pins import Witness, algorithms, changed, pinned_keys, shown_key
from activities.remote.ssh.session import Answer, Lost, exchange, words
from activities.secrets import Secrets

KEY_KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512")
KEPT_FREE = 2
"""Sessions that slow requests leave to quick ones: a look must not wait behind followed jobs."""


@dataclass
class _Line:
    """The kept connection of one target."""

    sessions: asyncio.Semaphore
    slow_sessions: asyncio.Semaphore
    connecting: asyncio.Task[asyncssh.SSHClientConnection] | None = None
    shown: list[str] = field(default_factory=list)  # fingerprints of keys that were refused


class SshPool:
    """One connection for each target, made at its first use and replaced when it broke.

    A peer that is dead is noticed within `keepalive_s` * 3 (3 s).
    """

    def __init__(
        self,
        secrets: Secrets,
        *,
        max_sessions: int = 8,
        connect_timeout_s: float = 3.0,
        keepalive_s: float = 1.0,
    ) -> None:
        self._secrets = secrets
        self._max_sessions = max(max_sessions, KEPT_FREE + 1)
        self._connect_timeout_s = connect_timeout_s
        self._keepalive_s = keepalive_s
        self._lines: dict[Target, _Line] = {}

    async def aclose(self) -> None:
        """Close every connection. Jobs go on at their hosts."""
        lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            if line.connecting is None:
                continue
            line.connecting.cancel()
            if (connection := _made(line)) is not None:
                connection.close()
                await connection.wait_closed()

    async def ask(
        self, target: Target, command: str, stdin: bytes, *, within_s: float, bound: int, slow: bool = False
    ) -> Answer:
        """Run `command` at the target with `stdin`, and wait for its end.

        Only for what may be sent twice: a kept connection that turns out to be dead is replaced once.
        `bound`: bytes kept of stdout and of stderr, the rest is read and dropped. `slow`: it holds its
        session for seconds. Raises HostUnreachable, HostKeyChanged, HostUnprepared, SecretMissing.
        """
        line = self._line(target)
        async with _seat(line, slow):
            was_kept = _made(line) is not None
            connection = await self._connection(target, line)
            try:
                return await exchange(connection, command, stdin, within_s, bound)
            except Lost as lost:
                self._drop(line, connection)
                if not was_kept or not connection.is_closed():
                    raise HostUnreachable(f"{target.label}: {lost}; it is asked again") from None
            connection = await self._connection(target, line)
            try:
                return await exchange(connection, command, stdin, within_s, bound)
            except Lost as lost:
                self._drop(line, connection)
                raise HostUnreachable(f"{target.label}: {lost}; it is asked again") from None

    async def host_keys(self, target: Target) -> list[HostKey]:
        """The public keys that the target shows, unproven: for a person to compare.

        Raises HostUnreachable.
        """
        tunnel = await self._tunnel(target)
        found = await asyncio.gather(*(self._shown_key(target, tunnel, kind) for kind in KEY_KINDS))
        keys = [key for key in found if key is not None]
        if not keys:
            raise HostUnreachable(
                f"{target.label}: no SSH server shows a key at {target.address}:{target.port}"
            )
        return [shown_key(key) for key in keys]

    async def _shown_key(
        self, target: Target, tunnel: asyncssh.SSHClientConnection | None, kind: str
    ) -> asyncssh.SSHKey | None:
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                return await asyncssh.get_server_host_key(
                    target.address, target.port, tunnel=tunnel, server_host_key_algs=[kind], config=[]
                )
        except (OSError, asyncssh.Error, TimeoutError):
            return None

    def _line(self, target: Target) -> _Line:
        if target not in self._lines:
            self._lines[target] = _Line(
                sessions=asyncio.Semaphore(self._max_sessions),
                slow_sessions=asyncio.Semaphore(self._max_sessions - KEPT_FREE),
            )
        return self._lines[target]

    async def _connection(self, target: Target, line: _Line) -> asyncssh.SSHClientConnection:
        """The kept connection. Those who come first together share one attempt; who leaves stops nobody."""
        if line.connecting is not None and line.connecting.done() and _made(line) is None:
            line.connecting = None
        if line.connecting is None:
            line.connecting = asyncio.create_task(self._connect(target))
            line.connecting.add_done_callback(_look_at_error)
        return await asyncio.shield(line.connecting)

    def _drop(self, line: _Line, connection: asyncssh.SSHClientConnection) -> None:
        """Forget a connection whose peer is gone; one that merely refused a session stays."""
        if connection.is_closed() and line.connecting is not None and _made(line) is None:
            line.connecting = None

    async def _connect(self, target: Target) -> asyncssh.SSHClientConnection:
        pinned = pinned_keys(target)
        client_key = self._client_key(target)
        tunnel = await self._tunnel(target)
        shown: list[asyncssh.SSHKey] = []
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                return await asyncssh.connect(
                    target.address,
                    target.port,
                    username=target.user,
                    client_keys=[client_key],
                    known_hosts=(pinned, [], []),
                    client_factory=lambda: Witness(shown.append),
                    server_host_key_algs=algorithms(pinned),
                    tunnel=tunnel,
                    config=[],
                    agent_path=None,
                    preferred_auth=["publickey"],
                    keepalive_interval=self._keepalive_s,
                    keepalive_count_max=2,
                )
        except asyncssh.HostKeyNotVerifiable:
            raise changed(target, pinned, [key.get_fingerprint() for key in shown]) from None
        except (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost, ConnectionResetError) as error:
            raise await self._no_common_key(target, pinned, error) from None
        except asyncssh.PermissionDenied:
            raise HostUnreachable(
                f"{target.label}: {target.address} does not let {target.user} in with the key {target.key!r}"
            ) from None
        except TimeoutError:
            raise HostUnreachable(
                f"{target.label}: no SSH answer from {target.address}:{target.port} "
                f"within {self._connect_timeout_s:g} s"
            ) from None
        except (OSError, asyncssh.Error) as error:
            raise _unreachable(target, error) from None

    async def _no_common_key(
        self, target: Target, pinned: list[asyncssh.SSHKey], error: Exception
    ) -> HostKeyChanged | HostUnreachable:
        """A server that has no key of the pinned kind any more shows another key too, and may just hang up."""
        shown = {key.fingerprint for key in await self.host_keys(target)}
        if shown.isdisjoint(key.get_fingerprint() for key in pinned):
            return changed(target, pinned, sorted(shown))
        return _unreachable(target, error)

    async def _tunnel(self, target: Target) -> asyncssh.SSHClientConnection | None:
        if target.via is None:
            return None
        return await self._connection(target.via, self._line(target.via))

    def _client_key(self, target: Target) -> asyncssh.SSHKey:
        text = self._secrets.resolve(target.key)
        try:
            return asyncssh.import_private_key(f"{text}\n")
        except (asyncssh.KeyImportError, ValueError):
            raise BadOrder(
                f"{target.label}: the secret {target.key!r} is not a private key without a passphrase"
            ) from None


@asynccontextmanager
async def _seat(line: _Line, slow: bool) -> AsyncIterator[None]:
    if not slow:
        async with line.sessions:
            yield
        return
    async with line.slow_sessions, line.sessions:
        yield


def _made(line: _Line) -> asyncssh.SSHClientConnection | None:
    """The connection, when there is one that works."""
    task = line.connecting
    if task is None or not task.done() or task.cancelled() or task.exception() is not None:
        return None
    connection = task.result()
    return None if connection.is_closed() else connection


def _look_at_error(task: asyncio.Task[asyncssh.SSHClientConnection]) -> None:
    """Those who waited may all have left: an exception that nobody takes is a warning at the end."""
    if not task.cancelled():
        task.exception()


def _unreachable(target: Target, error: Exception) -> HostUnreachable:
    return HostUnreachable(
        f"{target.label}: no SSH connection to {target.address}:{target.port}: {words(error)}"
    )
