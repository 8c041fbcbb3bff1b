"""The page of a run in the Web UI: always there, within its limit, and what is awaited first."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.models import LossClass, LossEstimate, Outcome, ProbeResult, Sighting
from workflows.pages import details
from workflows.pages.introduction import introduction, title
from workflows.pages.markdown import line
from workflows.run.clocks import PhaseTime
from workflows.run.holds import Hold
from workflows.run.messages import Decision, Message, RunOrder, StepOrder, Voice, example, read
from workflows.run.record import (
    FLOOD,
    ChildRecord,
    OverrideRecord,
    Paste,
    Refusal,
    RoundRecord,
    RunRecord,
    State,
    StepRecord,
    VoiceRecord,
    Wait,
    Why,
)
from workflows.run.ways import Standing, send
from workflows.texts import word

SERVER_LIMIT = 20_000  # bytes; Temporal refuses more
MORE = "… (more: `muster show`)"
HEAD: dict[str, Any] = {
    "scenario": "declaration",
    "estate": "bank",
    "workflow_id": "bank/declaration",
    "run_id": "run-1",
    "plan_hash": "ab" * 32,
    "started_by": "han",
    "reason": "fire at seoul",
    "started_at": 100.0,
}


def record(**changes: Any) -> RunRecord:
    return RunRecord(**HEAD | changes)


def page(**changes: Any) -> str:
    shown = details.page(record(**changes), now=160.0)
    assert len(shown.encode()) <= SERVER_LIMIT
    return shown


def step(name: str = "promote", **changes: Any) -> StepRecord:
    known = {"name": name, "title": name, "phase": "act", "attempt": 1, "started_at": 120.0}
    return StepRecord.model_validate(known | changes)


def wait(name: str = "declaration", **changes: Any) -> Wait:
    known = {"kind": "gate", "name": name, "title": "Executive approval", "since": 110.0}
    return Wait.model_validate(known | changes)


def heard(*people: str) -> RoundRecord:
    voices = [VoiceRecord(by=name, yes=True, at=115.0, reason="") for name in people]
    return RoundRecord(gate="declaration", number=1, token="abc234", opened_at=110.0, voices=voices)


def blocks(shown: str) -> list[str]:
    """The text of each fenced block, as markdown reads it."""
    return [found[1] for found in re.findall(r"^(`{3,})json\n(.*?)\n\1$", shown, re.DOTALL | re.MULTILINE)]


def cells(row: str) -> int:
    """How many cells markdown sees: a pipe counts unless an odd number of backslashes stands before it."""
    pipes = [found for found in re.finditer(r"(\\*)\|", row) if len(found[1]) % 2 == 0]
    return len(pipes) - 1


def check_tables(shown: str) -> int:
    """Each row of each table has the cells of its head. Returns the number of tables."""
    tables = 0
    lines = shown.split("\n")
    for index, separator in enumerate(lines):
        if not re.fullmatch(r"\|(---\|)+", separator):
            continue
        tables += 1
        wanted = separator.count("---")
        assert cells(lines[index - 1]) == wanted
        for row in lines[index + 1 :]:
            if not row:
                break
            if row == MORE:
                continue
            assert row.startswith("| ") and row.endswith(" |") and cells(row) == wanted, row
    return tables


# --- texts of hosts and people

NASTY = [
    "a|b",
    "a\\|b",
    "a\\\\|b\\",
    "two\nlines\r\nand | more",
    "```\nnot a block\n```",
    "`tick",
    "# heading",
    "| a | b |\n|---|---|",
    "<img src=x onerror=alert(1)>",
    "[click](http://evil.example)",
    "\x1b[2J\x00\u202e",
    "\ud800",
    "가" * 500,
    "",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_breaks_the_page(text: str) -> None:
    """Outputs of hosts and reasons of people are shown as they are: no table, block or heading comes of them."""
    shown = page(
        reason=text,
        started_by=text,
        conclusion=text,
        ended_at=150.0,
        old=text,
        new=text,
        waits=[wait(title=text, people=[text], token=text, then=text, until=200.0)],
        steps=[step(title=text, summary=text), step("second", summary="well")],
        warnings=[text],
        readiness=[text],
        will_do=[text],
        will_stop=[text],
        phases=[PhaseTime(name=text, started_at=1.0)],
        evidence=[Sighting(vantage=text, failure_domain=text, at=1.0, blind=False, results=[], error=text)],
        estimates=[LossEstimate(dataset=text, loss_class=LossClass.UNKNOWN, rpo_s=5.0, reason=text)],
    )
    assert check_tables(shown) == 3  # a vantage point that does not count has no column
    assert blocks(shown) == []
    headings = [line for line in shown.split("\n") if line.startswith("#")]
    assert [head.split(" ")[0] for head in headings] == ["##"] + ["###"] * 5
    without_token = re.sub(r"`[^`]*`", "", shown)
    assert not re.search(r"(?<!\\)[<\[]", without_token)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("a\n b\t", "a b"),
        (None, "None"),
        (7, "7"),
        ("- x", r"\- x"),
        ("run --as 'kim'", r"run \--as \'kim\'"),
        ("v1.2 (c) ...", r"v1.2 \(c) \.\.."),
    ],
)
def test_a_text_is_one_line_without_marks(content: object, shown: str) -> None:
    """A backslash before a pipe is escaped as well: it would take the pipe's escape for itself."""
    assert line(content) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    """Law 15: the page shows the beginning; the log store has the rest. An escape is never cut in two."""
    assert line("x" * 301) == "x" * 299 + "…"
    assert line("|" * 301) == r"\|" * 299 + "…"


