"""The write-read proof, against a real database and a service at the wire."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from activities.datasets.postgresql import PostgresqlDataset
from activities.errors import BadOrder
from activities.models import DatasetSide, Outcome, ProofOrder, StepResult
from activities.proof import WriteReadProof
from tests.activities.datasets.test_postgresql import Host
from tests.activities.pg import Logins, Server
from tests.activities.wire import http, serving

READ = "select 1 from entries where ref = '{ref}'"


class Service:
    """Writes what it is told into its database, after it has refused so many times."""

    def __init__(self, database: Server | None, refuses: int = 0) -> None:
        self.refs: list[str] = []
        self._database, self._refuses = database, refuses

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, url, _ = head.split("\r\n")[0].split()
        length = int(head.lower().partition("content-length:")[2].split()[0])
        form = (await reader.readexactly(length)).decode()
        fields = parse_qs(form) or parse_qs(urlsplit(url).query)
        assert method == "POST"
        self.refs.append(fields["ref"][0])
        if len(self.refs) <= self._refuses:
            writer.write(http(503))
        else:
            if self._database is not None:
                self._database.sql(f"insert into entries values ('{self.refs[-1]}', 0)")  # noqa: S608  ours
            writer.write(http(201))
        await writer.drain()


def order(side: DatasetSide, write: str, **more: object) -> ProofOrder:
    values = {
        "service": "core",
        "write": write,
        "read": READ,
        "side": side,
        "ref": "muster-ab-1",
        "within_s": 1.0,
    }
    return ProofOrder.model_validate(values | more)


async def prove(made: ProofOrder, delivery: int = 1) -> StepResult:
    return await WriteReadProof({"postgresql": PostgresqlDataset(Logins(), Host())}).prove(made, delivery)


async def test_a_write_is_read_where_it_must_be(pg_primary: Server) -> None:
    """Law 17: the reference as a form field or in the address; a new one for each delivery."""
    service = Service(pg_primary)
    async with serving(service.answer) as at:
        for delivery, query in ((1, ""), (2, "?ref={ref}")):
            done = await prove(order(pg_primary.side(), f"http://{at}/transfer{query}"), delivery)
            assert done.outcome is Outcome.DONE, done.summary
    assert service.refs == ["muster-ab-1-1-1", "muster-ab-1-2-1"]


async def test_a_service_that_writes_elsewhere_fails(pg_primary: Server) -> None:
    """A healthy application on the wrong database: it takes the write, and the promoted side lacks it."""
    async with serving(Service(None).answer) as at:
        failed = await prove(order(pg_primary.side(), f"http://{at}/transfer", ref="lost", within_s=0.5))
    assert failed.outcome is Outcome.FAILED and "it writes somewhere else" in failed.summary


async def test_a_service_just_started_is_asked_again(pg_primary: Server) -> None:
    """Within the bound, each write with a reference of its own."""
    service = Service(pg_primary, refuses=2)
    async with serving(service.answer) as at:
        done = await prove(order(pg_primary.side(), f"http://{at}/transfer", ref="again", within_s=5.0))
    assert done.outcome is Outcome.DONE and service.refs == ["again-1-1", "again-1-2", "again-1-3"]


async def test_a_service_that_takes_no_write_fails_on_time(pg_primary: Server) -> None:
    """Refused or silent: the reason says what was met."""
    async with serving(Service(pg_primary, refuses=10**6).answer) as at:
        failed = await prove(order(pg_primary.side(), f"http://{at}/transfer", within_s=0.3))
    assert failed.outcome is Outcome.FAILED and "HTTP status 503" in failed.summary
    began = time.monotonic()
    failed = await prove(order(pg_primary.side(), "http://127.0.0.1:1/transfer", within_s=0.3))
    assert failed.outcome is Outcome.FAILED and "refused" in failed.summary
    assert time.monotonic() - began < 2


async def test_what_cannot_be_read_is_no_proof(pg_primary: Server) -> None:
    """Law 2: a promoted side that does not answer, or a query that cannot run, is not a success."""
    async with serving(Service(None).answer) as at:
        url = f"http://{at}/transfer"
        wrong = await prove(order(pg_primary.side(), url, read="selekt", within_s=0.2))
        dead = await prove(order(pg_primary.side(port=1), url, within_s=0.2))
    assert wrong.outcome is dead.outcome is Outcome.FAILED
    assert "cannot be run" in wrong.summary and "does not answer" in dead.summary


@contextmanager
def bad_order() -> Iterator[None]:
    with pytest.raises(BadOrder, match="ref may hold"):
        yield


async def test_a_reference_cannot_leave_its_literal(pg_primary: Server) -> None:
    """It goes into SQL and an address: nothing but harmless characters is taken."""
    for ref in ("a'b", "a b", "", "x" * 81, "a;b", "a&b"):
        with bad_order():
            await prove(order(pg_primary.side(), "http://127.0.0.1:1/", ref=ref))
