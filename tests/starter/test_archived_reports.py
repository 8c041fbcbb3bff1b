"""Reports from the archive alone: no server, the same each time, and never from a record that was changed (law 15)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from activities.archive import Archive, KeptFile, folder_of
from activities.archive.gathered import Gathered, Wanted
from activities.archive.history import read_history
from starter import client
from starter.late_words import late_words
from starter.report_reading import NEWER_S
from starter.unsealed import differences
from tests.starter.conftest import call
from tests.starter.records import RUN, ended
from workflows.run.record import Refusals, RunRecord, Why

RUN_ID = "0195-run"
NAMED = f"{RUN}#{RUN_ID}"
NOWHERE = "127.0.0.1:1"
HISTORY: dict[str, Any] = {
    "events": [
        {
            "eventId": "1",
            "eventTime": "2026-03-01T12:00:00Z",
            "workflowExecutionStartedEventAttributes": {"workflowType": {"name": "Declaration"}},
        },
        {
            "eventId": "2",
            "eventTime": "2026-03-01T12:09:00Z",
            "workflowExecutionCompletedEventAttributes": {},
        },
    ]
}
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


def keep(
    archive: Archive,
    content: dict[str, Any],
    *,
    run_id: str = RUN_ID,
    sealed: bool = True,
    result: dict[str, Any] | None = None,
) -> Path:
    """A run's folder as the export leaves it. `result`: what the run gave back when it ended."""
    name = folder_of(RUN, run_id)
    kept = archive.write(name, content | {"run_id": run_id})
    folder = Path(kept.path).parent
    history = folder / "histories" / f"{run_id}.json.gz"
    history.parent.mkdir(exist_ok=True)
    history.write_bytes(gzip.compress(json.dumps(_history(result)).encode(), mtime=0))
    if sealed:
        gathered = Gathered(RUN, run_id)
        gathered.take(Wanted(RUN, run_id, "run"), read_history(history.read_bytes()), _kept(folder, history))
        archive.seal(name, gathered.index(_kept(folder, folder / "record.json")))
    return folder


def _history(result: dict[str, Any] | None) -> dict[str, Any]:
    if result is None:
        return HISTORY
    data = base64.b64encode(json.dumps(result).encode()).decode()
    begun, ended = HISTORY["events"]
    completed = {"result": {"payloads": [{"data": data}]}}
    return {"events": [begun, ended | {"workflowExecutionCompletedEventAttributes": completed}]}


def _kept(folder: Path, path: Path) -> KeptFile:
    return KeptFile(path=str(path.relative_to(folder)), sha256=_sha(path), size=path.stat().st_size)


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
    assert answer.code == 0 and time.monotonic() - began < NEWER_S + 6
    assert "whether a newer run goes on is not known" in answer.err


@pytest.mark.usefixtures("no_server")
@pytest.mark.parametrize("sealed", [True, False])
def test_a_record_of_another_run_makes_no_report(archive: Archive, sealed: bool) -> None:
    """Law 18: whoever copies a record into another run's folder, with a fitting index too, is found out."""
    folder = keep(archive, content(), sealed=sealed)
    other = folder.with_name("0196-run")
    shutil.copytree(folder, other)
    answer = call("report", f"{RUN}#0196-run")
    assert answer.code == 1 and f"0196-run/record.json is the record of {RUN}/{RUN_ID}" in answer.err
    assert call("report", f"{RUN}#0196-run", "--verify").code == 1


def test_what_a_report_was_made_from(archive: Archive) -> None:
    """Law 15: a record that its export has not sealed yet is told as that, in the report too."""
    keep(archive, content(), sealed=False)
    answer = call("report", NAMED)
    assert answer.code == 0 and f"{NAMED}, not sealed yet, SHA-256 " in answer.err
    assert answer.err.endswith(f"; not held against Temporal: Temporal does not answer at {NOWHERE}\n")
    assert "has not sealed it yet" in answer.out.partition("##")[0]


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
def test_words_that_came_after_the_record_was_kept(archive: Archive) -> None:
    """Law 18: a message that was refused while the run told where its record lies stands in the report."""
    record, final = ended(), ended()
    final.refuse(final.journal[-1].at + 1.0, "kim: no approval is awaited now", "kim")
    folder = keep(archive, content(record), result=content(final) | {"run_id": RUN_ID})
    told = call("report", NAMED).out
    assert "kim: no approval is awaited now" in told[told.index("## Overridden") : told.index("## Clocks")]
    assert "no approval is awaited now" in told[told.index("## After the record was kept") :]
    late = json.loads(call("report", NAMED, "--json").out)["late"]
    assert [entry["kind"] for entry in late] == ["refused"]
    (folder / "histories" / f"{RUN_ID}.json.gz").write_bytes(b"x")
    answer = call("report", NAMED)
    assert answer.code == 0 and "After the record" not in answer.out
    assert "what the run was told after its record was kept is not known" in answer.err
    assert "> what the run was told after its record was kept is not known" in answer.out
    assert "is not known" in json.loads(call("report", NAMED, "--json").out)["doubt"]