# --- what is awaited


def test_what_is_awaited_comes_first() -> None:
    """Law 8: whoever opens the page sees at once what the run waits for, from whom, and what to send."""
    shown = page(
        waits=[
            wait(
                people=["kim", "lee"],
                quorum=2,
                yes=1,
                token="abc234",
                until=3_700.0,
                then="then ops are asked too",
                send=[Paste(signal="approve", json_text=example(Voice, token="abc234"))],
            )
        ],
        warnings=["Seoul looks healthy from busan."],
        will_do=["fence seoul"],
        steps=[step()],
        rounds=[heard("kim")],
        evidence=[Sighting(vantage="busan", failure_domain="busan", at=130.0, blind=False, results=[])],
        estimates=[LossEstimate(dataset="core.ledger", loss_class=LossClass.WITHIN, upper_s=1.2, rpo_s=5.0)],
    )
    order = [
        "## Waiting: Executive approval",
        "**Will do**",
        "⚠",
        "**To answer:**",
        "### Evidence",
        "### Steps",
    ]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)
    assert "**From:** 2 of: kim, lee\n**Heard so far:** kim yes\n" in shown
    assert "**Until:** 01:01:40, then ops are asked too\n**Token:** `abc234`" in shown
    assert "**Data lost if it is done now:** core.ledger: 0.0 to 1.2 s (within the RPO of 5 s)" in shown
    assert shown.count("UTC") == 1, "the zone is said once"


@pytest.mark.parametrize("kind", [Voice, Decision, StepOrder, RunOrder])
def test_what_is_to_be_pasted_is_json(kind: type[Message]) -> None:
    """Law 6: the block holds exactly what the handlers read, with the word of the round in it."""
    text = example(kind, token="abc234", step="start-was@was-1", reason='say ```why``` | "so"')
    found = blocks(page(waits=[wait(kind="step", send=[Paste(signal="x", json_text=text)] * 2)]))
    assert [json.loads(one) for one in found] == [json.loads(text)], "orders of one message are one block"
    assert all(len(row) <= 64 for row in found[0].split("\n"))


