"""Files of an archive, each there whole or not at all, and on the disk before anybody is told (law 15).

On a file system a file is written under another name, brought to the disk, and then given its own: a crash leaves the
old file or the new one, never a part. An object store keeps an object whole by itself.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR
from uuid import uuid4

import fsspec

UNFINISHED = ".tmp"
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)  # what a file system says that has none
OBJECT_STORES = frozenset(
    {"s3", "gs", "abfs", "memory"}
)  # they keep a file whole, and only where there is none
Content = bytes | Path
"""What is written: bytes, or a file of this machine."""


class Shelf:
    """Blocking. Raises what the libraries of fsspec raise; FileNotFoundError for what is not there."""

    def __init__(self, url: str) -> None:
        """Raises ValueError for an address where a file can be there by halves, or whose driver is not there."""
        try:
            self._fs, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise ValueError(f"{url}: {error}") from None
        self.root = str(root).rstrip("/")
        self._is_local = isinstance(self._fs, fsspec.get_filesystem_class("file"))
        if not self._is_local and OBJECT_STORES.isdisjoint(_spelled(self._fs.protocol)):
            known = ", ".join(sorted(OBJECT_STORES))
            raise ValueError(
                f"{url}: name a folder of this machine, a mounted one too, or a store of {known}"
            )

    @property
    def is_missing(self) -> bool:
        """Whether there is no such folder. In an object store an empty one is none: that says nothing."""
        if not self._is_local:
            return False
        try:
            return not S_ISDIR(os.stat(self.root).st_mode)
        except FileNotFoundError:
            return True

    def read(self, path: str) -> bytes:
        data: bytes = self._fs.cat_file(path)
        return data

    def find(self, below: str) -> list[str]:
        """Every file below a folder, in no order, without those that were never finished."""
        self._fs.invalidate_cache()
        found = _walked(below) if self._is_local else (str(path) for path in self._fs.find(below))
        return [path for path in found if not path.endswith(UNFINISHED)]

    def place(self, target: str, content: Content, last_look: Callable[[], None] = lambda: None) -> None:
        """A file, in the place of an older one. `last_look` may raise: nothing is changed then."""
        if self._is_local:
            with _written_aside(target, content) as tmp:
                last_look()
                os.replace(tmp, target)
            _sync_folder(target)
            return
        last_look()
        if isinstance(content, Path):
            self._fs.put_file(str(content), target)
        else:
            self._fs.pipe_file(target, content)

    def place_once(self, target: str, content: bytes) -> bool:
        """A file where there is none; False, and nothing is changed, where there is one: however late this comes."""
        try:
            if self._is_local:
                with _written_aside(target, content) as tmp:
                    _link(tmp, target)
                _sync_folder(target)
            else:
                self._fs.pipe_file(target, content, mode="create")
        except FileExistsError:
            return False
        return True


def _spelled(protocol: str | tuple[str, ...]) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else protocol


def _walked(below: str) -> Iterator[str]:
    """fsspec takes a folder that cannot be read for an empty one: nobody would miss what lies in it."""

    def tell(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    for folder, _, files in os.walk(below, onerror=tell, followlinks=True):
        yield from (os.path.join(folder, file) for file in files)


@contextmanager
def _written_aside(target: str, content: Content) -> Iterator[str]:
    """Two deliveries of one activity may write side by side: each has a file of its own until it is whole."""
    _make_folder(os.path.dirname(target))
    tmp = f"{target}.{uuid4().hex}{UNFINISHED}"
    try:
        _write(tmp, content)
        yield tmp
    finally:
        Path(tmp).unlink(missing_ok=True)


def _write(path: str, content: Content) -> None:
    """A new file, on the disk when this returns. Raises FileExistsError."""
    with open(path, "xb") as file:
        if isinstance(content, Path):
            with content.open("rb") as source:
                shutil.copyfileobj(source, file)
        else:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link(tmp: str, target: str) -> None:
    """Raises FileExistsError: unlike a rename, a link never takes the place of a file."""
    try:
        os.link(tmp, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _write_there(tmp, target)


def _write_there(tmp: str, target: str) -> None:
    """Never in the place of a file either. A crash in it leaves a cut one, which is told; a full disk none."""
    try:
        _write(target, Path(tmp))
    except FileExistsError:
        raise
    except OSError:
        Path(target).unlink(missing_ok=True)
        raise


def _make_folder(folder: str) -> None:
    """With its parents, each of them known to the disk."""
    if os.path.isdir(folder):
        return
    parent = os.path.dirname(folder)
    if parent != folder:
        _make_folder(parent)
    try:
        os.mkdir(folder)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
    _sync_folder(folder)


def _sync_folder(of: str) -> None:
    """Bring the entry of a file or folder to the disk."""
    descriptor = os.open(os.path.dirname(of), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
