"""What can be typed, and how it fails: one line on stderr, exit codes 0, 1, 2 and 130, no traceback, no hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from activities.logs import LogStore, log_name
from starter import cli
from starter.cli import COMMANDS
from starter.commands.later import LATER
from starter.errors import Refused
from tests.plans import GOOD, spoiled
from tests.starter.conftest import call

NAMES = [act.__name__.rstrip("_") for acts in COMMANDS.values() for act in acts]
NOWHERE = "127.0.0.1:1"
WHY = ("--reason", "x", "--as", "ops")
RUN = "bank/declaration"
# Every command by which a person speaks.
SPOKEN = (
    ("start", "declaration", "PLAN", "--reason", "x"),
    ("lift", "bank", "seoul", "--reason", "x"),
    ("decide", RUN, "minor", "--reason", "x"),
    *((verb, RUN) for verb in ("approve", "hold", "resume")),
    *((verb, RUN, "--reason", "x") for verb in ("reject", "abort")),
    *((verb, RUN, "step", "--reason", "x") for verb in ("retry", "confirm", "skip", "force", "override")),
)
# Every command that asks a server.
ASKING = (
    ("apply", "PLAN", "--unprepared"),
    ("prepare", "PLAN", "--yes"),
    ("list",),
    ("show", RUN),
    ("watch", RUN),
    ("estate", "bank"),
    *((*words, "--as", "sre") for words in SPOKEN),
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MUSTER_USER", raising=False)
    monkeypatch.setenv("TEMPORAL_ADDRESS", NOWHERE)
    monkeypatch.setenv("MUSTER_ARCHIVE", str(tmp_path / "archive"))
    monkeypatch.setenv("MUSTER_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("MUSTER_STATE", str(tmp_path / "state"))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(name: str) -> None:
    answer = call(name, "--help")
    assert answer.code == 0
    assert f"Example: muster {name} " in answer.out and "--json" in answer.out


def test_help_is_quick() -> None:
    """Nothing heavy is loaded before a command runs: `muster --help` answers at once."""
    heavy = ("temporalio", "pydantic", "fsspec", "jinja2", "asyncssh", "ruamel")
    loaded = f"[name for name in {heavy} if name in sys.modules]"
    code = f"import sys; from starter.cli import main; main(['--help']); print({loaded})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_nothing_typed_is_help() -> None:
    assert "Usage: muster" in call().out


@pytest.mark.parametrize("name", LATER)
def test_what_is_not_there_yet_says_so(name: str) -> None:
    answer = call(name, "x", "--y")
    assert (answer.code, answer.err) == (
        2,
        f"muster: muster {name} is not yet there; `muster --help` shows what is\n",
    )


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["nonsense"], "No such command 'nonsense'; `muster --help`"),
        (["show"], "Missing argument 'RUN'; `muster show --help`"),
        (["showw"], "Did you mean 'show'? `muster --help`"),
        (["approver", "enroll"], "`muster approver enroll --help`"),
        (["show", " bank / declaration"], "names no run"),
        (["show", "bank/재해 선포"], "names no run"),
        (["estate", ""], "neither a plan's file nor the name of an estate"),
        (["estate", "bank/x"], "neither a plan's file nor the name of an estate"),
        (["reject", "bank/declaration", "--reason", " "], "--reason is empty: say why"),
        (["start", "declaration", "p.yaml", "--reason", ""], "--reason is empty"),
        (["hold", "bank/declaration", "--reason", "왜" * 2001], "2001 letters, 2000 are kept"),
        (["override", "bank/declaration", "fence-seoul", "--yes"], "Missing option '--reason'"),
        (["report", "bank/declaration", "--digest", "5d1c"], "is no SHA-256"),
        (["show", "bank/declaration", "--huh"], "No such option"),
        (["show", "bank"], "names no run: write ESTATE/SCENARIO"),
        (["show", "bank/declaration#"], "names no run"),
        (["report", "../.."], "names no run"),
        (["report", "bank/..", "--verify"], "names no run"),
        (["report", "bank/declaration", "--run-id", "../x"], "names no run"),
        (["show", "bank/declaration#a", "--run-id", "b"], "name two runs"),
        (["start", "failback", "p.yaml", "--reason", "x"], "scenario failback is not yet there"),
        (["start", "declaratoin", "p.yaml", "--reason", "x"], "did you mean declaration?"),
        (["start", "declaration", "p.yaml"], "--reason"),
        (["logs", "--grep", "x", "bank/declaration"], "not yet there"),
        (["report", "bank/declaration", "-o", "r.html"], "not yet there"),
        (["report", "bank/declaration", "-o", "r.doc"], "F.md or F.json"),
        (["list", "--estate", "a' OR 1=1"], "no name of an estate"),
        (["show", "b/" + "x" * 1000], "xxx…' names no run"),
        *(
            (["retry", RUN, "s", "--command", wrong], "--command is one line")
            for wrong in ("", " ", "a\nb", "x" * 4001)
        ),
        (["logs", RUN, "-f", "--json"], "leave one of them out"),
        (["approver"], "Missing command; `muster approver --help`"),
        (["show", "bank/\udcff"], "is no UTF-8 text"),
        (["hold", "bank/declaration", "--as", "a\x1bb"], "is no name: write it as the plan spells it"),
        (["hold", "bank/declaration", "--as", "k" * 81], "is no name: write it as the plan spells it"),
        *(([*words, "--as", ""], "needs a person: say who you are") for words in SPOKEN),
        (["start", "declaration", "PLAN", *WHY, "--center", "nowhere"], "known: busan, seoul"),
        (["start", "declaration", "PLAN", *WHY, "--service", "cor"], "did you mean core?"),
        (["apply", "PLAN", "--active", "nowhere"], "--active: unknown center 'nowhere'; known: busan, seoul"),
        (["prepare", "PLAN", "--accept-changed-keys", "x"], "the plan has no such host"),
        (["approver", "enroll", "kin", "PLAN"], "did you mean kim?"),
    ],
)
def test_wrong_usage_is_one_line_and_2(words: list[str], part: str, plan: Path) -> None:
    """Before any server is asked: there is none here."""
    answer = call(*(str(plan) if word == "PLAN" else word for word in words))
    assert answer.code == 2, answer
    assert part in answer.err and answer.err.count("\n") == 1 and answer.err.startswith("muster: "), answer


def test_validate_tells_all_problems_at_once(plan: Path) -> None:
    """Law of the plan: `FILE:LINE: field: what is wrong; what is right`, all of them, exit 1."""
    good = call("validate", str(plan))
    assert good.code == 0 and "2 centers, 5 hosts, 1 device, 2 services, 3 gates" in good.out
    plan.write_text(spoiled(("role: dr", "role: primary"), ("quorum: 2, within", "quorum: 9, within")))
    bad = call("validate", str(plan))
    assert bad.code == 1 and not bad.out
    assert len(bad.err.splitlines()) >= 2 and all(
        line.startswith(f"{plan}:") for line in bad.err.splitlines()
    )


@pytest.mark.parametrize(
    "words", [words for words in [*ASKING, ("approver", "enroll", "kim", "PLAN")] if "PLAN" in words]
)
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("nowhere.yaml", "there is no such file"),
        (".", "this is a directory"),
        ("ls", "this is no UTF-8 text"),
    ],
)
def test_a_file_that_is_no_plan_is_one_line(
    words: tuple[str, ...], name: str, part: str, tmp_path: Path
) -> None:
    (tmp_path / "ls").write_bytes(b"\x7fELF\xff")
    answer = call(*(str(tmp_path / name) if word == "PLAN" else word for word in words))
    assert answer.code == 1 and answer.err.count("\n") == 1, answer
    assert answer.err.startswith(f"muster: {tmp_path / name}:1: plan: {part}"), answer


@pytest.mark.parametrize("words", [*ASKING, ("report", RUN)])
def test_an_address_that_is_none_is_wrong_usage(
    plan: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every command: the variable, its value, the way out; no fault of muster."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "localhost:abc")
    answer = call(*(str(plan) if word == "PLAN" else word for word in words))
    assert answer.code == 2 and answer.err.count("\n") == 1, answer
    assert answer.err.startswith(
        "muster: TEMPORAL_ADDRESS: 'localhost:abc' is no address; write HOST:PORT"
    ), answer


@pytest.mark.parametrize("words", [ASKING[0], *ASKING[2:]][:7])
def test_no_server_is_one_line_that_says_what_to_do(plan: Path, words: tuple[str, ...]) -> None:
    began = time.monotonic()
    answer = call(*(str(plan) if word == "PLAN" else word for word in words))
    assert time.monotonic() - began < 10
    assert (answer.code, answer.err) == (
        1,
        f"muster: Temporal does not answer at {NOWHERE}: start it with `make dev`, "
        "or name another with TEMPORAL_ADDRESS\n",
    )


def test_a_report_needs_a_server_only_for_what_the_archive_lacks(tmp_path: Path) -> None:
    """Law 15: without a server and without a record, both are named; a child's record is its parent's."""
    answer = call("report", "bank/declaration")
    assert answer.code == 1 and answer.err.count("\n") == 1
    assert f"Temporal does not answer at {NOWHERE}" in answer.err
    assert f"{tmp_path / 'archive'} does not have bank/declaration" in answer.err
    assert "bank/declaration, whose report" in call("report", "bank/declaration/core").err


def test_a_profile_that_is_not_there() -> None:
    answer = call("list", "--profile", "nowhere")
    assert answer.code == 2 and "nowhere" in answer.err and answer.err.count("\n") == 1


def test_a_fault_of_muster_itself_is_one_line(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(path: Path) -> None:
        raise KeyError("something\nunforeseen")

    monkeypatch.setattr("starter.plan_file.load_plan", fault)
    answer = call("validate", str(plan))
    assert answer.code == 1 and answer.err.count("\n") == 1 and "MUSTER_DEBUG=1" in answer.err


def test_a_refusal_is_one_line_whatever_is_in_it(monkeypatch: pytest.MonkeyPatch, plan: Path) -> None:
    """A run's answer holds text of other people: it cannot forge lines or move the cursor."""

    def refuse(path: Path) -> None:
        raise Refused("a\nmuster: b\x1b[2J")

    monkeypatch.setattr("starter.plan_file.load_plan", refuse)
    assert call("validate", str(plan)).err == "muster: a muster: b [2J\n"