@pytest.mark.usefixtures("no_server")
def test_late_words_of_a_history_that_was_blackened(archive: Archive) -> None:
    """Laws 13, 18: what looked like a code in it costs no late word; one that says otherwise is told as a doubt."""
    record, final = ended(), ended()
    final.refuse(final.journal[-1].at + 1.0, "kim: no approval is awaited now", "kim")
    gave = content(final) | {"run_id": RUN_ID, "rto_s": "······"}
    gave["journal"][0]["text"] = "of ······ bytes"
    keep(archive, content(record), result=gave)
    assert "no approval is awaited now" in call("report", NAMED).out
    for run_id, journal in (("0196-run", gave["journal"][1:]), ("0197-run", [{"at": "······"}])):
        keep(archive, content(record), run_id=run_id, result=gave | {"run_id": run_id, "journal": journal})
        assert "> what the run was told" in call("report", f"{RUN}#{run_id}").out


def other(field: str) -> RunRecord:
    """A record that says something else in one field: less where it says anything."""
    record = ended()
    said = getattr(record, field)
    if field == "refusals":
        forged: object = [Refusals(kind="approve", by="kim", why=Why.REFUSED, count=1, first=1.0, last=1.0)]
    elif isinstance(said, list):
        forged = said[:-1] if said else ["forged"]
    else:
        forged = 7
    return record.model_copy(update={field: forged})


NOT_SAID = {"waits", "orders_proof", "orders_proving", "orders_pairs", "unverified"}


@pytest.mark.parametrize("field", sorted(set(RunRecord.model_fields) - NOT_SAID))
def test_a_record_is_held_against_its_run_in_all_that_it_says(field: str) -> None:
    """Law 18: whatever of a record was forged before its seal, the server's record tells."""
    assert differences(ended(), ended()) == []
    assert field in differences(other(field), ended())


def test_what_comes_after_the_record_is_no_difference() -> None:
    """Law 18: a late message adds to journal and counts; a journal that was cut before the end of the run is none."""
    told = ended()
    told.refuse(told.journal[-1].at + 1.0, "kim: no approval is awaited now", "kim")
    assert differences(ended(), told) == [] and late_words(ended(), told) == told.journal[-1:]
    assert differences(ended().model_copy(update={"journal": []}), told)[0] == "journal"
    assert differences(ended().model_copy(update={"refused": told.refused}), told) == ["refused", "refusals"]


@pytest.mark.usefixtures("no_server")
def test_the_footer_has_the_digest_of_the_record(archive: Archive) -> None:
    """Law 15: the same digest as in the last notice, for whoever holds one against the other."""
    folder = keep(archive, content())
    assert _sha(folder / "record.json") in call("report", NAMED).out.splitlines()[-1]


def _spoil_index(folder: Path, old: str, new: str) -> None:
    index = folder / "index.json"
    assert old in index.read_text()
    index.write_text(index.read_text().replace(old, new, 1))


def _another_history(folder: Path) -> None:
    """A history that was changed, and an index with its digest: all by somebody who thought of it."""
    path = folder / "histories" / f"{RUN_ID}.json.gz"
    before, size = _sha(path), path.stat().st_size
    path.write_bytes(gzip.compress(json.dumps({"events": HISTORY["events"][1:]}).encode()))
    _spoil_index(folder, before, _sha(path))
    _spoil_index(folder, f'"size": {size}', f'"size": {path.stat().st_size}')


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "record changed": (
        lambda f: (f / "record.json").write_text("{}"),
        "record.json is not what its index says",
    ),
    "record gone": (lambda f: (f / "record.json").unlink(), "is gone, its index is there"),
    "history changed": (
        lambda f: (f / "histories" / f"{RUN_ID}.json.gz").write_bytes(b"x"),
        f"{RUN_ID}.json.gz is not what its index says",
    ),
    "history gone": (lambda f: (f / "histories" / f"{RUN_ID}.json.gz").unlink(), f"{RUN_ID}.json.gz is gone"),
    "file added": (lambda f: (f / "histories" / "x.json.gz").touch(), "x.json.gz was added after the export"),
    "index gone": (lambda f: (f / "index.json").unlink(), "somebody took the index away"),
    "index no JSON": (lambda f: (f / "index.json").write_text("{]"), "index.json cannot be read"),
    "index cut": (
        lambda f: os.truncate(f / "index.json", 100),
        "cut off after 100 bytes, as by a crash: the control",
    ),
    "ending changed": (
        lambda f: _spoil_index(f, '"status": "completed"', '"status": "terminated"'),
        "index.json is not what the histories beside it say",
    ),
    "missing added": (
        lambda f: _spoil_index(f, '"missing": []', '"missing": ["a run"]'),
        "index.json is not what the histories beside it say",
    ),
    "of another run": (
        lambda f: _spoil_index(f, f'"run_id": "{RUN_ID}"', '"run_id": "0195-else"'),
        "is the index of",
    ),
    "history and its digest": (_another_history, "index.json is not what the histories beside it say"),
}


