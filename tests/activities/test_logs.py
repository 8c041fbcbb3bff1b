"""Laws 9, 14 and 15: outputs in chunks at the third site, and an outage of the store that fails nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from structlog.testing import capture_logs

from activities.errors import ServerUnreachable
from activities.logs import LogStore, log_name


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LogStore]:
    made = LogStore(tmp_path / "store", tmp_path / "spool", try_again_after_s=0)
    yield made
    made.close()


def text(store: LogStore, name: str) -> bytes:
    return b"".join(store.read(name))


@pytest.mark.parametrize("address", ["{tmp}/store", "file://{tmp}/store", "memory://logs-{tmp}"])
async def test_chunks(address: str, tmp_path: Path) -> None:
    """A log is its chunks in order; writing one again, or over a border, changes nothing."""
    store = LogStore(address.format(tmp=tmp_path), tmp_path / "spool")
    for offset, data in (
        (0, b"hello "),
        (6, b"world"),
        (0, b"hello "),
        (3, b"lo wor"),
        (11, b""),
        (0, b"hel"),
    ):
        await store.write("e/c/h/log", offset, data)
    assert text(store, "e/c/h/log") == b"hello world"
    assert store.list("e/c") == ["e/c/h/log"]
    assert store.list("e/x") == [] and text(store, "e/c/h/lo") == b""
    assert store.digest("e/c/h/log", 11) and not store.digest("e/c/h/log", 12)
    store.close()


async def test_gap_is_said(store: LogStore) -> None:
    """A log with a hole says so in its place, and has no digest."""
    await store.write("log", 0, b"ab")
    await store.write("log", 5, b"fg")
    assert text(store, "log") == b"ab\n[3 bytes are missing here]\nfg"
    assert store.digest("log", 7) == ""


async def test_outage_is_spooled_and_flushed(store: LogStore, tmp_path: Path) -> None:
    """Law 9: while the store is away chunks wait on the worker's disk; they are flushed, also by a later worker."""
    (tmp_path / "store").write_text("in the way of a directory")
    with capture_logs() as events:
        await store.write("log", 0, b"first ")
        await store.write("log", 6, b"second ")
    assert {event["event"] for event in events} == {"log_store_unreachable"}
    (tmp_path / "store").unlink()
    later = LogStore(tmp_path / "store", tmp_path / "spool")
    await later.write("log", 13, b"third")
    assert text(later, "log") == b"first second third"
    assert not [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
    assert await store.flush() == 0
    later.close()


async def test_store_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 9: a store that takes calls and never answers costs its limit once, not with each chunk."""
    monkeypatch.setattr(MemoryFileSystem, "pipe_file", lambda fs, path, data: time.sleep(1))
    store = LogStore("memory://hangs", tmp_path / "spool", answer_within_s=0.1, try_again_after_s=60)
    begun = time.monotonic()
    for offset in range(20):
        await store.write("log", offset, b"x")
    assert time.monotonic() - begun < 0.8
    assert len(list((tmp_path / "spool" / "log").iterdir())) == 20
    store.close()


async def test_spool_is_bounded(tmp_path: Path) -> None:
    """A long outage does not fill the worker's disk; what is dropped is said, and shows as a gap."""
    (tmp_path / "store").write_text("in the way")
    store = LogStore(tmp_path / "store", tmp_path / "spool", spool_bytes=10, try_again_after_s=0)
    with capture_logs() as events:
        await store.write("log", 0, b"x" * 8)
        await store.write("log", 8, b"y" * 8)
    assert [event["event"] for event in events].count("log_chunk_dropped") == 1
    store.close()


def test_unknown_store(tmp_path: Path) -> None:
    """An address that nobody speaks is said in one line."""
    store = LogStore("nonsense://x", tmp_path / "spool")
    with pytest.raises(ServerUnreachable, match="log store nonsense://x"):
        store.list()
    store.close()


def test_names() -> None:
    """Law 14: parts that differ give names that differ, whatever is in them; a name stays below its parts."""
    parts = ["", "@", "a", "a/b", "a b", "..", ".", "a.b", "가", "x" * 400, "x" * 401, "%", "a\nb"]
    names = {log_name("estate", part, "log") for part in parts}
    assert len(names) == len(parts)
    assert all(name.count("/") == 2 and "/../" not in name and "/./" not in name for name in names)
    assert all(len(piece) < 200 for name in names for piece in name.split("/"))
