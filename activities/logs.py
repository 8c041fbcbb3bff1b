"""The log store: outputs of jobs at the third site, in chunks (laws 9, 14, 15).

A log is a directory of chunks named OFFSET.LENGTH, since object stores cannot append. Writing a chunk twice
is the same as once; chunks of two deliveries may overlap, and hold the same bytes where they do.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from activities.errors import ServerUnreachable

log = structlog.get_logger(__name__)

Names = list[str]  # inside the class below, `list` is its method

LONGEST_PART = 180
"""Bytes of one part of a path: file systems end at 255, and chunk names must be told from directories."""


def path_part(words: str) -> str:
    """One part of a path, readable, safe and unlike that of any other words. "" is "@" (no center)."""
    if not words:
        return "@"
    safe = quote(words, safe="").replace(".", "%2E")
    if len(safe) <= LONGEST_PART:
        return safe
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{safe[: LONGEST_PART - 34]}%~{digest}"


def log_name(*parts: str) -> str:
    """The name of a log: estate, center, host, workflow id, … each its own part (law 14)."""
    return "/".join(path_part(part) for part in parts)


class LogStore:
    """Logs by name, under any fsspec address or path. Beside it a spool on the worker's disk.

    An outage of the store fails nothing: chunks go to the spool, `log_store_unreachable` is logged, and they
    are flushed when the store answers again. A spool that is full drops what is new and logs
    `log_chunk_dropped`.
    """

    def __init__(
        self,
        address: str | Path,
        spool_dir: str | Path,
        *,
        answer_within_s: float = 5.0,
        try_again_after_s: float = 15.0,
        spool_bytes: int = 2**30,
    ) -> None:
        self._address = str(address)
        self._spool = Path(spool_dir)
        self._answer_within_s = answer_within_s
        self._try_again_after_s = try_again_after_s
        self._spool_bytes = spool_bytes
        self._dark_until = 0.0
        # Threads of its own: a store that hangs must not take those that everything else waits for.
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="log-store")
        self._flushing = asyncio.Lock()
        self._spool_may_hold = True  # what a worker before this one left behind

    async def write(self, name: str, offset: int, data: bytes) -> None:
        """Keep `data` as the bytes of the log from `offset`. Never raises for an outage of the store."""
        if not data:
            return
        chunk = f"{name}/{offset:020d}.{len(data)}"
        if not await self._answered(chunk, data):
            await asyncio.to_thread(self._keep, chunk, data)
        elif self._spool_may_hold:
            await self.flush()

    async def flush(self) -> int:
        """Bring what is spooled to the store; returns how many chunks are still here."""
        async with self._flushing:
            left = await asyncio.to_thread(self._spooled)
            while left and await self._answered(
                left[0], await asyncio.to_thread(self._read_spooled, left[0])
            ):
                (self._spool / left.pop(0)).unlink(missing_ok=True)
            self._spool_may_hold = bool(left)
            return len(left)

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a log in order; a gap is said in its place. Blocking: for threads and command lines.

        Raises ServerUnreachable when the store does not answer.
        """
        position = 0
        for offset, data in self._pieces(name):
            if offset > position:
                yield f"\n[{offset - position} bytes are missing here]\n".encode()
            yield data[max(0, position - offset) :]
            position = max(position, offset + len(data))

    def digest(self, name: str, size: int) -> str:
        """The sha256 of the first `size` bytes of a log, in hex; "" when they are not all here. Blocking."""
        digest, position = hashlib.sha256(), 0
        try:
            for offset, data in self._pieces(name):
                if offset > position or position >= size:
                    break
                part = data[position - offset : size - offset]
                digest.update(part)
                position += len(part)
        except ServerUnreachable:
            return ""
        return digest.hexdigest() if position == size else ""

    def list(self, prefix: str = "") -> Names:
        """The names of logs that begin with `prefix`, in order. Blocking. Raises ServerUnreachable."""
        names = {chunk.rpartition("/")[0] for chunk in (*self._stored(prefix), *self._spooled())}
        return sorted(name for name in names if name.startswith(prefix))

    def close(self) -> None:
        """Let go of the threads; does not wait for a store that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _answered(self, chunk: str, data: bytes) -> bool:
        """Whether the store took the chunk in time. While it is dark it is not asked at all."""
        if time.monotonic() < self._dark_until:
            return False
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._answer_within_s):
                await loop.run_in_executor(self._threads, self._put, chunk, data)
        except Exception as error:  # fsspec's stores raise whatever their libraries raise
            self._dark_until = time.monotonic() + self._try_again_after_s
            log.warning("log_store_unreachable", address=self._address, error=_words(error))
            return False
        return True

    def _put(self, chunk: str, data: bytes) -> None:
        fs, root = self._reach()
        path = f"{root}/{chunk}"
        fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        if not isinstance(fs, LocalFileSystem):
            fs.pipe_file(path, data)
            return
        # A local disk has no whole-or-nothing write: readers must not meet half a chunk.
        part = Path(f"{path}.part")
        part.write_bytes(data)
        part.replace(path)

    def _keep(self, chunk: str, data: bytes) -> None:
        self._spool_may_hold = True
        if (
            sum((self._spool / kept).stat().st_size for kept in self._spooled()) + len(data)
            > self._spool_bytes
        ):
            log.error("log_chunk_dropped", chunk=chunk, bytes=len(data), reason="the spool is full")
            return
        path = self._spool / chunk
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_name(f"{path.name}.part")
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            log.error("log_chunk_dropped", chunk=chunk, bytes=len(data), reason=_words(error))

    def _spooled(self) -> Names:
        return sorted(_chunks(str(path.relative_to(self._spool)) for path in self._spool.rglob("*.*")))

    def _read_spooled(self, chunk: str) -> bytes:
        return (self._spool / chunk).read_bytes()

    def _stored(self, prefix: str) -> Names:
        fs, root = self._reach()
        folder = prefix.rpartition("/")[0]
        try:
            found = fs.find(f"{root}/{folder}".rstrip("/"))
        except FileNotFoundError:
            return []
        except Exception as error:
            raise ServerUnreachable(f"log store {self._address}: {_words(error)}") from None
        return sorted(_chunks(path.removeprefix(root).lstrip("/") for path in found))

    def _pieces(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Chunks by offset, the longer one first."""
        spooled = {chunk for chunk in self._spooled() if chunk.rpartition("/")[0] == name}
        stored = {chunk for chunk in self._stored(f"{name}/") if chunk.rpartition("/")[0] == name}
        for chunk in sorted(spooled | stored, key=_place):
            yield (
                _place(chunk)[0],
                self._read_spooled(chunk) if chunk in spooled else self._read_stored(chunk),
            )

    def _read_stored(self, chunk: str) -> bytes:
        fs, root = self._reach()
        try:
            data = fs.cat_file(f"{root}/{chunk}")
        except Exception as error:
            raise ServerUnreachable(f"log store {self._address}: {_words(error)}") from None
        return bytes(data)

    def _reach(self) -> tuple[Any, str]:
        try:
            fs, root = url_to_fs(self._address)
        except Exception as error:
            raise ServerUnreachable(f"log store {self._address}: {_words(error)}") from None
        return fs, root.rstrip("/")


def _chunks(paths: Iterable[str]) -> Iterator[str]:
    """Those that are whole chunks: NAME/OFFSET.LENGTH."""
    for path in paths:
        offset, _, length = path.rpartition("/")[2].partition(".")
        if offset.isdigit() and length.isdigit():
            yield path


def _place(chunk: str) -> tuple[int, int]:
    """For sorting: the offset, then the longer first."""
    offset, _, length = chunk.rpartition("/")[2].partition(".")
    return int(offset), -int(length)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
