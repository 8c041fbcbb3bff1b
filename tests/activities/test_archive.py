"""What lies in the archive: whole or not at all, the first record stays, and a seal is final (law 15)."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from activities.archive import Archive, Cut, Damaged, Ending, Index, KeptFile
from activities.archive.archive import json_bytes
from activities.archive.index import digest_of

NAME = "bank/declaration/r1"
RECORD = {"workflow_id": "bank/declaration", "run_id": "r1", "state": "done"}
LATE = RECORD | {"state": "aborted"}


@pytest.fixture(params=["disk", "no links", "object store"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    if request.param == "object store":
        return Archive(f"memory://{tmp_path}")
    if request.param == "no links":
        monkeypatch.setattr(os, "link", _refuse)
    return Archive(str(tmp_path))


def _refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def index_of(archive: Archive) -> Index:
    data = archive.record_bytes(NAME)
    record = KeptFile(path="record.json", sha256=digest_of(data), size=len(data))
    return Index(
        workflow_id="bank/declaration", run_id="r1", ending=Ending(status="completed", at=1.0), files=[record]
    )


def test_a_record_that_comes_late_replaces_none(archive: Archive) -> None:
    """Law 15: an attempt that outlived its time is answered with what is sealed."""
    first = archive.write(NAME, RECORD)
    archive.seal(NAME, index_of(archive))
    assert archive.write(NAME, LATE) == first and archive.load(NAME).is_sealed
    assert archive.read(NAME) == RECORD


@pytest.mark.parametrize("lay_there", [b"", b'{"workflow_id": "bank', b'{"state": "forged"}', b"[" * 9_999])
def test_what_lay_there_before_the_record(archive: Archive, lay_there: bytes) -> None:
    """Law 15: the digest that goes into the last notice is that of the run's own record, and never of another's."""
    archive.put_right(NAME, lay_there)
    with pytest.raises(Damaged):
        archive.load(NAME)
    assert archive.write(NAME, RECORD).digest == digest_of(json_bytes(RECORD))
    assert archive.read(NAME) == RECORD


def test_two_exports_at_a_time(archive: Archive, tmp_path: Path) -> None:
    """Law 15: a folder is not sealed by an index that contradicts what lies in it."""
    archive.write(NAME, RECORD)
    index = index_of(archive)
    archive.write(NAME, LATE)
    with pytest.raises(Damaged, match=r"record.json is not what was exported"):
        archive.seal(NAME, index)
    missing = KeptFile(path="histories/r1.json.gz", sha256="", size=0)
    with pytest.raises(Damaged, match=r"r1.json.gz is not what was exported"):
        archive.seal(NAME, index_of(archive).model_copy(update={"files": [missing]}))
    assert not archive.is_sealed(NAME)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 15: where a file system has no links, too: the next attempt finds no part of a record."""
    written: list[int] = []
    fsync = os.fsync

    def full(descriptor: int) -> None:
        fsync(descriptor)
        written.append(descriptor)
        if os.readlink(f"/proc/self/fd/{descriptor}").endswith("record.json"):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", _refuse)
    monkeypatch.setattr(os, "fsync", full)
    archive = Archive(str(tmp_path))
    with pytest.raises(OSError, match="No space left"):
        archive.write(NAME, RECORD)
    assert written and archive.paths(NAME) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_an_archive_that_cannot_be_read_is_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Law 18: whoever may not look is told so; a folder that is not there is empty."""
    archive = Archive(str(tmp_path))
    archive.write(NAME, RECORD)
    assert archive.names("bank") == [NAME] and archive.names("other") == []
    scandir = os.scandir

    def refused(path: str) -> object:
        if path.endswith("declaration"):
            raise OSError(number, os.strerror(number), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(OSError, match=re.escape(os.strerror(number))):
        archive.names("bank")


@pytest.mark.parametrize("protocol", ["smb", ("sftp", "ssh")])
def test_an_archive_where_files_may_be_there_by_halves(
    monkeypatch: pytest.MonkeyPatch, protocol: str | tuple[str, ...]
) -> None:
    """Law 15: it is refused before anything is written, with what there is instead."""
    monkeypatch.setattr(MemoryFileSystem, "protocol", protocol)
    with pytest.raises(ValueError, match=r"memory://x: name a folder of this machine.*s3"):
        Archive("memory://x")


def test_an_archive_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear line: which package is missing."""

    def missing(_: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", missing)
    with pytest.raises(ValueError, match=r"s3://bucket: Install s3fs"):
        Archive("s3://bucket")


def test_a_write_that_stalls_while_the_folder_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 15: it looked before there was a record, and it writes after the seal: the sealed one stays."""
    archive, other = Archive(str(tmp_path)), Archive(str(tmp_path))
    (file := tmp_path / "history").write_text("late")

    def sealed_meanwhile(descriptor: int) -> None:
        monkeypatch.undo()
        other.write(NAME, RECORD)
        other.seal(NAME, index_of(other))

    monkeypatch.setattr(os, "fsync", sealed_meanwhile)
    archive.write(NAME, LATE)
    assert archive.load(NAME).content == RECORD and archive.load(NAME).is_sealed
    with pytest.raises(Damaged, match="is sealed"):
        archive.put(NAME, "histories/r1.json.gz", file)
    assert archive.paths(NAME) == ["index.json", "record.json"]
    assert not list(tmp_path.rglob("*.tmp"))


def test_everything_is_on_the_disk_before_the_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 15: a power failure after the seal cuts no file of the folder, and no folder is forgotten."""
    synced: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(str(tmp_path))
        synced.append(re.sub(r"\.[0-9a-f]{32}\.tmp$", "", path))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    archive = Archive(str(tmp_path))
    (file := tmp_path / "history").write_text("x")
    archive.write(NAME, RECORD)
    archive.put(NAME, "histories/r1.json.gz", file)
    before = len(synced)
    archive.seal(NAME, index_of(archive))
    files = [f"/{NAME}/record.json", f"/{NAME}/histories/r1.json.gz"]
    folders = ["", "/bank", "/bank/declaration", f"/{NAME}", f"/{NAME}/histories"]
    assert {*files, *folders} <= set(synced[:before])
    assert synced[before:] == [f"/{NAME}/index.json", f"/{NAME}"]


@pytest.mark.parametrize("cut", [lambda d: b"", lambda d: d[:-1], lambda d: d[:40], lambda d: b"\0" * len(d)])
def test_an_index_that_a_crash_cut(archive: Archive, cut: Callable[[bytes], bytes]) -> None:
    """Laws 15, 18: it is told apart from a changed one, seals nothing, and can be made again."""
    archive.write(NAME, RECORD)
    index = index_of(archive)
    whole = archive.seal(NAME, index)
    archive._shelf.place(f"{archive._shelf.root}/{NAME}/index.json", cut(archive.file(NAME, "index.json")))
    with pytest.raises(Cut, match="the control worker makes it again after a restart"):
        archive.load(NAME)
    assert not archive.is_sealed(NAME)
    assert archive.seal(NAME, index) == whole and archive.load(NAME).is_sealed


@pytest.mark.parametrize("spoiled", [b"{]", b'{"workflow_id": 7}', b"not JSON at all", b"null"])
def test_an_index_that_somebody_spoiled(archive: Archive, spoiled: bytes) -> None:
    """Law 18: what has an end and says something else was changed; no export makes another in its place."""
    archive.write(NAME, RECORD)
    archive._shelf.place(f"{archive._shelf.root}/{NAME}/index.json", spoiled)
    with pytest.raises(Damaged, match="was changed") as told:
        archive.load(NAME)
    assert not isinstance(told.value, Cut) and archive.is_sealed(NAME)


def test_a_record_of_another_run(archive: Archive) -> None:
    """Law 18: a record that was put into a folder is not believed, however whole it is."""
    archive.write(NAME, RECORD | {"run_id": "r2"})
    with pytest.raises(Damaged, match="is the record of bank/declaration/r2"):
        archive.load(NAME)
