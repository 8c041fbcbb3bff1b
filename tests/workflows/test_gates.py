"""Gates: whose voice counts, in which round, and when it is enough (law 6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.run.gates import Gate, Verdict, token
from workflows.run.look_alike import looks_like
from workflows.run.messages import Severity, Voice

PEOPLE = ("kim", "lee", "cho")


def gate(**changes: Any) -> Gate:
    """A gate of kim, lee and cho, two of whom must agree; its first round is open."""
    asked: dict[str, Any] = {"name": "declaration", "people": PEOPLE, "quorum": 2}
    made = Gate(**asked | {"starter": "ops", "nonce": "run-1"} | changes)
    made.open("shown-1", at=100.0)
    return made


def say(
    at: Gate, by: str, yes: bool = True, severity: Severity | None = None, word: str | None = None
) -> str | None:
    """A voice with the token of the open round, unless another word is given."""
    opened = at.now
    given_token = word or (opened.token if opened else "x")
    return at.hear(Voice(by=by, token=given_token), yes=yes, at=101.0, severity=severity)


def speak(at: Gate, voices: str) -> list[str | None]:
    """ "kim+ lee-": a yes of kim and a no of lee."""
    return [say(at, voice[:-1], yes=voice[-1] == "+") for voice in voices.split()]


# --- whose voice


@pytest.mark.parametrize(
    ("by", "says"),
    [
        ("stranger", "it asks kim, lee, cho"),
        ("Kim", "the plan spells it kim"),
        ("KIM", "the plan spells it kim"),
        (" kim", "the plan spells it kim"),
        ("kim ", "the plan spells it kim"),
        ("ｋｉｍ", "the plan spells it kim"),
        ("kіm", "the plan spells it kim"),  # a Cyrillic i
        ("김", "it asks kim, lee, cho"),
    ],
)
def test_only_names_as_the_plan_spells_them_speak(by: str, says: str) -> None:
    """Law 6: no voice of one whom the plan does not name, nor of one who only looks like it; the words help."""
    asked = gate()
    reason = say(asked, by)
    assert reason is not None and says in reason
    assert (asked.yes, asked.no) == (0, 0)


@pytest.mark.parametrize("starter", ["kim", "Kim", "KIM ", "ｋｉｍ", "kim\u00a0"])
@pytest.mark.parametrize("by", ["kim", "Kim"])
def test_the_starter_never_decides(starter: str, by: str) -> None:
    """Law 6: never for the person who started the run, however the starter was spelled."""
    asked = gate(starter=starter)
    assert "started this run" in (say(asked, by) or "")
    assert "kim" not in asked.may_speak
    assert asked.yes == 0


@pytest.mark.parametrize("second", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_person_has_one_voice(first: bool, second: bool) -> None:
    """Law 6: a voice counts once per person; a yes cannot be doubled, nor taken back in the same round."""
    asked = gate()
    assert say(asked, "kim", first) is None
    assert "was heard" in (say(asked, "kim", second) or "")
    assert (asked.yes, asked.no) == (int(first), int(not first))
    assert asked.verdict is Verdict.OPEN


def test_people_of_the_escalation_speak_only_after_it() -> None:
    """Law 6: silence escalates; before that the later people have no voice, after it they have one each."""
    asked = gate(people=("kim", "lee"), later=("duty", "lee"))
    assert "may not speak" in (say(asked, "duty") or "")
    asked.escalated = True
    assert asked.may_speak == ("kim", "lee", "duty")
    assert speak(asked, "kim+ duty+") == [None, None]
    assert asked.verdict is Verdict.GRANTED


def test_a_starter_among_the_later_people_is_not_asked() -> None:
    """Law 6: an escalation does not let the starter in."""
    asked = gate(people=("kim", "lee"), later=("ops",), escalated=True)
    assert "started this run" in (say(asked, "ops") or "")
    assert asked.may_speak == ("kim", "lee")


# --- which round


def test_only_the_token_of_the_open_round_counts() -> None:
    """Law 6: a message must carry the token of the open round; an old one is told what is shown now."""
    asked = gate()
    old = asked.now
    new = asked.open("shown-2", at=200.0)
    assert old is not None and old.closed and old.token != new.token
    reason = say(asked, "kim", word=old.token)
    assert reason is not None and "is over" in reason and new.token in reason
    assert asked.yes == 0


def test_voices_of_an_overtaken_round_count_no_more() -> None:
    """Law 6: a new round opens with no voice, and the same people may speak again."""
    asked = gate()
    speak(asked, "kim+")
    asked.open("shown-2", at=200.0)
    assert (asked.yes, asked.verdict) == (0, Verdict.OPEN)
    assert speak(asked, "kim+ lee+") == [None, None]
    assert asked.verdict is Verdict.GRANTED
    assert [len(past.voices) for past in asked.rounds] == [1, 2]


def test_a_word_that_is_no_token_is_not_repeated() -> None:
    """Law 13: a one-time code in the wrong field does not stand in the refusal."""
    reason = say(gate(), "kim", word="314159")
    assert reason is not None and "314159" not in reason and "open round" in reason


def test_a_closed_gate_hears_nobody() -> None:
    """Law 6: there is no voice without an open round, whatever token it carries."""
    asked = gate()
    word = asked.rounds[0].token
    asked.close("granted")
    assert say(asked, "kim", word=word) == "gate declaration is not open"
    assert (asked.yes, asked.no, asked.verdict) == (0, 0, Verdict.OPEN)


@pytest.mark.parametrize(
    "other",
    [("run-2", "g", 1, "s"), ("run-1", "h", 1, "s"), ("run-1", "g", 2, "s"), ("run-1", "g", 1, "t")],
    ids=["run", "gate", "number", "shown"],
)
def test_a_token_is_bound_to_all_that_it_stands_for(other: tuple[str, str, int, str]) -> None:
    """Law 6: another run (after a reset), gate, round or showing has another token."""
    assert token(*other) != token("run-1", "g", 1, "s") == token("run-1", "g", 1, "s")


def test_a_token_can_be_read_over_the_phone() -> None:
    """Six letters and digits, none of which is read as another."""
    for number in range(200):
        word = token("run-1", "g", number, "s")
        assert len(word) == 6
        assert not set(word) & set("il1o0") and word == word.lower()


# --- when it is enough

OPEN, GRANTED, REFUSED = Verdict.OPEN, Verdict.GRANTED, Verdict.REFUSED


@pytest.mark.parametrize(
    ("changes", "voices", "verdict"),
    [
        ({}, "", OPEN),
        ({}, "kim+", OPEN),
        ({}, "kim+ lee+", GRANTED),
        ({}, "kim-", OPEN),
        ({}, "kim- lee-", REFUSED),
        ({}, "kim- lee+", OPEN),
        ({}, "kim- lee+ cho+", GRANTED),
        ({}, "kim+ lee- cho-", REFUSED),
        ({"quorum": 1}, "kim-", REFUSED),
        ({"quorum": 1}, "kim+", GRANTED),
        ({"quorum": 3}, "kim+ lee+", OPEN),
        # a quorum that can no longer be reached
        ({"quorum": 3}, "kim-", REFUSED),
        ({"people": ("kim", "lee")}, "kim-", REFUSED),
        # the starter is among the gate's people
        ({"starter": "kim"}, "", OPEN),
        ({"starter": "kim"}, "lee-", REFUSED),
        ({"starter": "kim"}, "lee+ cho+", GRANTED),
        ({"starter": "kim", "people": ("kim", "lee")}, "", REFUSED),
        ({"starter": "kim", "people": ("kim",), "quorum": 1}, "", REFUSED),
        # others may still be asked
        ({"people": ("kim", "lee"), "later": ("duty",)}, "kim-", OPEN),
        ({"people": ("kim", "lee"), "later": ("duty",)}, "kim- lee-", REFUSED),
        ({"people": ("kim", "lee"), "later": ("duty",), "escalated": True}, "kim-", OPEN),
        ({"people": ("kim", "lee"), "later": ("duty",), "escalated": True}, "kim- duty-", REFUSED),
        ({"people": ("kim", "lee"), "later": ("duty",), "escalated": True}, "kim- duty+ lee+", GRANTED),
        # a broken quorum, or a person named twice, is no way around people
        ({"quorum": 0}, "", OPEN),
        ({"quorum": -1}, "", OPEN),
        ({"people": ("kim", "kim", "lee"), "quorum": 3}, "", REFUSED),
    ],
)
def test_yes_and_no_are_counted_against_the_same_quorum(
    changes: dict[str, Any], voices: str, verdict: Verdict
) -> None:
    """Law 6: refusing is as easy as approving; a quorum out of reach is refused; silence never approves."""
    asked = gate(**changes)
    heard = speak(asked, voices) if voices else []
    assert heard == [None] * len(heard)
    assert asked.verdict is verdict


@pytest.mark.parametrize(
    ("first", "late", "verdict"),
    [("kim- lee-", "cho+ han+", REFUSED), ("kim+ lee+", "cho- han-", GRANTED)],
)
def test_a_verdict_is_not_turned_by_voices_of_the_same_moment(
    first: str, late: str, verdict: Verdict
) -> None:
    """Law 6: messages that come together are heard before the run acts; the verdict that came first stands."""
    asked = gate(people=(*PEOPLE, "han"))
    speak(asked, first)
    assert speak(asked, late) == [f"gate declaration is {verdict} already"] * 2
    assert asked.verdict is verdict


VOICES = st.lists(st.tuples(st.sampled_from([*PEOPLE, "duty", "ops", "Kim"]), st.booleans()), max_size=12)


@given(VOICES, st.integers(1, 4), st.booleans())
def test_no_order_of_voices_grants_without_a_quorum_of_people(
    voices: list[tuple[str, bool]], quorum: int, escalated: bool
) -> None:
    """Law 6: granted means a quorum of different named people who said yes, none of them the starter."""
    asked = gate(quorum=quorum, later=("duty", "ops"), escalated=escalated)
    for by, yes in voices:
        say(asked, by, yes)
    agreed = {heard.by for heard in asked.rounds[-1].voices if heard.yes}
    assert agreed <= set(asked.may_speak) and "ops" not in agreed
    assert len(asked.rounds[-1].voices) == len({heard.by for heard in asked.rounds[-1].voices})
    assert (asked.verdict is GRANTED) == (len(agreed) >= quorum)


# --- severity

CRITICAL, MAJOR, MINOR = Severity.CRITICAL, Severity.MAJOR, Severity.MINOR


@pytest.mark.parametrize(
    ("quorum", "voices", "verdict", "decided"),
    [
        (1, [CRITICAL], GRANTED, CRITICAL),
        (2, [CRITICAL, MAJOR], OPEN, None),
        (2, [CRITICAL, MAJOR, CRITICAL], GRANTED, CRITICAL),
        (2, [MINOR, MINOR], GRANTED, MINOR),
        (2, [CRITICAL, MAJOR, MINOR], REFUSED, None),
        (3, [CRITICAL, MAJOR], REFUSED, None),
    ],
)
def test_a_severity_needs_a_quorum_on_the_same_one(
    quorum: int, voices: list[Severity], verdict: Verdict, decided: Severity | None
) -> None:
    """Law 6: people who decide differently do not agree."""
    asked = gate(name="severity", quorum=quorum)
    for by, severity in zip(PEOPLE, voices, strict=False):
        assert say(asked, by, severity=severity) is None
    assert asked.verdict is verdict
    assert asked.severity is decided


def test_the_severity_outlives_the_closing_of_its_round_but_not_the_next_round() -> None:
    """Law 6: what was decided is read after the round is closed; a new round has decided nothing yet."""
    asked = gate(name="severity", quorum=1)
    say(asked, "kim", severity=MAJOR)
    asked.close("granted")
    assert asked.severity is MAJOR
    asked.open("shown-2", at=400.0)
    assert asked.severity is None


def test_a_gate_never_opened_has_decided_nothing() -> None:
    """Law 6: no round, no voice, no verdict."""
    asked = Gate("severity", PEOPLE, 1, "ops", "run-1")
    assert (asked.now, asked.yes, asked.no, asked.severity, asked.verdict) == (None, 0, 0, None, OPEN)
    assert asked.why_not(Voice(by="kim", token="x")) == "gate severity is not open"


@given(st.text(max_size=20), st.text(max_size=20))
def test_looking_alike_is_mutual_and_never_raises(one: str, other: str) -> None:
    """Law 6: whichever way two names are compared, the answer is the same."""
    assert looks_like(one, other) == looks_like(other, one)
    assert looks_like(one, one)
