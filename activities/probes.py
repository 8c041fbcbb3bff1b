"""What a vantage point sees of the estate from outside, and the checks that need no job (laws 1, 3, 7).

A probe never raises: that something cannot be reached is what it is there to tell.
"""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from temporalio import activity

from activities.errors import BadOrder
from activities.http_exchange import HttpTrouble, Reply, exchange, hang_up, one_line
from activities.models import Check, Look, Probe, ProbeResult, Sighting, SightOrder

# PostgreSQL's SSLRequest: length and a code in place of a protocol version. Every server answers it with one
# byte, before any login.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
BANNER_LINES = 20  # RFC 4253: an SSH server may say other lines before its version


class Probes:
    """Looks over the network, each with its own hard end."""

    async def probe(self, probe: Probe) -> ProbeResult:
        """Whether something serves there."""
        began = time.monotonic()
        error = await _why_not_serving(probe)
        return ProbeResult(
            url=probe.url, serves=error is None, seconds=time.monotonic() - began, error=error or ""
        )

    async def sight(
        self, vantage: str, failure_domain: str, targets: list[Probe], neutral: list[Probe]
    ) -> Sighting:
        """All targets at once. Blind when there are neutral targets and none of them answers."""
        at = time.time()
        seen = await asyncio.gather(*[self.probe(p) for p in targets + neutral])
        neutrals = seen[len(targets) :]
        return Sighting(
            vantage=vantage,
            failure_domain=failure_domain,
            at=at,
            blind=bool(neutral) and not any(result.serves for result in neutrals),
            results=seen[: len(targets)],
        )

    async def check(self, check: Check) -> Look:
        """A check of kind tcp or http. BadOrder for another kind or a bad regular expression."""
        began = time.monotonic()
        reason = await _why_not_well(check)
        return Look(well=reason is None, reason=reason or "", seconds=time.monotonic() - began)


async def _why_not_serving(probe: Probe) -> str | None:
    look = _LOOKS.get(probe.url.partition("://")[0])
    if look is None:
        return f"cannot be probed: {', '.join(_LOOKS)} can"
    try:
        async with asyncio.timeout(probe.timeout_s):
            return await look(probe.url, probe.timeout_s)
    except TimeoutError:
        return f"no answer within {probe.timeout_s:g} s"
    except (HttpTrouble, OSError, EOFError, ValueError) as error:
        return one_line(error)


async def _http(url: str, within_s: float) -> str | None:
    """No secret is sent and nothing read is trusted: a private certificate is no reason not to see."""
    reply = await exchange(url, within_s, trusted=False)
    return None if reply.status < 400 else f"HTTP status {reply.status}"


async def _tcp(url: str, within_s: float) -> str | None:
    _, writer = await _open(url)
    await hang_up(writer)
    return None


async def _ssh(url: str, within_s: float) -> str | None:
    reader, writer = await _open(url, 22)
    try:
        for _ in range(BANNER_LINES):
            line = await reader.readline()
            if line.startswith(b"SSH-"):
                return None
            if not line:
                break
        return "answers, but not as an SSH server"
    finally:
        await hang_up(writer)


async def _sql(url: str, within_s: float) -> str | None:
    reader, writer = await _open(url, 5432)
    try:
        writer.write(SSL_REQUEST)
        await writer.drain()
        answer = await reader.read(1)
        return None if answer in (b"S", b"N", b"E") else "answers, but not as a PostgreSQL server"
    finally:
        await hang_up(writer)


_LOOKS: dict[str, Callable[[str, float], Awaitable[str | None]]] = {
    "http": _http,
    "https": _http,
    "tcp": _tcp,
    "ssh": _ssh,
    "sql": _sql,
}


async def _open(url: str, port: int | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = urlsplit(url)
    port = where.port or port
    if not where.hostname or not port:
        raise ValueError(f"no HOST:PORT in {url}")
    return await asyncio.open_connection(where.hostname, port)


async def _why_not_well(check: Check) -> str | None:
    if check.kind == "tcp":
        return await _why_not_serving(Probe(url=check.url, timeout_s=check.timeout_s))
    if check.kind != "http":
        raise BadOrder(f"a check of kind {check.kind} is not looked at over the network")
    wanted = _pattern(check.body)
    try:
        reply = await exchange(check.url, check.timeout_s)
    except HttpTrouble as trouble:
        return str(trouble)
    return _why_not_wanted(reply, check.status, wanted)


def _pattern(body: str | None) -> re.Pattern[str] | None:
    try:
        return None if body is None else re.compile(body)
    except re.error as error:
        raise BadOrder(f"check.body: not a regular expression: {body}: {error}") from None


def _why_not_wanted(reply: Reply, status: int, wanted: re.Pattern[str] | None) -> str | None:
    if reply.status != status:
        return f"HTTP status {reply.status}, not {status}"
    if wanted is not None and not wanted.search(reply.body.decode("utf-8", "replace")):
        return f"the body does not say {wanted.pattern}"
    return None


class ProbeActivities:
    """What this worker sees; `vantage` is its name in the evidence."""

    def __init__(self, probes: Probes, vantage: str) -> None:
        self._probes = probes
        self._vantage = vantage

    @activity.defn
    async def sight(self, order: SightOrder) -> Sighting:
        return await self._probes.sight(self._vantage, order.failure_domain, order.targets, order.neutral)