async def test_logs_come_from_the_store_alone(tmp_path: Path) -> None:
    """Without Temporal: the outputs of a run, of its children, of one step."""
    store = LogStore(tmp_path / "store", tmp_path / "state" / "spool")
    own = log_name("bank", "", "pdu", "bank/declaration", "r1", "fence-power", "1")
    child = log_name("bank", "busan", "was-1", "bank/declaration/core", "r2", "start-was@was-1", "2")
    other = log_name("bank", "busan", "was-1", "bank/failback", "r3", "start-was@was-1", "1")
    for name, text in ((own, "off\n"), (child, "up\n"), (other, "other\n")):
        await store.write(name, 0, text.encode())
    assert cli_output("logs", "bank/declaration").splitlines() == [
        "==> fence-power on pdu, attempt 1 <==",
        "off",
        "==> start-was@was-1 on busan/was-1, attempt 2 <==",
        "up",
    ]
    assert cli_output("logs", "bank/declaration", "fence-power") == "off\n"
    answer = call("logs", "bank/declaration", "fence-powr")
    assert answer.code == 1 and "steps with output: fence-power, start-was@was-1" in answer.err
    store.close()


def cli_output(*words: str) -> str:
    """Through a real pipe: outputs are bytes."""
    done = subprocess.run(
        [sys.executable, "-m", "starter", *words], capture_output=True, text=True, timeout=20, check=True
    )
    return done.stdout


