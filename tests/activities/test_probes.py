"""Probes and checks: what is seen is told on time, and trouble is never raised."""

from __future__ import annotations

import asyncio
import time

import pytest

from activities.errors import BadOrder
from activities.models import Check, Probe, ProbeResult, SightOrder
from activities.probes import ProbeActivities, Probes
from tests.activities.pg import Server
from tests.activities.wire import http, says, serving

SILENT = says(b"", then_close=False)


async def probe(url: str, timeout_s: float = 2.0) -> ProbeResult:
    return await Probes().probe(Probe(url=url, timeout_s=timeout_s))


async def test_http_serves_by_its_status() -> None:
    """A center serves when its address answers well; a redirect is an answer, and is not followed."""
    for status, serves in ((200, True), (204, True), (302, True), (404, False), (503, False)):
        async with serving(says(http(status, b"", "Location: http://127.0.0.1:1/"))) as at:
            result = await probe(f"http://{at}/health")
            assert result.serves is serves, result
            assert serves or str(status) in result.error


async def test_ssh_serves_by_its_banner() -> None:
    """An open port is not yet an SSH server."""
    async with serving(says(b"welcome\r\nSSH-2.0-x\r\n", then_close=False)) as at:
        assert (await probe(f"ssh://{at}")).serves
    async with serving(says(b"220 mail\r\n")) as at:
        assert "not as an SSH" in (await probe(f"ssh://{at}")).error
    async with serving(SILENT) as at:
        assert (await probe(f"tcp://{at}")).serves
        assert "within 0.2 s" in (await probe(f"ssh://{at}", 0.2)).error


async def test_sql_serves_without_a_login(pg_primary: Server) -> None:
    """A PostgreSQL server is seen by its first byte, before any login."""
    assert (await probe(f"sql://127.0.0.1:{pg_primary.port}")).serves
    async with serving(says(b"HTTP/1.1 400 no\r\n")) as at:
        assert "not as a PostgreSQL" in (await probe(f"sql://{at}")).error


@pytest.mark.parametrize(
    "url",
    [
        "tcp://127.0.0.1:1",
        "ssh://127.0.0.1:1",
        "sql://127.0.0.1:1",
        "http://127.0.0.1:1/",
        "https://127.0.0.1:1",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:99999",
        "http://[",
        "tcp://no.such.host.invalid:80",
        "icmp://127.0.0.1",
        "",
    ],
)
async def test_a_probe_never_raises(url: str) -> None:
    """Trouble is a result with a reason."""
    result = await probe(url)
    assert not result.serves and result.error


async def test_a_sight_is_as_long_as_its_longest_probe() -> None:
    """All targets at once, under one deadline."""
    async with serving(SILENT) as mute, serving(says(http(200))) as well:
        order = SightOrder(
            failure_domain="busan",
            targets=[Probe(url=f"http://{mute}/{i}", timeout_s=0.4) for i in range(20)]
            + [Probe(url=f"http://{well}/")],
            neutral=[Probe(url=f"tcp://{well}")],
        )
        began = time.monotonic()
        seen = await ProbeActivities(Probes(), "busan").sight(order)
    assert time.monotonic() - began < 3
    assert [r.serves for r in seen.results] == [False] * 20 + [True]
    assert (seen.vantage, seen.failure_domain, seen.blind) == ("busan", "busan", False)


async def test_blind_when_no_neutral_target_answers() -> None:
    """Law 1: what a blind vantage point does not see is not evidence."""
    dead = Probe(url="tcp://127.0.0.1:1")
    async with serving(SILENT) as at:
        here = Probe(url=f"tcp://{at}")
        look = Probes().sight
        assert (await look("v", "d", [here], [dead, dead])).blind
        assert not (await look("v", "d", [here], [dead, here])).blind
        assert not (await look("v", "d", [dead], [])).blind


async def check(at: str, **more: object) -> str:
    order = {"kind": "http", "url": f"http://{at}/health", "timeout_s": 0.5} | more
    look = await Probes().check(Check.model_validate(order))
    assert look.well is (look.reason == "")
    return look.reason


async def test_http_check() -> None:
    """Status and body are what the plan says; a redirect is its own status and goes nowhere."""
    async with serving(says(http(200, b"state: up\n"))) as at:
        assert await check(at) == ""
        assert await check(at, body="state: (up|ready)") == ""
        assert "does not say down" in await check(at, body="down")
        assert "status 200, not 204" in await check(at, status=204)
    async with serving(says(http(302, b"", "Location: http://192.0.2.1/"))) as at:
        assert "status 302, not 200" in await check(at)
        assert await check(at, status=302) == ""


async def test_http_check_reads_chunks_and_bodies_without_length() -> None:
    """What servers send in practice."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving(says(head + b"3\r\nab \r\n5;x=y\r\nready\r\n0\r\n\r\n")) as at:
        assert await check(at, body="^ab ready$") == ""
    async with serving(says(b"HTTP/1.0 200 OK\r\n\r\nready")) as at:
        assert await check(at, body="^ready$") == ""
    async with serving(says(b"HTTP/1.1 100 Continue\r\n\r\n" + http(200, b"x"))) as at:
        assert await check(at, body="x") == ""


async def test_only_the_first_64_kib_are_read() -> None:
    """A body of any size costs no more than the limit, and what lies beyond it is not seen."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 4096)
            await writer.drain()

    async with serving(endless) as at:
        assert await check(at, body="^x{65536}$") == ""
    async with serving(says(http(200, b"x" * 65536 + b"end"))) as at:
        assert "does not say end" in await check(at, body="end")


async def test_a_slow_drip_ends_on_time() -> None:
    """A byte now and then keeps no look alive, in the head or in the body."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b"x" * 99:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    began = time.monotonic()
    async with serving(drip) as at:
        assert "within 0.5 s" in await check(at)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200,
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 200_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_a_broken_answer_is_not_well(answer: bytes) -> None:
    """What is not HTTP, or stops early, is no health."""
    async with serving(says(answer)) as at:
        assert await check(at)


async def test_tcp_check() -> None:
    """A port that takes a connection."""
    async with serving(SILENT) as at:
        assert await check(at, kind="tcp", url=f"tcp://{at}") == ""
    assert "refused" in await check("", kind="tcp", url="tcp://127.0.0.1:1")


async def test_a_bad_order_is_refused() -> None:
    """A check that cannot be right at any time is not retried."""
    with pytest.raises(BadOrder, match="regular expression"):
        await check("127.0.0.1:1", body="(")
    with pytest.raises(BadOrder, match="kind command"):
        await check("127.0.0.1:1", kind="command")
