"""One HTTP/1.1 exchange with a hard end: no redirects, no pool, no more than the first 64 KiB of a body.

What a look needs and no more: a client that follows, retries or decodes would hide what a user meets.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

BODY_LIMIT = 64 * 1024
HEADERS_LIMIT = 100


class HttpTrouble(Exception):
    """No answer, or none that is HTTP. The message is one line."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes  # the first 64 KiB


async def exchange(url: str, within_s: float, form: bytes | None = None, *, trusted: bool = True) -> Reply:
    """GET, or POST of a form. `trusted`: the certificate of an https server must be valid.

    Raises HttpTrouble, on time even when the body drips.
    """
    try:
        async with asyncio.timeout(within_s):
            return await _exchange(urlsplit(url), form, trusted)
    except TimeoutError:
        raise HttpTrouble(f"no whole answer within {within_s:g} s") from None
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise HttpTrouble(one_line(error)) from None


def one_line(error: BaseException) -> str:
    """The words of an error, or its name when it has none. asyncio hides those of the system behind its own."""
    if type(error).__module__ == "builtins" and isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return " ".join(str(error).split()) or type(error).__name__


async def _exchange(where: SplitResult, form: bytes | None, trusted: bool) -> Reply:
    if where.scheme not in ("http", "https") or not where.hostname:
        raise ValueError(f"not an http address: {where.geturl()}")
    secured = _tls(trusted) if where.scheme == "https" else None
    port = where.port or (443 if secured else 80)
    reader, writer = await asyncio.open_connection(where.hostname, port, ssl=secured, limit=BODY_LIMIT)
    try:
        writer.write(_request(where, form))
        await writer.drain()
        return await _reply(reader)
    finally:
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Without waiting for the other side, which may never answer."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _tls(trusted: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not trusted:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _request(where: SplitResult, form: bytes | None) -> bytes:
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")
    host = where.netloc.rpartition("@")[2]
    lines = [
        f"{'GET' if form is None else 'POST'} {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: muster",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    if form is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    head = "\r\n".join(lines)
    if any(ord(c) < 32 for line in lines for c in line) or not head.isascii():
        raise ValueError("the address holds characters that are not allowed in a request")
    return f"{head}\r\n\r\n".encode() + (form or b"")


async def _reply(reader: asyncio.StreamReader) -> Reply:
    status, headers = await _head(reader)
    while status in range(100, 200):
        status, headers = await _head(reader)
    if status in (204, 304):
        return Reply(status, b"")
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return Reply(status, await _chunked(reader))
    length = headers.get("content-length")
    return Reply(
        status, await _up_to(reader, BODY_LIMIT if length is None else int(length), length is not None)
    )


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    first = (await reader.readline()).split(None, 2)
    if len(first) < 2 or not first[0].startswith(b"HTTP/1."):
        raise ValueError("the answer is not HTTP")
    headers: dict[str, str] = {}
    for _ in range(HEADERS_LIMIT):
        line = (await reader.readline()).decode("latin-1").strip()
        if not line:
            return int(first[1]), headers
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ValueError(f"more than {HEADERS_LIMIT} headers")


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while len(body) < BODY_LIMIT:
        size = int((await reader.readline()).partition(b";")[0], 16)
        if size == 0:
            break
        body += await _up_to(reader, min(size, BODY_LIMIT - len(body)), whole=True)
        if len(body) < BODY_LIMIT:
            await reader.readline()
    return body


async def _up_to(reader: asyncio.StreamReader, size: int, whole: bool) -> bytes:
    """At most 64 KiB. `whole`: fewer bytes than `size` (within the limit) are a broken answer."""
    wanted, body = min(size, BODY_LIMIT), b""
    while len(body) < wanted and (piece := await reader.read(wanted - len(body))):
        body += piece
    if whole and len(body) < wanted:
        raise EOFError("the answer ended early")
    return body