def test_a_held_step_shows_every_way_out() -> None:
    """Law 8: each signal with its JSON, and the command; orders of one message stand together."""
    hold = Hold("start-was@was-1", "start was", "exit code 1", 120.0, False, command="sv start was")
    sent = send(hold, Standing("bank/declaration"))
    shown = page(waits=[wait(kind="step", name="start-was@was-1", send=sent)])
    assert "**retry** / **confirm** / **skip** / **force**" in shown
    for verb in ("retry", "confirm", "skip", "force"):
        assert f"`muster {verb} bank/declaration start-was@was-1 --reason WHY --as NAME`" in shown
    assert "`muster abort bank/declaration --reason WHY --as NAME`" in shown
    found = [json.loads(one) for one in blocks(shown)]
    assert [one.get("command") for one in found] == [None, "sv start was", None]


def test_an_override_stands_before_everything_else() -> None:
    """Law 1: a page says first that two people let a safety step be; a gate says what a yes means."""
    kept = OverrideRecord(
        step="fence-seoul",
        title="fence seoul",
        people=["kim", "lee"],
        reason="no device answers",
        failed="no answer",
        without="No writers' fence of seoul was confirmed.",
        at=130.0,
    )
    shown = page(overrides=[kept], waits=[wait(name="override:check", about=["data is not checked"])])
    told = r"No writers\' fence of seoul was confirmed. Overridden by kim, lee: no device answers"
    assert told in shown and shown.index(told) < shown.index("## Waiting")
    assert "- data is not checked" in shown


def test_everybody_who_is_asked_finds_an_own_message() -> None:
    """Law 6: what a person pastes is taken as it stands; yes and no are the same message under two names."""
    send = [Paste(signal=name, json_text=example(Voice, token="abc234")) for name in ("approve", "reject")]
    shown = page(waits=[wait(people=["kim", "lee", "cho"], token="abc234", send=send)], rounds=[heard("kim")])
    found = [read(Voice, one.encode()) for one in blocks(shown)]
    assert found == [Voice(by="lee", token="abc234"), Voice(by="cho", token="abc234")]
    assert "Signal name: **approve** / **reject**" in shown
    crowd = [f"p{number}" for number in range(30)]
    assert len(blocks(page(waits=[wait(people=crowd, token="abc234", send=send)]))) == 1


def test_half_a_surrogate_does_not_reach_the_wire() -> None:
    """A page that is no UTF-8 fails the workflow task for ever; the block stays JSON."""
    shown = page(waits=[wait(send=[Paste(signal="retry", json_text='{"step": "\ud800"}')])])
    assert blocks(shown) == ['{"step": "?"}']


def test_a_wait_of_a_child_names_the_run_that_takes_it() -> None:
    """Law 8: a child's step is steered at the child; its parent would refuse the message."""
    paste = Paste(signal="retry", json_text=example(StepOrder, step="start-was@was-1"))
    child = ChildRecord(
        workflow_id="bank/declaration/core",
        title="core up",
        state=State.HELD,
        waits=[wait("start-was@was-1", kind="step", send=[paste])],
    )
    assert "open run `bank/declaration/core`, **More Actions**" in page(children=[child])
    assert "open run" not in page(waits=[wait(kind="step", send=[paste])])


def test_a_thousand_waits_are_counted() -> None:
    """Law 15: the page keeps its limit when a whole tier is held, and says how many more there are."""
    paste = Paste(signal="retry", json_text=example(StepOrder, step="start-was@was-1"))
    waits = [wait(f"start-was@{n}", kind="step", title=f"held {n}", send=[paste]) for n in range(1000)]
    shown = page(children=[ChildRecord(workflow_id="c", title="c", waits=waits)], will_do=["fence seoul"])
    assert "and 980 more wait" in shown
    assert all(json.loads(block) for block in blocks(shown))
    assert "### Will do" in shown


