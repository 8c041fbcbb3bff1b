"""One session on a connection: a command, its input, its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import asyncssh


@dataclass(frozen=True)
class Answer:
    """What a remote program answered. stdout and stderr are cut at the caller's bound."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class Lost(Exception):
    """The link went before the answer was whole: nobody knows what the other side did."""


async def exchange(
    connection: asyncssh.SSHClientConnection,
    command: str,
    stdin: bytes,
    within_s: float,
    bound: int,
) -> Answer:
    """Raises Lost. `bound`: bytes kept of stdout and of stderr."""
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
        raise Lost(f"no answer within {within_s:g} s") from None
    except (OSError, asyncssh.Error) as error:
        raise Lost(f"the link was lost: {words(error)}") from None
    finally:
        if process is not None:
            process.close()
    # asyncssh does not raise for a lost link: no status means that nobody knows.
    if process.returncode is None:
        raise Lost("the link was lost before the answer")
    return Answer(process.returncode, stdout, stderr)


async def _open(connection: asyncssh.SSHClientConnection, command: str) -> asyncssh.SSHClientProcess[bytes]:
    """A session. A server that has just closed some may not have counted them out yet, and refuses one too many."""
    for pause_s in (0.01, 0.02, 0.05, 0.1, 0.3, 0.5):
        try:
            return await connection.create_process(command, encoding=None)
        except asyncssh.ChannelOpenError:
            await asyncio.sleep(pause_s)
    return await connection.create_process(command, encoding=None)


async def _take(stream: asyncssh.SSHReader[bytes], bound: int) -> bytes:
    """The first `bound` bytes; the rest is read and dropped, so that the other side never stalls."""
    parts: list[bytes] = []
    size = 0
    while part := await stream.read(65536):
        parts.append(part[: max(0, bound - size)])
        size += len(part)
    return b"".join(parts)


def words(error: Exception) -> str:
    """One line."""
    return f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
