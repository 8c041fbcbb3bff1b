"""Plans on disk: what is no plan is refused in one line, and nothing in a file raises."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from starter.plan_file import LARGEST_FILE, load_plan, plan_schema
from tests.plans import GOOD, load, spoiled

REPOSITORY = Path(__file__).resolve().parents[2]


def test_good_plan(tmp_path: Path) -> None:
    """A good plan has a plan, a snapshot and no problems."""
    loaded = load(tmp_path, GOOD)
    assert loaded.problems == []
    assert loaded.plan and loaded.snapshot and loaded.hash == loaded.snapshot.hash
    assert loaded.snapshot.plan() == loaded.plan


def test_lab_plan() -> None:
    """The plan of the lab is the README's example: nothing is wrong with it."""
    assert load_plan(REPOSITORY / "deploy/lab/plan.yaml").problems == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "plan: the file is empty; deploy/lab/plan.yaml"),
        (" \n\n", 1, "plan: the file is empty"),
        ("# only this\n", 1, "plan: there are only comments"),
        ("- a\n- b\n", 1, "plan: this is no mapping; a plan begins with keys"),
        ("just text\n", 1, "plan: this is no mapping"),
        (b"\xff\xfea\x00", 1, "plan: this is UTF-16; save it as UTF-8"),
        (b"estate: bank\nx: \xff\n", 2, "plan: this is no UTF-8 text; save it as UTF-8"),
        ("estate: bank\nx: \x00\n", 2, "plan: a control character stands in this line"),
        ("estate: \x1b[31m\n", 1, "plan: a control character stands in this line"),
        ("people:\n\tkim: {}\n", 2, "plan: a tab indents this line; use spaces"),
        ("people:\n  \tkim: {}\n", 2, "plan: a tab indents this line; use spaces"),
        ("estate: [a\npeople: b\n", 2, "plan: no YAML: "),
        ("estate: 'a\n", 2, "plan: no YAML: "),
        ("a: b: c\n", 1, "plan: no YAML: "),
        ("a: &x 1\nb: *x\n", 1, "plan: anchors and aliases (& and *) are refused"),
        ("a: b\n<<: *x\n", 2, "plan: anchors and aliases"),
        (
            "a: !!python/object/apply:os.system [x]\n",
            1,
            "plan: the tag tag:yaml.org,2002:python/object/apply",
        ),
        ("a: 1\n---\nb: 1\n", 2, "plan: a second document begins"),
        ("? [a]\n: b\n", 1, "plan: a key is a list or a mapping"),
        ("a: " + "[" * 40 + "]" * 40, 1, "plan: nested deeper than 32 levels"),
        ("[" * 200_000, 1, "plan: nested deeper than 32 levels"),
        ("{a: " * 100_000, 1, "plan: nested deeper than 32 levels"),
    ],
)
def test_no_plan_at_all(tmp_path: Path, text: str | bytes, line: int, words: str) -> None:
    """What cannot be read is one line that says where and what is right."""
    told = load(tmp_path, text).problems
    assert len(told) == 1
    assert told[0].startswith(f"{tmp_path}/plan.yaml:{line}: {words}")
    assert "; " in told[0]