def test_a_long_reason_does_not_push_away_what_is_awaited() -> None:
    """Law 8: a reason of any length, and what is awaited is still on the page."""
    send = [Paste(signal="approve", json_text=example(Voice, token="abc234"))]
    shown = page(reason="다" * 50_000, started_by="x" * 50_000, waits=[wait(title="예" * 50_000, send=send)])
    assert [json.loads(one) for one in blocks(shown)] == [json.loads(send[0].json_text)]


def test_a_block_is_shown_whole_or_not_at_all() -> None:
    """Law 6: half of a JSON text is never offered to be pasted."""
    send = [Paste(signal="approve", json_text=json.dumps({"by": "k" * 1_500}))] * 2
    shown = page(waits=[wait(str(n), send=send) for n in range(19)])
    assert shown.endswith(MORE)
    assert shown.count("```") == 2 * len(blocks(shown)) > 0
    assert all(json.loads(block) for block in blocks(shown))
    too_long = page(waits=[wait(send=[Paste(signal="approve", json_text="x" * 30_000)])])
    assert "its JSON is too long to be shown" in too_long


# --- the rest


def test_a_page_that_is_full_ends_with_a_whole_line() -> None:
    """A table that does not fit ends after a row, and the page says where the rest is."""
    shown = page(steps=[step(f"s{n}", title="가|나" * 80, summary="\\|" * 200) for n in range(25)])
    assert shown.endswith(MORE)
    assert check_tables(shown) == 1
    assert shown.count("\n| 가") > 5


def test_only_the_newest_steps_are_shown() -> None:
    """Law 15: the page shows the newest steps, in the order of their start, children's among them."""
    child = ChildRecord(workflow_id="c", title="c", steps=[step("of-child", started_at=500.0)])
    shown = page(steps=[step(f"s{n}", started_at=float(n)) for n in range(30)], children=[child])
    assert "### Steps, newest 25 of 31" in shown
    assert "| s5\u00a0" not in shown and shown.index("| s29\u00a0") < shown.index("| of-child\u00a0")


def test_refused_messages_are_on_the_page() -> None:
    """Law 18: the newest refusals are shown with their time, and all are counted; a flood is told as one."""
    kept = record()
    for number in range(7):
        kept.refuse(130.0 + number, f"bot: no {number} | x", "bot")
    shown = details.page(kept, now=160.0)
    assert "### Messages not followed: 7" in shown
    assert r"- 00:02:16 bot: no 6 \| x" in shown and "no 1" not in shown
    for number in range(343):
        kept.refuse(140.0, f"bot: no {number}", "bot", Refusal("approve", "", Why.STRANGER))
    shown = details.page(kept, now=160.0)
    assert "350, of which 47 are kept" in shown
    assert "- **343** × approve by a stranger (—), 00:02:20 – 00:02:20" in shown
    assert "10,000 signals" not in shown
    for _ in range(FLOOD - 350):
        kept.refuse(140.0, "bot", "bot", Refusal("approve", "", Why.STRANGER))
    assert "10,000 signals for one run" in details.page(kept, now=160.0)


def test_evidence_tells_what_does_not_count() -> None:
    """Law 1: a blind vantage point is shown as one, and a probe that failed as not serving, never as off."""
    url = "http://10.81.0.31/health"
    seen = [
        Sighting(
            vantage="control",
            failure_domain="third-site",
            at=130.0,
            blind=False,
            results=[
                ProbeResult(url=url, serves=False, seconds=1.0, error="timed out"),
                ProbeResult(url="tcp://10.81.0.11:5432", serves=True, seconds=0.0123),
            ],
        ),
        Sighting(vantage="busan", failure_domain="busan", at=131.0, blind=True, results=[]),
    ]
    shown = page(evidence=seen, targets={url: "seoul"}).replace("\u00a0", "")
    assert "### Evidence, 00:02:11" in shown
    assert "| center | target | seen from control (third-site) |" in shown
    assert f"| seoul | `{url}` | ✗ timed out |" in shown
    assert "|  | `tcp://10.81.0.11:5432` | ✓ 12 ms |" in shown
    assert "busan does not count: it is blind" in shown


