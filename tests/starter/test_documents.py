"""What people read of a record: compared with files that a person has read. MUSTER_GOLDEN=write writes them anew."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from starter.documents.figures import clock_rows, not_followed, spent
from starter.documents.page import basis, page
from starter.documents.report import markdown, safe
from starter.documents.times import Zone, limit, span
from starter.documents.words import LANGUAGES, Words
from tests.starter.records import T0, ended, held, overridden, waiting
from workflows.run.clocks import PhaseTime
from workflows.run.record import Entry, RunRecord, State, VoiceRecord

GOLDEN = Path(__file__).parent / "golden"


def printed(parts: list[RenderableType], width: int = 120) -> str:
    out = Console(
        file=io.StringIO(), width=width, color_system=None, markup=False, emoji=False, highlight=False
    )
    for part in parts:
        out.print(part)
    file = out.file
    assert isinstance(file, io.StringIO)
    return "".join(line.rstrip() + "\n" for line in file.getvalue().splitlines())


def as_kept(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("MUSTER_GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_show_of_a_run_that_waits(language: str) -> None:
    """What is awaited stands first, with what to type."""
    as_kept(f"show-waiting-{language}.txt", printed(page(waiting(language), T0 + 61)))


def test_show_of_a_run_that_is_held() -> None:
    """A child's step is retried at the child, an abort is of the run."""
    as_kept("show-held.txt", printed(page(held(), T0 + 80)))


def test_what_two_people_overrode_stands_first() -> None:
    """Laws 1, 18: the first page of the report and `show` say it in plain words; a child's orders are told too."""
    text = markdown(overridden(), T0 + 80)
    first = text[: text.index("## Overridden")]
    told = (
        "kim, lee went on although: No writers' fence of seoul was confirmed: both centers may accept writes."
    )
    assert told in first
    assert "| Overridden | No writers' fence of seoul was confirmed" in first
    listed = text[text.index("## Overridden") :]
    assert "core-banking: start-was@was-1: 'a' → 'b': renamed" in listed
    assert "core-banking: start-was@was-2: skipped: skipped by ops: it burns" in listed
    assert "Overridden by kim, lee" in " ".join(printed(page(overridden(), T0 + 80)).split())


@pytest.mark.parametrize(("language", "title"), [("en", "Guards of writers"), ("ko", "쓰기 감시기")])
def test_guards_are_shown_to_whoever_decides(language: str, title: str) -> None:
    """Law 6: on the page of the run, before a voice, and in the report; nothing where the plan has none."""
    told = "core-banking.ledger at seoul/db-1: armed"
    record = waiting(language).model_copy(update={"guards": [told]})
    for text in (printed(page(record, T0 + 61)), printed(basis(record, T0 + 61)), markdown(record, T0 + 61)):
        assert title in text and told in text
    assert title not in printed(page(waiting(language), T0 + 61))