def test_entity_bomb(tmp_path: Path) -> None:
    """Aliases of aliases are refused before they are expanded."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
    )
    assert "anchors and aliases" in load(tmp_path, bomb).problems[0]


def test_ten_megabytes(tmp_path: Path) -> None:
    """A file that is far too large is one line, at once: it is not even read."""
    begun = time.process_time()  # its own work: what else the machine does says nothing
    told = load(tmp_path, GOOD + "# " + "x" * 10_000_000).problems
    assert time.process_time() - begun < 0.5
    assert told == [
        f"{tmp_path}/plan.yaml:1: plan: 10.0 MB are too much; a plan has at most 1 MB, split the estate"
    ]


def test_files_that_are_none(tmp_path: Path) -> None:
    """A missing file, a directory and a pipe are refused, and the pipe is not waited for."""
    os.mkfifo(tmp_path / "pipe")
    assert "there is no such file; deploy/lab/plan.yaml" in load_plan(tmp_path / "none.yaml").problems[0]
    assert "this is a directory; name the plan's file in it" in load_plan(tmp_path).problems[0]
    assert "this is no plain file" in load_plan(tmp_path / "pipe").problems[0]
    assert "it cannot be read" in load_plan("a\0b").problems[0]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            "  lee: {title",
            "  kim: {title: x}\n  lee: {title",
            7,
            "people.kim: kim is there already in line 6; keep one of them",
        ),
        (
            "  lee: {title: CIO}",
            "  lee: {title: CIO, title: x}",
            7,
            "people.lee.title: title is there already in line 7; keep one of them",
        ),
        (
            "  ops: {title",
            "  007: {title: Bond}\n  ops: {title",
            8,
            'people.007: the key 007 is no text; write "007" in quotes',
        ),
        (
            "estate: bank",
            "estate: 7",
            2,
            'estate: 7 is read as a number, text is needed; write "7" in quotes',
        ),
        (
            "estate: bank",
            "estate: true",
            2,
            'estate: true is read as true or false, text is needed; write "true" in quotes',
        ),
        ("estate: bank", "estate:", 2, "estate: it is empty; write TEXT"),
        (
            "devices:\n  pdu: {address: 10.80.8.3, ssh: {user: netops, key: pdu-ssh}}",
            "devices:",
            43,
            "devices: it is empty; write {NAME: …}, or leave the key out",
        ),
        ("estate: bank\n", "", 1, "plan: estate is missing; add estate: TEXT"),
        ("estate: bank", "estate: [a]", 2, "estate: this is a list; write TEXT"),
        (
            "estate: bank",
            "estate: ba\u202enk",
            2,
            "estate: an unprintable character (U+202E) stands in it; delete it",
        ),
        ("muster: 1", "muster: 2", 1, "muster: 2 is not allowed; write 1"),
        ("enough: 1", 'enough: "1"', 58, "services.core.components.was.enough: '1' is text; write NUMBER"),
        ("enough: 1", "enough: yes", 58, "services.core.components.was.enough: 'yes' is text; write NUMBER"),
        ("rto: 10m", "rto: 10", 4, "objectives.rto: 10 has no unit; write 10s, if seconds are meant"),
        (
            "rto: 10m",
            "rto: ten",
            4,
            "objectives.rto: 'ten' is no duration; write a number and a unit: 500ms, 30s, 5m, 4h or 1d",
        ),
        ("rto: 10m", "rto: 0s", 4, "objectives.rto: it is zero; write a duration above zero"),
        ("rto: 10m", "rto: 10000d", 4, "objectives.rto: '10000d' is longer than a year; write at most 366d"),
        ("role: dr", "role: backup", 30, "centers.busan.role: unknown value 'backup'; known: dr, primary"),
        (
            "become: sudo",
            "becom: sudo",
            16,
            "centers.seoul.ssh.becom: unknown key 'becom'; did you mean become?",
        ),
        ("[ops-hook]", "ops-hook", 83, "notices.operators: 'ops-hook' is text; write […]"),
        (
            "start: sv start mq",
            "start: {timeout: 5m}",
            75,
            "services.channel.components.mq.start: run is missing; add run: TEXT",
        ),
    ],
)
def test_fields(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    """A field that is wrong is told with its own line, in words and not in those of the parser."""
    told = load(tmp_path, spoiled((old, new))).problems
    assert f"{tmp_path}/plan.yaml:{line}: {words}" in told, told
    assert not any("Input should" in problem for problem in told)


def test_yaml_is_the_new_one(tmp_path: Path) -> None:
    """YAML 1.2: on, off, no and 12:30 are text."""
    loaded = load(tmp_path, spoiled(("title: CEO", "title: off"), ("title: CIO", "title: 12:30")))
    assert loaded.plan is not None
    assert [loaded.plan.people[name].title for name in ("kim", "lee")] == ["off", "12:30"]


def test_byte_order_mark_and_other_line_ends(tmp_path: Path) -> None:
    """Editors of other systems leave marks that mean nothing."""
    assert (
        load(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()).hash
        == load(tmp_path, GOOD).hash
    )


def test_block_text_keeps_its_tabs(tmp_path: Path) -> None:
    """A tab inside of a command is the command's own."""
    loaded = load(
        tmp_path, spoiled(("start: sv start mq", "start: |\n          cat <<-X\n          \tx\n          X"))
    )
    assert loaded.plan is not None, loaded.problems
    assert loaded.plan.services["channel"].components["mq"].start.run == "cat <<-X\n\tx\nX\n"


def test_a_plan_that_no_history_can_hold(tmp_path: Path) -> None:
    """A snapshot is at most 256 KiB compressed, and the file says so."""
    noise = random.Random(1)
    env = "".join(f"        K{n}: '{noise.randbytes(200).hex()}'\n" for n in range(1500))
    told = load(
        tmp_path, spoiled(("      mq:\n", "      mq:\n        env:\n" + env.replace("  K", "    K")))
    ).problems
    assert len(told) == 1 and "plan.yaml:1: plan: the plan compresses to " in told[0]
    assert "256 KiB fit into a run" in told[0]


def test_a_plan_of_the_largest_size_is_quick_enough(tmp_path: Path) -> None:
    """A megabyte of plan is read in seconds, not minutes."""
    people = "".join(f"  p{n}: {{title: person number {n}}}\n" for n in range(8000))
    begun = time.perf_counter()
    loaded = load(tmp_path, spoiled(("people:\n", "people:\n" + people)))
    assert loaded.plan is not None and len(loaded.plan.people) == 8003
    assert time.perf_counter() - begun < 20
    assert LARGEST_FILE == 1_000_000


def test_schema_for_editors() -> None:
    """Editors refuse unknown keys and know the short forms."""
    schema = plan_schema()
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Act"]["anyOf"][0] == {"type": "string"}
    assert schema["$defs"]["Record"]["additionalProperties"]["items"] == {"type": "string"}
    assert "in" in schema["$defs"]["Proof"]["properties"]
    assert schema["$defs"]["Objectives"]["properties"]["rto"]["type"] == "string"


_PIECES = [
    *"{}[]: \n|>'\"#?%@~1\u2028\u0085\ud7ff",
    "- ",
    "&a ",
    "*a",
    "!x ",
    "null",
    "true",
    "{a: 1}",
    "[[",
    "<<: ",
    "---\n",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    """Nothing that a file may hold raises."""
    loaded = load(tmp_path, data)
    assert (loaded.plan is None) == bool(loaded.problems)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.sampled_from(_PIECES)),
        min_size=1,
        max_size=4,
    )
)
def test_any_mutation(tmp_path: Path, changes: list[tuple[int, int, str]]) -> None:
    """A good plan with pieces cut out and put in is a plan or a list of problems, each with a line and two halves."""
    text = GOOD
    for place, cut, piece in changes:
        text = text[:place] + piece + text[place + cut :]
    loaded = load(tmp_path, text)
    assert (loaded.plan is None) == bool(loaded.problems)
    for problem in loaded.problems:
        line, _, rest = problem.removeprefix(f"{tmp_path}/plan.yaml:").partition(": ")
        assert 1 <= int(line) <= text.count("\n") + 2
        assert "; " in rest
        assert "\n" not in problem