@pytest.mark.parametrize(
    ("changes", "en", "ko"),
    [
        ({"loss_class": "within", "lower_s": 0.0, "upper_s": 1.25}, "0.0 to 1.2 s", "0.0~1.2초"),
        ({"loss_class": "over", "upper_s": 90.0}, "0.0 to 90.0 s", "0.0~90.0초"),
        (
            {"loss_class": "unknown", "upper_s": 9.0, "reason": "no login"},
            "unknown (no login)",
            "알 수 없음 (no login)",
        ),
        ({"loss_class": "within"}, "unknown (no sample)", "알 수 없음 (표본 없음)"),
    ],
)
def test_a_loss_is_an_interval_or_unknown(changes: dict[str, Any], en: str, ko: str) -> None:
    """Law 16: no sample means unknown, never zero."""
    estimate = LossEstimate.model_validate({"dataset": "core.ledger", "rpo_s": 5.0} | changes)
    assert (details.loss(estimate), details.loss(estimate, "ko")) == (en, ko)


def test_a_korean_page_is_korean() -> None:
    """Everything around the values is in the language of the plan; only names and orders of Temporal are not."""
    send = [Paste(signal="approve", json_text=example(Voice, token="abc234"))]
    seen = [
        Sighting(
            vantage="busan",
            failure_domain="busan",
            at=130.0,
            blind=False,
            results=[ProbeResult(url="tcp://10.0.0.1:1", serves=True, seconds=0.01)],
        ),
        Sighting(vantage="seoul", failure_domain="seoul", at=131.0, blind=True, results=[]),
    ]
    changes: dict[str, Any] = {
        "language": "ko",
        "old": "seoul",
        "new": "busan",
        "state": State.WAITING,
        "waits": [wait(title="승인", people=["kim"], token="abc234", until=200.0, then="종결", send=send)],
        "steps": [step("x", title="작업", outcome=Outcome.DONE, attempt=2)],
        "phases": [PhaseTime(name="approve", started_at=120.0)],
        "evidence": seen,
        "estimates": [LossEstimate(dataset="d", loss_class=LossClass.OVER, upper_s=9.0, rpo_s=5.0)],
        "will_do": ["차단"],
        "will_stop": ["전체"],
        "readiness": ["없음"],
        "reason": "화재",
        "rto_s": 300.0,
    }
    shown = page(**changes) + page(**changes | {"waits": [], "ended_at": 150.0, "conclusion": "완료"})
    known = "bank seoul busan kim han x d ms RPO RTO UTC B tcp More Actions Send a Signal name approve Data Submit"
    english = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"`[^`]*`|^`{3}.*?^`{3}", "", shown, flags=re.M | re.S)))
    assert english - set(known.split()) == set()


def test_every_value_of_the_record_has_its_word() -> None:
    """A state, outcome or class that is added later is shown as it is, but not before this test says so."""
    assert [value for value in (*State, *Outcome, *LossClass) if word("ko", value) == value] == []


