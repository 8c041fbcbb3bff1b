"""The loss estimate against a measured loss: a real primary under load, its replica, and two samplers."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from activities.datasets.postgresql import PostgresqlDataset
from activities.models import LossEstimate
from activities.models.estate import SampleTarget
from activities.probes import Probes
from activities.sampling.loss import estimate
from activities.sampling.sampler import Sampler
from tests.activities.datasets.test_postgresql import Host
from tests.activities.pg import Logins, Server, primary, replica, server_directory
from tests.activities.relay import Relay, relaying
from tests.activities.waiting import until

RPO_S = 6.0
DATASET = PostgresqlDataset(Logins(), Host())


@pytest.fixture(scope="module")
def writer() -> Iterator[Server]:
    """Of its own: it is stopped in its tracks."""
    with server_directory() as root, primary(root) as server:
        yield server


class Client:
    """An outside client that logs each acknowledged write."""

    def __init__(self, server: Server) -> None:
        self.acknowledged: list[float] = []
        self._server = server

    async def run(self) -> None:
        url = f"host=127.0.0.1 port={self._server.port} user=postgres dbname=postgres"
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while True:
                number = len(self.acknowledged)
                await connection.execute("insert into entries values (%s, %s)", [str(number), number])
                self.acknowledged.append(time.time())
                await asyncio.sleep(0.005)


@asynccontextmanager
async def under_load(
    server: Server, directory: Path
) -> AsyncIterator[tuple[Client, dict[str, Sampler], Relay, Server]]:
    """Control samples the writer itself; busan over the link that the replica uses."""
    async with AsyncExitStack() as stack:
        server.sql("truncate entries")
        relay, port = await stack.enter_async_context(relaying(server.port))
        standby = stack.enter_context(replica(server, directory.name[-20:], via=port))
        samplers = {}
        client = Client(server)
        tasks = [asyncio.create_task(client.run())]
        for vantage, via in (("control", server.port), ("busan", port)):
            one = Sampler({"postgresql": DATASET}, directory / vantage, vantage, Probes())
            one.configure([SampleTarget(side=server.side(port=via), rpo_s=RPO_S)])
            tasks.append(asyncio.create_task(one.run()))
            samplers[vantage] = one
        try:
            yield client, samplers, relay, standby
        finally:
            server.signal(signal.SIGCONT)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def judged(standby: Server, samplers: dict[str, Sampler]) -> LossEstimate:
    status = await DATASET.status(standby.side())
    windows = [one.window("core.ledger", status.received) for one in samplers.values()]
    return estimate(status, windows, RPO_S, time.time(), dataset="core.ledger")


async def both_dark(samplers: dict[str, Sampler]) -> None:
    async def are_dark() -> bool:
        return all(one.window("core.ledger", 0).dark_by is not None for one in samplers.values())

    await until(are_dark)


@pytest.mark.parametrize("disaster", ["sudden", "link cut before", "throttled"])
async def test_the_interval_contains_the_measured_loss(disaster: str, writer: Server, tmp_path: Path) -> None:
    """Law 16: lower end <= true loss <= upper end <= 3 x true loss + RPO/5."""
    async with under_load(writer, tmp_path) as (client, samplers, relay, standby):
        await until(lambda: _shows_rows(standby))
        if disaster == "throttled":
            relay.bytes_per_second = 4_000
        await asyncio.sleep(1.0)  # the load itself
        if disaster == "link cut before":
            relay.is_cut = True
            await asyncio.sleep(1.5)
        writer.signal(signal.SIGSTOP)
        relay.is_cut = True
        ended = time.time()
        await both_dark(samplers)
        found = await judged(standby, samplers)
        await DATASET.drain(standby.side(), 5)
        kept = int(standby.sql("select coalesce(max(amount), -1) from entries"))
    lost = client.acknowledged[kept + 1 :]
    # An answer that was on its way when the writer stopped is logged a moment later.
    true = max(ended, lost[-1]) - lost[0] if lost else 0.0
    assert found.lower_s is not None and found.upper_s is not None, found
    assert found.lower_s <= true <= found.upper_s, (found, true)
    assert found.upper_s <= 3 * true + RPO_S / 5, (found, true)
    assert (true > 0.5) is (disaster != "sudden"), "the disaster was another than meant"


async def _shows_rows(standby: Server) -> bool:
    return int(standby.sql("select count(*) from entries")) > 20
