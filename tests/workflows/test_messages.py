"""Messages of people: every shape ends as a message or as a refusal in one line (law 6, law 18)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example as also
from hypothesis import given
from hypothesis import strategies as st

from workflows.run import messages
from workflows.run.messages import Decision, Message, RunOrder, StepOrder, Voice, read

KINDS: list[type[Message]] = [Voice, Decision, StepOrder, RunOrder]
GOOD: dict[str, Any] = {
    "by": "kim",
    "token": "abc234",
    "severity": "critical",
    "step": "promote",
    "reason": "DR",
}

LONG = st.integers(0, 20_000).map(lambda size: b"x" * size)
TEXT = st.text(
    st.characters(exclude_categories=()), max_size=60
)  # surrogates and control characters included
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.integers(10**400, 10**401)
SHAPE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
FIELDS = st.sampled_from(["by", "token", "severity", "step", "reason", "code", "extra", "__class__"])
NEAR = st.builds(
    lambda changes, missing: {key: part for key, part in (GOOD | changes).items() if key not in missing},
    st.dictionaries(FIELDS, SHAPE, max_size=3),
    st.sets(FIELDS, max_size=2),
)


def fits_or_is_refused(kind: type[Message], data: bytes | None) -> Message | str:
    """What `read` promises for every input there is."""
    found = read(kind, data)
    if isinstance(found, str):
        assert found.isprintable() and len(found) < 600
        json.loads(found[found.rindex("send {") + len("send ") :])
    else:
        assert isinstance(found, kind)
        found.model_dump_json()
    return found


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.none() | st.binary(max_size=200) | LONG)
@also(data=b"")
@also(data=b"null")
@also(data=b"NaN")
@also(data=b"-Infinity")
@also(data=b"[]")
@also(data=b'"approve"')
@also(data=b"\xff\xfe{")
@also(data=b"\xed\xa0\x80")
@also(data=b"1" * 10_000)
@also(data=b"[" * 16_000)
@also(data=b'{"by":' * 2_700)
@also(data=b'{"a":' + b"[" * 900 + b"]" * 900 + b"}")
@also(data=b'{"by":"kim","token":"\x00"}')
@also(data='{"by": "kim"}'.encode("utf-16"))
def test_no_bytes_raise(kind: type[Message], data: bytes | None) -> None:
    """`temporal.md`: an exception in a handler fails the workflow task for ever, so no input may raise."""
    fits_or_is_refused(kind, data)


@pytest.mark.parametrize("kind", KINDS)
@given(content=SHAPE | NEAR)
def test_no_json_raises(kind: type[Message], content: object) -> None:
    """Law 6: wrong types, missing and extra fields, surrogates, NaN and huge numbers are refused in words."""
    found = fits_or_is_refused(kind, json.dumps(content).encode())
    if not isinstance(found, str):
        shown = [part for part in found.model_dump(exclude={"code"}).values() if part is not None]
        assert all(part.isprintable() for part in shown)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_message_fits_and_extra_fields_are_left_out(kind: type[Message]) -> None:
    """Law 6: what a person pastes and fills in is taken; a field too many does no harm."""
    found = read(kind, json.dumps(GOOD | {"note": 1, "\ud800": 2}).encode())
    assert isinstance(found, kind)
    assert found.by == "kim" and found.reason == "DR" and not hasattr(found, "note")


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_to_paste_is_a_message(kind: type[Message]) -> None:
    """Law 8: what a refusal and the page tell people to send is what is read."""
    pasted = messages.example(kind, by='김 "철수"', token="abc234", step="start-was@was-1", reason="훈련")
    found = read(kind, pasted.encode())
    assert isinstance(found, kind)
    assert (found.by, found.reason) == ('김 "철수"', "훈련")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"by": None}, "by is wrong"),
        ({"by": ""}, "by is wrong"),
        ({"by": "k" * 81}, "by is wrong"),
        ({"by": "kim\n# approved"}, "by is wrong (it holds a character that cannot be printed)"),
        ({"by": "kim\x00"}, "cannot be printed"),
        ({"by": "\x1b[2Jkim"}, "cannot be printed"),
        ({"by": "kim\u200b"}, "cannot be printed"),
        ({"by": "\u202emik"}, "cannot be printed"),
        ({"by": ["kim"]}, "by is wrong"),
        ({"by": 7}, "by is wrong"),
        ({"token": 123456}, "kim: token is wrong"),
        ({"token": ""}, "kim: token is wrong"),
        ({"token": "x" * 41}, "kim: token is wrong"),
        ({"severity": None}, "kim: severity is wrong"),
        ({"severity": "x" * 41}, "kim: severity is wrong"),
        ({"reason": "x" * 2001}, "kim: reason is wrong"),
        ({"reason": float("nan")}, "kim: reason is wrong"),
    ],
)
def test_a_refusal_names_who_and_the_field(content: dict[str, Any], says: str) -> None:
    """Law 18: who and why, in one line; everything that is kept has a bound."""
    found = read(Decision, json.dumps(GOOD | content).encode())
    assert isinstance(found, str) and says in found


@pytest.mark.parametrize("missing", ["by", "token", "severity"])
def test_a_missing_field_is_named(missing: str) -> None:
    """Law 18: the refusal says which field and shows a message that has it."""
    content = {key: part for key, part in GOOD.items() if key != missing}
    found = read(Decision, json.dumps(content).encode())
    who = "" if missing == "by" else "kim: "
    assert isinstance(found, str) and found.startswith(f"{who}{missing} is missing; send {{")


CODE = "271828"


@pytest.mark.parametrize(
    "content",
    [
        {"code": CODE, "token": None},
        {"code": int(CODE)},
        {"code": [CODE]},
        {"code": {"totp": CODE}},
        {"code": CODE * 20},
        {"code": CODE, "by": None},
        {"token": CODE * 20},
        {"token": int(CODE)},
    ],
)
def test_a_one_time_code_is_not_repeated(content: dict[str, Any]) -> None:
    """Law 13: codes are burnt on sight, in refused messages too: nothing of them stands in the words."""
    found = read(Voice, json.dumps(GOOD | content).encode())
    assert isinstance(found, str) and CODE not in found


def test_a_code_is_not_in_what_a_message_prints() -> None:
    """Law 13: a message that finds its way into a log line carries no code."""
    found = read(Voice, json.dumps(GOOD | {"code": CODE}).encode())
    assert isinstance(found, Voice) and found.code == CODE
    assert CODE not in repr(found) and CODE not in str(found)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\nb\r\nc\t d", "a b c d"),
        ("  \n ", ""),
        ("\x1b[31mred\x00", "[31mred"),
        ("\u202eevil", "evil"),
        ("화재\u2028정전", "화재 정전"),
    ],
)
def test_a_reason_is_kept_as_one_line(written: str, kept: str) -> None:
    """Law 18: the journal has one line for each event; a reason of spaces only is none."""
    found = read(RunOrder, json.dumps(GOOD | {"reason": written}).encode())
    assert isinstance(found, RunOrder) and found.reason == kept


def test_the_longest_message_is_still_read() -> None:
    """A bound refuses what is over it, with both numbers in the words."""
    short = json.dumps(GOOD | {"extra": ""}).encode()
    fit = json.dumps(GOOD | {"extra": "x" * (messages.LONGEST - len(short))}).encode()
    assert isinstance(read(Voice, fit), Voice)
    found = read(Voice, fit + b" ")
    assert isinstance(found, str) and "16385 bytes, 16384 are read" in found


def test_a_strange_encoding_is_told_and_bounded() -> None:
    """The encoding comes from outside too: an encrypted payload is told as such, a hostile one does no harm."""
    assert "(binary/encrypted) is not JSON" in str(read(Voice, b"\x8f\x01", "binary/encrypted"))
    found = read(Voice, b"\x8f", "x\n" * 5_000)
    assert isinstance(found, str) and found.isprintable() and len(found) < 200
