"""A link that a test can throttle and cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.activities.wire import serving


class Relay:
    """Carries bytes to a port of this machine. Cut: connections stay open and carry nothing."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.bytes_per_second: float | None = None
        self.is_cut = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await asyncio.gather(self._carry(reader, to), self._carry(there, writer))
        finally:
            to.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(1024):
            if self.bytes_per_second is not None:
                await asyncio.sleep(len(piece) / self.bytes_per_second)
            if self.is_cut:
                await asyncio.Event().wait()
            sink.write(piece)
            await sink.drain()
        sink.close()


@asynccontextmanager
async def relaying(port: int) -> AsyncIterator[tuple[Relay, int]]:
    """The relay, and the port it listens on."""
    relay = Relay(port)
    async with serving(relay.answer) as at:
        yield relay, int(at.rpartition(":")[2])