@pytest.mark.usefixtures("no_server")
@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_folder_is_found_out(archive: Archive, what: str) -> None:
    """Laws 15, 18: a changed, missing or added file of a run, its index too, is found with nothing from outside."""
    folder = keep(archive, content())
    good = call("report", NAMED, "--verify")
    assert (
        good.code == 0
        and _sha(folder / "record.json") in good.out
        and _sha(folder / "index.json") in good.out
    )
    told = json.loads(call("report", NAMED, "--verify", "--json").out)
    assert told["verified"] is True and told["record"] == _sha(folder / "record.json")
    spoil, said = SPOILED[what]
    spoil(folder)
    as_json = call("report", NAMED, "--verify", "--json")
    told = json.loads(as_json.out)
    assert as_json.code == 1 and told["verified"] is False and said in told["why"]
    answer = call("report", NAMED, "--verify")
    assert answer.code == 1 and said in answer.err and answer.err.count("\n") == 1


@pytest.mark.usefixtures("no_server")
def test_what_is_not_sealed_or_not_there_is_said(archive: Archive) -> None:
    """A verification never passes for want of something to look at."""
    keep(archive, content(), sealed=False)
    answer = call("report", NAMED, "--verify")
    assert answer.code == 1 and "its export after the close is still to come" in answer.err
    assert call("report", f"{RUN}#0199-run", "--verify").code == 1


@pytest.mark.usefixtures("no_server")
def test_a_record_is_held_against_the_last_notice(archive: Archive) -> None:
    """Law 15: what went to people before the export proves the record, even when all of the folder was made anew."""
    told = _sha(keep(archive, content()) / "record.json")[:12]
    assert call("report", NAMED, "--verify", "--digest", f"{told}…").code == 0
    shutil.rmtree(Path(archive.url) / folder_of(RUN, RUN_ID))
    keep(archive, content() | {"conclusion": "nothing happened"})
    assert call("report", NAMED, "--verify").code == 0
    answer = call("report", NAMED, "--verify", "--digest", told)
    assert answer.code == 1 and f"not {told}" in answer.err
    assert call("report", NAMED, "--verify", "--digest", "5d1c").code == 2


@pytest.mark.usefixtures("no_server")
def test_an_index_of_an_older_release(archive: Archive) -> None:
    """Law 15: a field that it never had is no change of it."""
    folder = keep(archive, content())
    index = json.loads((folder / "index.json").read_text())
    del index["ending"]["next_run"], index["runs"][0]["ending"]["next_run"]
    (folder / "index.json").write_text(json.dumps(index))
    assert call("report", NAMED, "--verify").code == 0


@pytest.mark.usefixtures("no_server")
def test_the_archive_lists_what_it_keeps(archive: Archive) -> None:
    """Runs of years ago are found without the server that ran them."""
    missing = call("list", "--archived", "--archive", f"{archive.url}/nowhere")
    assert (missing.code, missing.out, missing.err.count("\n")) == (2, "", 1)
    assert "there is no archive at" in missing.err
    Path(archive.url).mkdir()
    assert "keeps no run" in call("list", "--archived").out
    keep(archive, content())
    keep(archive, content(ended("ko")), run_id="0196-run", sealed=False)
    text = call("list", "--archived").out
    assert RUN in text and RUN_ID in text and "not yet" in text
    rows = json.loads(call("list", "--archived", "--estate", "hanbit-bank", "--json").out)
    assert {row["run_id"] for row in rows} == {RUN_ID, "0196-run"} and all(row["digest"] for row in rows)
    assert json.loads(call("list", "--archived", "--estate", "other", "--json").out) == []


@pytest.mark.usefixtures("no_server")
def test_one_spoiled_record_hides_no_other(archive: Archive) -> None:
    """Law 18: the list shows what can be read and says what cannot; its end is no success."""
    folder = keep(archive, content())
    keep(archive, content(), run_id="0196-run")
    (folder / "record.json").write_text("{}")
    keep(archive, content(), run_id="0197-run", sealed=False).joinpath("record.json").write_text("[" * 99_999)
    answer = call("list", "--archived")
    assert answer.code == 1 and "0196-run" in answer.out and RUN_ID not in answer.out
    assert f"{RUN_ID}/record.json is not what its index says" in answer.err
    assert "0197-run/record.json cannot be read" in answer.err