def test_interrupted_is_130_and_one_line() -> None:
    """Ctrl-C ends a command that follows without a traceback."""
    # What runs the tests in the background may ignore the signal, and a program inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    following = subprocess.Popen(
        [sys.executable, "-m", "starter", "logs", "bank/declaration", "-f"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    assert following.stderr is not None
    assert "waiting for it" in following.stderr.readline()
    following.send_signal(signal.SIGINT)
    _, rest = following.communicate(timeout=10)
    assert (following.returncode, rest) == (130, "muster: interrupted\n")


@pytest.mark.parametrize("words", [["--help"], ["validate", "PLAN"], ["list", "--estate", ""]])
def test_a_reader_that_goes_away_is_no_fault(words: list[str], plan: Path) -> None:
    """`muster … | head -1`, of both streams: not a word, and the exit code of a program that SIGPIPE ended."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "starter", *(str(plan) if word == "PLAN" else word for word in words)],
        stdout=write,
        stderr=write if "--estate" in words else subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr or "") == (141, "")


@pytest.mark.parametrize(
    "words", ["--help >/dev/full", "validate nowhere >&- 2>/dev/full", "validate PLAN >&-"]
)
def test_output_that_cannot_be_written(words: str, plan: Path) -> None:
    """A full disk is named, a stream that the caller closed is nowhere: no traceback either way."""
    line = f"{sys.executable} -m starter {words.replace('PLAN', str(plan))}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    full = "muster: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (
        (0, "") if "PLAN" in words else (1, full if "help" in words else "")
    )


def test_a_closed_stdin_is_no_terminal() -> None:
    """`<&-`: whoever would be asked is told so, by each way of asking; it is no fault of muster's."""
    asks = """
from starter.__main__ import _open_streams
from starter.asking import confirm, hidden
from starter.errors import WrongUsage
_open_streams()
for ask in (lambda: confirm("Trust?", yes=False), lambda: hidden("The code?")):
    try:
        ask()
    except WrongUsage as wrong:
        print(wrong)
"""
    line = f"{sys.executable} -c '{asks}' <&-"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert (done.returncode, done.stderr) == (0, "")
    assert "add --yes" in done.stdout and "nothing was given" in done.stdout


def test_main_is_the_console_script() -> None:
    assert callable(cli.main)
