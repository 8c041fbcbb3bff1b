"""Reports from the archive alone: no server, the same each time, and never from a record that was changed (law 15)."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from activities.archive import Archive, Ending, Index, KeptFile, folder_of
from starter import client
from starter.report_reading import NEWER_S
from tests.starter.conftest import call
from tests.starter.records import RUN, ended
from workflows.record import RunRecord

RUN_ID = "0195-run"
NAMED = f"{RUN}#{RUN_ID}"
NOWHERE = "127.0.0.1:1"
LONG_AGO = 365 * 86_400.0


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Nothing but an archive: the server's port is closed, and asking it is a failure of the test."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", NOWHERE)
    monkeypatch.setenv("MUSTER_ARCHIVE", str(tmp_path / "archive"))
    return Archive(str(tmp_path / "archive"))


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(client.Temporal, "connect", refuse)


def keep(archive: Archive, content: dict[str, Any], *, run_id: str = RUN_ID, sealed: bool = True) -> Path:
    """A run's folder as the export leaves it."""
    name = folder_of(RUN, run_id)
    kept = archive.write(name, content | {"run_id": run_id})
    folder = Path(kept.path).parent
    history = folder / "histories" / f"{run_id}.json.gz"
    history.parent.mkdir(exist_ok=True)
    history.write_bytes(b"a history")
    if sealed:
        files = [
            KeptFile(path=str(path.relative_to(folder)), sha256=_sha(path), size=path.stat().st_size)
            for path in (folder / "record.json", history)
        ]
        ending = Ending(status="completed", at=1.0)
        archive.seal(name, Index(workflow_id=RUN, run_id=run_id, ending=ending, files=files))
    return folder


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content(record: RunRecord | None = None) -> dict[str, Any]:
    return (record or ended()).model_dump(mode="json")


@pytest.mark.usefixtures("no_server")
@pytest.mark.parametrize("suffix", ["md", "json"])
def test_a_report_needs_no_server_and_is_the_same_each_time(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """Law 15: made from the archive alone, byte for byte, a year later too."""
    keep(archive, content())
    first, later = tmp_path / f"first.{suffix}", tmp_path / f"later.{suffix}"
    assert call("report", NAMED, "-o", str(first)).code == 0
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LONG_AGO)
    assert call("report", NAMED, "-o", str(later)).code == 0
    assert first.read_bytes() == later.read_bytes() and len(first.read_bytes()) > 1000


def test_without_a_run_id_the_archive_answers_when_no_server_does(archive: Archive) -> None:
    """Law 15: the newest that is kept is the report, at once; that a newer one may go on is said, not hidden."""
    keep(archive, content())
    newer = ended().model_copy(update={"started_at": ended().started_at + 9.0, "reason": "the second"})
    folder = keep(archive, content(newer), run_id="0195-later")
    answer = call("report", RUN)
    assert answer.code == 0 and "the second" in answer.out
    assert answer.err == (
        f"muster: made from the archive: {RUN}#0195-later, sealed, SHA-256 {_sha(folder / 'record.json')[:12]}; "
        f"whether a newer run goes on is not known: Temporal does not answer at {NOWHERE}\n"
    )
    child = newer.model_copy(update={"started_at": newer.started_at + 9.0, "reason": "another run's"})
    archive.write(f"{RUN}/below/0197-run", child.model_dump(mode="json"))
    assert "the second" in call("report", RUN).out


