"""The sampler: it goes on without Temporal, through restarts, silence and replaced writers."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from activities.datasets.postgresql import PostgresqlDataset
from activities.models import DatasetSide, Probe, SampleWindow, WindowOrder
from activities.models.estate import SampleTarget
from activities.probes import Probes
from activities.sampling.sample_log import FILES, KEEP_S, SampleLog
from activities.sampling.sampler import Sampler, SamplerActivities
from tests.activities.datasets.test_postgresql import Host
from tests.activities.pg import Logins, Server
from tests.activities.test_samples import failure, sample
from tests.activities.waiting import until

LABEL = "core.ledger"
DEAD = Probe(url="tcp://127.0.0.1:1", timeout_s=0.2)


def sampler(directory: Path) -> Sampler:
    return Sampler({"postgresql": PostgresqlDataset(Logins(), Host())}, directory, "busan", Probes())


def target(side: DatasetSide, neutral: list[Probe] | None = None) -> SampleTarget:
    return SampleTarget(side=side, rpo_s=1.0, neutral=neutral or [])


@asynccontextmanager
async def running(directory: Path, *targets: SampleTarget) -> AsyncIterator[Sampler]:
    """Without targets: whatever it remembers."""
    one = sampler(directory)
    if targets:
        one.configure(targets)
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def seen(one: Sampler, received: int | None = None) -> SampleWindow:
    return one.window(LABEL, received)


async def has_samples(one: Sampler, more_than: int = 0) -> None:
    async def is_so() -> bool:
        return seen(one).samples > more_than

    await until(is_so)


async def is_dark(one: Sampler) -> None:
    async def is_so() -> bool:
        return seen(one).dark_by is not None or seen(one).blind

    await until(is_so)


async def test_a_living_writer(tmp_path: Path, pg_primary: Server) -> None:
    """Positions against the replica's, by the writer's clock, about each period."""
    async with running(tmp_path, target(pg_primary.side())) as one:
        await has_samples(one, 2)
        position = int(pg_primary.sql("select pg_current_wal_insert_lsn() - '0/0'"))
        pg_primary.sql("insert into entries values ('sampled', 1)")
        await has_samples(one, seen(one).samples + 2)
        found = await SamplerActivities(one).sample_window(WindowOrder(dataset=LABEL, received=position))
    assert found.vantage == "busan" and found.period_s == 0.2 and found.system
    assert found.last_position is not None and found.last_position > position
    assert found.safe_at is not None and found.last_at is not None and found.safe_at < found.last_at
    assert found.dark_by is None and not found.blind


async def test_a_paused_writer_goes_dark_and_comes_back(tmp_path: Path, pg_primary: Server) -> None:
    """Law 2: hung is silent; given up within two periods of its newest sample, and taken back when it speaks."""
    async with running(tmp_path, target(pg_primary.side())) as one:
        await has_samples(one)
        pg_primary.signal(signal.SIGSTOP)
        try:
            await is_dark(one)
            found = seen(one)
        finally:
            pg_primary.signal(signal.SIGCONT)
        await has_samples(one, found.samples)
        assert seen(one).dark_by is None
    assert found.dark_by is not None and found.last_at is not None
    assert 0.2 <= found.dark_by - found.last_at < 2


async def test_blind_when_nothing_else_is_seen(tmp_path: Path, pg_primary: Server) -> None:
    """Law 1: a sampler whose neutral targets are silent too does not say that the writer went dark."""
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        there.listen()
        neutral = Probe(url=f"tcp://127.0.0.1:{there.getsockname()[1]}")
        for neutrals, blind in (([DEAD], True), ([DEAD, neutral], False)):
            async with running(tmp_path, target(pg_primary.side(port=1), neutrals)) as one:
                await is_dark_without_samples(one, blind)


async def is_dark_without_samples(one: Sampler, blind: bool) -> None:
    async def is_so() -> bool:
        return bool(one._logs[LABEL].records()) and seen(one).blind is blind

    await until(is_so)
    assert seen(one).samples == 0


async def test_a_restart_goes_on(tmp_path: Path, pg_primary: Server) -> None:
    """Law 9: after a restart it knows what it knew, and samples again, without being told."""
    async with running(tmp_path, target(pg_primary.side())) as one:
        await has_samples(one, 1)
    before = seen(one)
    assert seen(sampler(tmp_path)) == before
    async with running(tmp_path) as again:
        await has_samples(again, before.samples + 1)


async def test_configured_while_it_runs(tmp_path: Path, pg_primary: Server) -> None:
    """Other writers from now on; another side of a dataset has its own records."""
    async with running(tmp_path, target(pg_primary.side())) as one:
        await has_samples(one)
        other = target(pg_primary.side(center="busan"))
        one.configure([other])
        assert seen(one).samples == 0
        await has_samples(one)
        one.configure([target(pg_primary.side(dataset="cards"))])
        assert seen(one).samples == 0
        one.configure([target(pg_primary.side())])
        assert seen(one).samples > 0


async def test_what_cannot_be_sampled_does_not_stop_the_others(tmp_path: Path, pg_primary: Server) -> None:
    """A missing secret, a kind without samples, a replica: told apart from a dark writer."""
    broken = [
        target(pg_primary.side(dataset="a", login="missing")),
        target(pg_primary.side(dataset="b", kind="script")),
        target(pg_primary.side(dataset="c", login="wrong")),
    ]
    async with running(tmp_path, *broken, target(pg_primary.side())) as one:
        await has_samples(one, 3)
        for label in ("core.a", "core.b", "core.c"):
            found = one.window(label, 5)
            assert found.samples == 0 and not found.blind and found.dark_by is None


def test_a_broken_memory_is_no_dead_end(tmp_path: Path) -> None:
    """Garbage on its disk: it starts, and waits to be told."""
    (tmp_path / "targets.json").write_text("{")
    assert sampler(tmp_path).window(LABEL, 1).samples == 0


def test_a_line_cut_by_a_crash_is_left_out(tmp_path: Path) -> None:
    """What was written whole is read again."""
    written = SampleLog(tmp_path)
    for at in (1, 2):
        written.add(sample(at, at))
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:-20])
    again = SampleLog(tmp_path)
    assert again.records() == [sample(1, 1)]
    again.add(sample(3, 3))
    assert SampleLog(tmp_path).records() == [sample(1, 1), sample(3, 3)]


def test_the_newest_hours_are_kept(tmp_path: Path) -> None:
    """Bounded by time before the newest sample; a long silence costs nothing and forgets nothing."""
    kept = SampleLog(tmp_path)
    end = int(3 * KEEP_S)
    for at in range(0, end, 60):
        kept.add(sample(at, at))
    for at in range(end, end + 10 * int(KEEP_S), 60):
        kept.add(failure(at))
    records = SampleLog(tmp_path).records()
    assert records == kept.records()
    assert [r.kind for r in records[-2:]] == ["sample", "failure"]
    assert KEEP_S <= records[-2].local - records[0].local <= KEEP_S * (1 + 2 / FILES)
    assert len(list(tmp_path.iterdir())) <= FILES + 3


def test_a_full_disk_does_not_stop_the_sampling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 9: its loss is told, never fatal; the memory goes on."""
    (tmp_path / "log").write_text("a file where the directory should be")
    kept = SampleLog(tmp_path / "log")
    kept.add(sample(1, 1))
    assert kept.records() == [sample(1, 1)]