@pytest.mark.parametrize("by", ["han", "<b>|`"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_run_says_from_its_start_who_began_it(language: str, by: str) -> None:
    """Scenario, estate and reason are its title; whoever opens it is told how to answer."""
    shown = introduction(
        language, by=by, reason="fire", plan_hash="ab", services=["core", "web"], center="seoul"
    )
    assert line(by) in shown and "core, web" in shown and "**seoul**" in shown and "**abort**" in shown
    assert len(title(language, "declaration", "bank", "가" * 500).encode()) <= 400
    assert title("ko", "declaration", "bank", "화재") == "재해 선포 · bank · 화재"


# --- any record

TEXT = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=()), max_size=400)
NUMBER = st.floats() | st.integers(-(10**6), 10**12).map(float)
MAYBE = st.none() | NUMBER
COUNT = st.integers(0, 10**9)
STEPS = st.builds(
    StepRecord,
    name=TEXT,
    title=TEXT,
    phase=TEXT,
    attempt=COUNT,
    started_at=NUMBER,
    ended_at=MAYBE,
    outcome=st.none() | st.sampled_from(Outcome),
    summary=TEXT,
)
PASTES = st.builds(
    Paste, signal=TEXT, json_text=TEXT.map(lambda text: json.dumps({"by": text}, ensure_ascii=False))
)
WAITS = st.builds(
    Wait,
    kind=st.sampled_from(["gate", "step", "pause"]),
    name=TEXT,
    title=TEXT,
    people=st.lists(TEXT, max_size=30),
    token=TEXT,
    since=NUMBER,
    until=MAYBE,
    then=TEXT,
    send=st.lists(PASTES, max_size=3),
)
SIGHTINGS = st.builds(
    Sighting,
    vantage=TEXT,
    failure_domain=TEXT,
    at=NUMBER,
    blind=st.booleans(),
    error=TEXT,
    results=st.lists(
        st.builds(ProbeResult, url=TEXT, serves=st.booleans(), seconds=NUMBER, error=TEXT), max_size=3
    ),
)
ESTIMATES = st.builds(
    LossEstimate,
    dataset=TEXT,
    loss_class=st.sampled_from(LossClass),
    lower_s=MAYBE,
    upper_s=MAYBE,
    lower_bytes=st.none() | st.integers(),
    sample_age_s=MAYBE,
    rpo_s=NUMBER,
    reason=TEXT,
)
TEXTS = st.lists(TEXT, max_size=5)
RECORDS = st.builds(
    RunRecord,
    scenario=TEXT,
    estate=TEXT,
    workflow_id=TEXT,
    run_id=TEXT,
    plan_hash=TEXT,
    started_by=TEXT,
    reason=TEXT,
    started_at=NUMBER,
    language=st.sampled_from(["en", "ko", "de", ""]),
    timezone=st.sampled_from(["UTC", "Asia/Seoul"]) | TEXT,
    targets=st.dictionaries(TEXT, TEXT, max_size=3),
    rto_s=MAYBE,
    state=st.sampled_from(State),
    ended_at=MAYBE,
    conclusion=TEXT,
    old=TEXT,
    new=TEXT,
    epoch=st.none() | st.integers(),
    evidence=st.lists(SIGHTINGS, max_size=4),
    estimates=st.lists(ESTIMATES, max_size=4),
    readiness=TEXTS,
    will_do=TEXTS,
    will_stop=TEXTS,
    warnings=TEXTS,
    phases=st.lists(
        st.builds(PhaseTime, name=TEXT, started_at=NUMBER, ended_at=MAYBE, settle_s=NUMBER), max_size=4
    ),
    waits=st.lists(WAITS, max_size=4),
    steps=st.lists(STEPS, max_size=4),
    children=st.lists(
        st.builds(
            ChildRecord,
            workflow_id=TEXT,
            title=TEXT,
            steps=st.lists(STEPS, max_size=2),
            waits=st.lists(WAITS, max_size=2),
        ),
        max_size=2,
    ),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(RECORDS, TEXTS, NUMBER)
def test_every_record_has_a_page(kept: RunRecord, refused: list[str], now: float) -> None:
    """`temporal.md`: an exception here fails the workflow task for ever; more than 20,000 bytes do as well."""
    for text in refused:
        kept.refuse(now, text)
    shown = details.page(kept, now)
    assert len(shown.encode()) <= SERVER_LIMIT
    check_tables(shown)
    found = blocks(shown)
    assert all(json.loads(block) for block in found)
    assert len(re.findall(r"^`{3,}", shown, re.MULTILINE)) == 2 * len(found)
