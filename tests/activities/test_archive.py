"""What lies in the archive: whole or not at all, the first record stays, and a seal is final (law 15)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.archive import Archive, Cut, Damaged, Ending, Index, KeptFile
from activities.archive.export import why_not_record
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
    """Law 15: an attempt that outlived its time is answered with what is kept, sealed or not."""
    first = archive.write(NAME, RECORD)
    assert archive.write(NAME, LATE) == first and archive.read(NAME) == RECORD
    archive.seal(NAME, index_of(archive))
    assert archive.write(NAME, LATE) == first and archive.load(NAME).is_sealed


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
    with pytest.raises(Cut, match="the control worker makes it again"):
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
    assert why_not_record(NAME, b'{"workflow_id": "bank/declaration", "run_id": "r2"}', None)
    assert why_not_record(NAME, archive.record_bytes(NAME), b"{}") and why_not_record(NAME, b"", None)
