"""Questions to a PostgreSQL server with a hard end. The one file that imports psycopg.

A question to a server that was cut off must end on time, and psycopg's own cancelling does not: after a
cancelled query it asks the server to stop and waits up to ten seconds for it. So every question has a
timer that shuts the socket under it.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
import socket
import time
from collections.abc import Coroutine, Iterator
from typing import Any, TypeAlias

import psycopg

from activities.datasets import Reading
from activities.errors import BadOrder, ServerUnreachable, SqlFailed
from activities.models import DatasetSide
from activities.secrets import Secrets

Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]

# The clock is that of the question's arrival and the snapshot is taken before the position is read: whatever
# was committed before the clock is in both. The insert position, not the written one: an asynchronous commit
# is acknowledged before its log is written.
READING = """
select extract(epoch from statement_timestamp())::float8,
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,
       pg_current_snapshot()::text,
       (select system_identifier::text from pg_control_system()),
       ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
"""
# The server is going down or coming up: it takes no writes. (A failed connection carries no code, only
# words.)
GOING_CODES = {"57P01", "57P02", "57P03"}
# What libpq itself says when no server answered; everything else was said by a server.
SILENT_WORDS = re.compile(
    "refused|closed the connection|timeout|No route|unreachable|reset by peer|SYSCALL|EOF detected|could not"
    "|Name or service|No such file|Broken pipe|resolve|the database system is",
    re.IGNORECASE,
)


def place(side: DatasetSide) -> str:
    return f"{side.label} at {side.target.label}:{side.port}"


class PostgresqlWriter:
    """A kept connection to a writer, made anew when it was lost."""

    def __init__(self, side: DatasetSide, secrets: Secrets) -> None:
        self._side = side
        self._secrets = secrets
        self._kept: Connection | None = None

    async def read(self, within_s: float) -> Reading:
        ends = time.monotonic() + within_s
        if self._kept is not None:
            # A kept connection may be stale (the server was restarted): its loss alone says nothing.
            with contextlib.suppress(ServerUnreachable):
                return await self._read(ends)
        self._kept = await connect(self._side, self._secrets, ends - time.monotonic(), read_only=True)
        return await self._read(ends)

    async def _read(self, ends: float) -> Reading:
        assert self._kept is not None
        try:
            row = await question(self._kept, self._side, READING, ends - time.monotonic())
        except BaseException:
            await self.close()
            raise
        clock, position, snapshot, system, timeline = row
        return Reading(clock, _without_page_header(position), snapshot, system, timeline)

    async def close(self) -> None:
        if self._kept is not None:
            await self._kept.close()
            self._kept = None


async def connect(side: DatasetSide, secrets: Secrets, within_s: float, *, read_only: bool) -> Connection:
    user, colon, password = secrets.resolve(side.login).partition(":")
    if not colon:
        raise BadOrder(f"secret {side.login}: a PostgreSQL login is USER:PASSWORD")
    # The server's own limit comes after ours: it only cleans up behind a question that we have left, and a
    # write that waits for a lost standby must not count as done because its wait was cancelled.
    options = f"-c statement_timeout={math.ceil(within_s * 2000)}"
    if read_only:
        options += " -c default_transaction_read_only=on"
    try:
        async with asyncio.timeout(within_s):
            return await psycopg.AsyncConnection.connect(
                host=side.target.address,
                port=side.port,
                dbname=side.database,
                user=user,
                password=password,
                options=options,
                application_name="muster",
                autocommit=True,
                connect_timeout=max(2, math.ceil(within_s)),
            )
    except TimeoutError:
        raise ServerUnreachable(f"{place(side)} did not answer within {within_s:.1f} s") from None
    except (psycopg.Error, OSError) as error:
        raise _trouble(side, error) from None


async def question(connection: Connection, side: DatasetSide, sql: str, within_s: float) -> tuple[Any, ...]:
    """One statement, its first row; empty when there is none."""
    try:
        with _shut_after(connection, within_s):
            row = await _unless_called_off(connection, _first_row(connection, sql))
    except psycopg.Error as error:
        raise _trouble(side, error) from None
    return row or ()


async def _first_row(connection: Connection, sql: str) -> tuple[Any, ...] | None:
    # Binary results take the protocol's extended form, which refuses a second statement.
    cursor = await connection.execute(sql.encode(), binary=True)
    return await cursor.fetchone()


async def _unless_called_off(
    connection: Connection, asking: Coroutine[Any, Any, tuple[Any, ...] | None]
) -> tuple[Any, ...] | None:
    """A cancel shuts the socket: psycopg does not learn of it, and asks nobody to stop."""
    task = asyncio.create_task(asking)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        _shut(connection)
        await asyncio.wait([task])
        task.exception()  # what it says of the shut socket is no news
        raise


@contextlib.contextmanager
def _shut_after(connection: Connection, seconds: float) -> Iterator[None]:
    timer = asyncio.get_running_loop().call_later(max(0.0, seconds), _shut, connection)
    try:
        yield
    finally:
        timer.cancel()


def _shut(connection: Connection) -> None:
    with (
        contextlib.suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


def _trouble(side: DatasetSide, error: psycopg.Error | OSError) -> ServerUnreachable | SqlFailed:
    """A server that says no is alive: whoever judges a loss must not take it for dark."""
    code = getattr(error, "sqlstate", None)
    words = " ".join(str(error).split()) or type(error).__name__
    silent = code in GOING_CODES if code else isinstance(error, OSError) or SILENT_WORDS.search(words)
    return (ServerUnreachable if silent else SqlFailed)(f"{place(side)}: {words}")


def _without_page_header(position: int) -> int:
    """The insert position in an empty page is behind the page's header, which is never sent alone."""
    return position - position % 8192 if position % 8192 in (24, 40) else position