def test_a_server_that_says_nothing_holds_no_report_up(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 15: an address where packets are lost costs a moment, not the report."""
    keep(archive, content())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("TEMPORAL_ADDRESS", "{}:{}".format(*silent.getsockname()))
        began = time.monotonic()
        answer = call("report", RUN)
    assert answer.code == 0 and time.monotonic() - began < NEWER_S + 2
    assert "whether a newer run goes on is not known" in answer.err


@pytest.mark.usefixtures("no_server")
def test_what_a_report_was_made_from(archive: Archive) -> None:
    """Law 15: a record that its export has not sealed yet is told as that; with a run id no server is asked."""
    keep(archive, content(), sealed=False)
    answer = call("report", NAMED)
    assert answer.code == 0 and f"{NAMED}, not sealed yet, SHA-256 " in answer.err


def test_one_damaged_run_of_several(archive: Archive) -> None:
    """Which one is the newest cannot be told then; the others can be had by their names."""
    folder = keep(archive, content())
    keep(archive, content(), run_id="0196-run")
    (folder / "record.json").write_text("{}")
    answer = call("report", RUN)
    assert answer.code == 1 and f"{RUN_ID}/record.json is not what" in answer.err
    assert answer.err.endswith(f"or name another run of it: {RUN}#RUNID\n")
    assert call("report", f"{RUN}#0196-run").code == 0


@pytest.mark.usefixtures("no_server")
def test_a_record_of_an_older_release(archive: Archive) -> None:
    """Law 15: fields that it never had take their defaults, fields that nobody knows any more are let be."""
    needed = {name for name, field in RunRecord.model_fields.items() if field.is_required()}
    kept = {
        key: value
        for key, value in content().items()
        if key in needed or key in ("state", "ended_at", "journal")
    }
    keep(archive, kept | {"mood": "calm", "steering": {"by": ["whom"]}})
    answer = call("report", NAMED)
    assert answer.code == 0 and answer.out.startswith("# ") and "seoul does not answer" in answer.out


@pytest.mark.usefixtures("no_server")
def test_a_record_that_this_release_cannot_read(archive: Archive) -> None:
    """One line, and the way out."""
    keep(archive, content() | {"state": "transcended"})
    answer = call("report", NAMED)
    assert answer.code == 1 and answer.err.count("\n") == 1 and "the release that wrote it" in answer.err


@pytest.mark.usefixtures("no_server")
def test_a_changed_record_makes_no_report(archive: Archive, tmp_path: Path) -> None:
    """Law 18: what happened is said, not what somebody wrote into it later."""
    folder = keep(archive, content())
    record = folder / "record.json"
    record.write_text(record.read_text().replace("approves at gate", "refuses at gate"))
    output = tmp_path / "report.md"
    answer = call("report", NAMED, "-o", str(output))
    assert answer.code == 1 and answer.err.count("\n") == 1 and not output.exists()
    assert f"{NAMED.replace('#', '/')}/record.json is not what its index says" in answer.err


@pytest.mark.usefixtures("no_server")
def test_the_footer_has_the_digest_of_the_record(archive: Archive) -> None:
    """Law 15: the same digest as in the last notice, for whoever holds one against the other."""
    folder = keep(archive, content())
    assert _sha(folder / "record.json") in call("report", NAMED).out.splitlines()[-1]


@pytest.mark.usefixtures("no_server")
def test_every_file_is_verified(archive: Archive) -> None:
    """A history that was changed, or lost, is found; a folder that is not sealed yet is said."""
    folder = keep(archive, content())
    answer = call("report", NAMED, "--verify")
    assert answer.code == 0 and _sha(folder / "record.json") in answer.out
    history = folder / "histories" / f"{RUN_ID}.json.gz"
    history.write_bytes(b"another history")
    answer = call("report", NAMED, "--verify")
    assert answer.code == 1 and "is not what its index says" in answer.err and answer.err.count("\n") == 1
    history.unlink()
    assert "is gone" in call("report", NAMED, "--verify").err
    keep(archive, content(), run_id="0197-run", sealed=False)
    answer = call("report", f"{RUN}#0197-run", "--verify")
    assert answer.code == 1 and "its export after the close is still to come" in answer.err
    assert call("report", f"{RUN}#0199-run", "--verify").code == 1


@pytest.mark.usefixtures("no_server")
def test_the_archive_lists_what_it_keeps(archive: Archive) -> None:
    """Runs of years ago are found without the server that ran them."""
    assert "keeps no run" in call("list", "--archived").out
    keep(archive, content())
    keep(archive, content(ended("ko")), run_id="0196-run", sealed=False)
    text = call("list", "--archived").out
    assert RUN in text and RUN_ID in text and "not yet" in text
    rows = json.loads(call("list", "--archived", "--estate", "hanbit-bank", "--json").out)
    assert {row["run_id"] for row in rows} == {RUN_ID, "0196-run"} and all(row["digest"] for row in rows)
    assert json.loads(call("list", "--archived", "--estate", "other", "--json").out) == []