def test_show_of_a_run_that_the_server_ended() -> None:
    assert "this run is terminated" in printed(page(waiting(), T0 + 80, "terminated"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_voice_is_given_on(language: str) -> None:
    """Law 6: evidence, loss, what will be done and stopped, before anybody is asked."""
    as_kept(f"basis-{language}.txt", printed(basis(waiting(language), T0 + 61)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_of_a_run_that_is_done(language: str) -> None:
    as_kept(f"report-done-{language}.md", markdown(ended(language), T0 + 100))


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_so_far(language: str) -> None:
    text = markdown(waiting(language), T0 + 61, note="report_so_far")
    as_kept(f"report-so-far-{language}.md", text)


def test_who_agreed_to_what_at_one_gate() -> None:
    """Laws 6, 18: who agreed to a lift hides nobody who agreed to the declaration."""
    record = ended()
    declared = record.rounds[1].model_copy(update={"about": "declare a disaster"})
    cho = VoiceRecord(by="cho", yes=True, at=T0 + 90.0, reason="a false alarm")
    stale = declared.model_copy(update={"number": 2, "about": "lift the fence", "closed": "overtaken"})
    lifted = stale.model_copy(update={"number": 3, "voices": [cho], "closed": "granted"})
    record.rounds = [record.rounds[0], declared, stale, lifted]
    text = markdown(record, T0 + 100)
    row = next(line for line in text.splitlines() if line.startswith("| Approval"))
    asked, _, lift = row.partition("lift the fence: ")
    assert "declare a disaster: kim at" in asked and "; lee at" in asked and "cho" not in asked
    assert lift.startswith("cho at") and "kim" not in lift
    assert "| declaration: lift the fence | 3 |" in text


def test_report_of_an_empty_record() -> None:
    """A run that stood down at once has little to tell; the report is made all the same."""
    record = RunRecord(
        scenario="declaration",
        estate="bank",
        workflow_id="bank/declaration",
        run_id="r",
        plan_hash="h",
        started_by="ops",
        reason="",
        started_at=T0,
        state=State.STOOD_DOWN,
        ended_at=T0 + 1,
        conclusion="no service is active at seoul: there is nothing to declare",
    )
    text = markdown(record, T0 + 2)
    assert "stood down" in text and "no reason given" in text
    assert printed(page(record, T0 + 2))


def test_text_of_people_is_text() -> None:
    """A reason cannot forge a table, a heading, a link, HTML or a line of the report or of the terminal."""
    record = waiting()
    record.reason = "x | y\n# Result: done <script>[a](b)\x1b[2J*"
    for text in (markdown(record, T0 + 61), printed(page(record, T0 + 61))):
        assert "\x1b" not in text and "\n# Result: done" not in text
    assert "<script>" not in markdown(record, T0).replace("\\<script\\>", "")
    assert safe("a|b") == "a\\|b"


def test_clocks_add_up_repeated_phases_and_leave_out_what_comes_after() -> None:
    """Law 16: phases are timed apart; telling people is after the recovery."""
    record = waiting()
    names = ["approve", "verify", "approve", "verify", "tell"]
    record.phases = [
        PhaseTime(name=name, started_at=T0 + i, ended_at=T0 + i + 1) for i, name in enumerate(names)
    ]
    rows = clock_rows(record, T0 + 99)
    assert [(row.phase, row.seconds) for row in rows] == [("approve", 2.0), ("verify", 2.0), ("tell", 1.0)]
    assert spent(rows) == 4.0


def test_everything_not_followed_is_told_in_order() -> None:
    """Law 18: refused messages and forced steps, in order."""
    assert [entry.kind for entry in not_followed(ended())] == ["refused", "step"]


def test_what_a_child_held_stands_in_the_journal() -> None:
    """Law 18: a step of a child that was held, and what was ordered of it, in order with the run's own lines."""
    record = ended()
    journal = [
        Entry(at=T0 + 2, kind="hold", text="start-was@was-1: exit code 1"),
        Entry(at=T0 + 3, kind="order", text="retry start-was@was-1: repaired", by="ops"),
    ]
    record.children[0] = record.children[0].model_copy(update={"journal": journal})
    service = record.children[0].workflow_id.rpartition("/")[2]
    told = markdown(record, T0 + 9).split("## Journal")[1].splitlines()
    lines = [line for line in told if "start-was@was-1" in line and service in line]
    assert "hold" in lines[0] and "exit code 1" in lines[0]
    assert "ops" in lines[1] and "repaired" in lines[1]


def test_an_rto_is_only_kept_by_a_run_that_recovered() -> None:
    record = ended()
    record.state = State.STOOD_DOWN
    assert (
        "within (" not in markdown(record, T0 + 100).split("## Clocks")[0].split("| RTO |")[1].split("\n")[0]
    )


@pytest.mark.parametrize(
    ("seconds", "words"), [(-1, "0.0 s"), (2.14, "2.1 s"), (60, "1 m"), (133, "2 m 13 s"), (3720, "1 h 02 m")]
)
def test_spans(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_committed_figures_are_shown_as_committed() -> None:
    assert (limit(30), limit(2.5), limit(600)) == ("30 s", "2.5 s", "10 m")


def test_times_are_in_the_zone_of_the_plan() -> None:
    """An unknown zone is UTC, and says so."""
    assert Zone.of("Asia/Seoul").clock(T0) == "23:03:00"
    assert Zone.of("Nowhere/At_All").moment(T0) == "2026-03-02 14:03:00 UTC"


def test_every_state_has_a_word_in_every_language() -> None:
    for state in State:
        assert Words("ko")(state) != Words("en")(state)
    assert Words("xx")("done") == "done"
