"""Kept SSH connections: the only file that knows asyncssh.

Each worker keeps one connection for each target; sessions on it are bounded. Config files, agents and default
keys of the worker's machine are never read. Host keys are strict: what the plan pins, or nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh

from activities.errors import BadOrder, HostKeyChanged, HostUnprepared, HostUnreachable
from activities.models import HostKey, Target
from activities.secrets import Secrets

KEY_KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512")
KEPT_FREE = 2
"""Sessions that slow requests leave to quick ones: a look must not wait behind followed jobs."""


@dataclass(frozen=True)
class Answer:
    """What a remote program answered. stdout and stderr are cut at the caller's bound."""

    exit_code: int
    stdout: bytes
    stderr: bytes


@dataclass
class _Line:
    """The kept connection of one target."""

    sessions: asyncio.Semaphore
    slow_sessions: asyncio.Semaphore
    connecting: asyncio.Task[asyncssh.SSHClientConnection] | None = None
    shown: list[str] = field(default_factory=list)  # fingerprints of keys that were refused


class _Lost(Exception):
    """The link went before the answer was whole: nobody knows what the other side did."""


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
                return await self._exchange(connection, command, stdin, within_s, bound)
            except _Lost as lost:
                self._drop(line, connection)
                if not was_kept or not connection.is_closed():
                    raise HostUnreachable(f"{target.label}: {lost}; it is asked again") from None
            connection = await self._connection(target, line)
            try:
                return await self._exchange(connection, command, stdin, within_s, bound)
            except _Lost as lost:
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
        return [HostKey(line=_key_line(key), fingerprint=key.get_fingerprint()) for key in keys]

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
        pinned = _pinned(target)
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
                    client_factory=lambda: _Witness(shown.append),
                    server_host_key_algs=_algorithms(pinned),
                    tunnel=tunnel,
                    config=[],
                    agent_path=None,
                    preferred_auth=["publickey"],
                    keepalive_interval=self._keepalive_s,
                    keepalive_count_max=2,
                )
        except asyncssh.HostKeyNotVerifiable:
            raise _changed(target, pinned, [key.get_fingerprint() for key in shown]) from None
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
            return _changed(target, pinned, sorted(shown))
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

    async def _exchange(
        self,
        connection: asyncssh.SSHClientConnection,
        command: str,
        stdin: bytes,
        within_s: float,
        bound: int,
    ) -> Answer:
        process: asyncssh.SSHClientProcess[bytes] | None = None
        try:
            async with asyncio.timeout(within_s):
                process = await _open(connection, command)
                process.stdin.write(stdin)
                process.stdin.write_eof()
                stdout, stderr, _ = await asyncio.gather(
                    _take(process.stdout, bound), _take(process.stderr, bound), process.wait_closed()
                )
        except TimeoutError:
            raise _Lost(f"no answer within {within_s:g} s") from None
        except (OSError, asyncssh.Error) as error:
            raise _Lost(f"the link was lost: {_words(error)}") from None
        finally:
            if process is not None:
                process.close()
        # asyncssh does not raise for a lost link: no status means that nobody knows.
        if process.returncode is None:
            raise _Lost("the link was lost before the answer")
        return Answer(process.returncode, stdout, stderr)


async def _open(connection: asyncssh.SSHClientConnection, command: str) -> asyncssh.SSHClientProcess[bytes]:
    """A session. A server that has just closed some may not have counted them out yet, and refuses one too many."""
    for pause_s in (0.01, 0.02, 0.05, 0.1, 0.3, 0.5):
        try:
            return await connection.create_process(command, encoding=None)
        except asyncssh.ChannelOpenError:
            await asyncio.sleep(pause_s)
    return await connection.create_process(command, encoding=None)


class _Witness(asyncssh.SSHClient):
    """Sees the key that is not among the pinned ones, and refuses it."""

    def __init__(self, saw: Callable[[asyncssh.SSHKey], None]) -> None:
        self._saw = saw

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self._saw(key)
        return False


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


async def _take(stream: asyncssh.SSHReader[bytes], bound: int) -> bytes:
    """The first `bound` bytes; the rest is read and dropped, so that the other side never stalls."""
    parts: list[bytes] = []
    size = 0
    while part := await stream.read(65536):
        parts.append(part[: max(0, bound - size)])
        size += len(part)
    return b"".join(parts)


def _pinned(target: Target) -> list[asyncssh.SSHKey]:
    lines = [line for line in (target.host_key or "").splitlines() if line.strip()]
    if not lines:
        raise HostUnprepared(f"{target.label}: no host key is pinned; run: muster prepare")
    try:
        return [asyncssh.import_public_key(line) for line in lines]
    except (asyncssh.KeyImportError, ValueError):
        raise BadOrder(
            f'{target.label}: the pinned host key is not of the form "ssh-ed25519 AAAA…"'
        ) from None


def _algorithms(keys: list[asyncssh.SSHKey]) -> list[str]:
    """Ask for the pinned kinds only: a server with several keys shows the first that is asked for."""
    kinds = [key.get_algorithm() for key in keys]
    return [
        name for kind in kinds for name in (["rsa-sha2-512", "rsa-sha2-256"] if kind == "ssh-rsa" else [kind])
    ]


def _changed(target: Target, pinned: list[asyncssh.SSHKey], shown: list[str]) -> HostKeyChanged:
    expected = ", ".join(key.get_fingerprint() for key in pinned)
    return HostKeyChanged(
        f"{target.label}: {target.address}:{target.port} shows the host key {', '.join(shown) or '(none)'}, "
        f"pinned is {expected}; find out why, then run: muster prepare"
    )


def _unreachable(target: Target, error: Exception) -> HostUnreachable:
    return HostUnreachable(
        f"{target.label}: no SSH connection to {target.address}:{target.port}: {_words(error)}"
    )


def _key_line(key: asyncssh.SSHKey) -> str:
    kind, data, *_ = key.export_public_key("openssh").decode().split()
    return f"{kind} {data}"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
