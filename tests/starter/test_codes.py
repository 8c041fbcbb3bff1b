"""One-time codes at the command line: enrolled once, asked without being shown, never in an argument (law 13)."""

from __future__ import annotations

import io
import json
import stat
import time
from pathlib import Path

import pyotp
import pytest

from activities.models.codes import STEP_S
from starter import enrolling
from starter.plan_file import load_plan
from tests.plans import GOOD
from tests.starter.conftest import Answer, Desk, call
from tests.starter.test_runs import has_ended, started, waits_for
from tests.workflows.conftest import apply

KIM, LEE = pyotp.random_base32(), pyotp.random_base32()


def code(secret: str, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(time.time() // STEP_S) + ahead)


# --- enrolling


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD.replace("notice: kim-mail", "notice: kim-mail, code: kim-code"))
    return path


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The control worker's directory; a terminal is there."""
    directory = tmp_path / "secrets"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv("MUSTER_SECRETS", str(directory))
    monkeypatch.setattr(enrolling, "can_ask", lambda: True)
    return directory


def types(monkeypatch: pytest.MonkeyPatch, secret: str, *ahead: int) -> None:
    """Whoever is asked has a device with the secret that is made, its clock so many steps off."""
    answers = [code(secret, off) for off in ahead]
    monkeypatch.setattr(enrolling, "new_secret", lambda: secret)
    monkeypatch.setattr(enrolling, "hidden", lambda question: answers.pop(0))


def test_a_person_is_enrolled(plan: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret is shown once, as QR code and text, and kept for the worker's user alone when a code was right."""
    types(monkeypatch, KIM, 0)
    answer = call("approver", "enroll", "kim", str(plan))
    assert answer.code == 0, answer
    assert "otpauth://totp/" in answer.out and KIM in answer.out and "█" in answer.out
    file = secrets / "kim-code"
    assert file.read_text() == f"{KIM}\n" and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_enrolled_person_is_not_enrolled_over(
    plan: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older secret stays until --again, and until the new one is proven."""
    types(monkeypatch, KIM, 0)
    assert call("approver", "enroll", "kim", str(plan)).code == 0
    refused = call("approver", "enroll", "kim", str(plan))
    assert refused.code == 1 and "is there already" in refused.err and "--again" in refused.err
    types(monkeypatch, LEE, -9, -9, -9)
    assert call("approver", "enroll", "kim", str(plan), "--again").code == 1
    assert (secrets / "kim-code").read_text() == f"{KIM}\n"
    types(monkeypatch, LEE, 0)
    assert call("approver", "enroll", "kim", str(plan), "--again").code == 0
    file = secrets / "kim-code"
    assert file.read_text() == f"{LEE}\n" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in secrets.iterdir()] == ["kim-code"]


def test_a_clock_that_is_off_is_told(plan: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code of another time says by how much, and what to do; nothing is written."""
    types(monkeypatch, KIM, -10, 10, 10)
    answer = call("approver", "enroll", "kim", str(plan))
    assert answer.code == 1
    assert "300 s behind this machine's" in answer.err and "300 s ahead of this machine's" in answer.err
    assert "time from the network" in answer.err and "nothing was written" in answer.err
    assert list(secrets.iterdir()) == []


def test_what_is_no_code_costs_no_try(plan: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty line or a word is asked for again; what to do with the screen, the file and the app is said."""
    answers = ["", "abc", "12345", "", code(KIM)[:3] + " " + code(KIM)[3:]]
    monkeypatch.setattr(enrolling, "new_secret", lambda: KIM)
    monkeypatch.setattr(enrolling, "hidden", lambda question: answers.pop(0))
    answer = call("approver", "enroll", "kim", str(plan))
    assert answer.code == 0 and answer.err.count("no six digits") == 4, answer
    assert f"{KIM[:4]} {KIM[4:8]} " in answer.out and "Clear this screen" in answer.out
    assert "the secret kim-code is" in answer.out
    monkeypatch.setattr(enrolling, "hidden", lambda question: "")
    never = call("approver", "enroll", "kim", str(plan), "--again")
    assert never.code == 1 and "delete the entry in the app" in never.err


def test_a_machine_gets_the_text(plan: Path, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal there is nobody to scan a code: --json hands the text on, and says that it is unproven."""
    monkeypatch.setattr(enrolling, "can_ask", lambda: False)
    refused = call("approver", "enroll", "kim", str(plan))
    assert refused.code == 2 and "--json" in refused.err and list(secrets.iterdir()) == []
    answer = json.loads(call("approver", "enroll", "kim", str(plan), "--json").out)
    secret = (secrets / "kim-code").read_text().strip()
    assert f"secret={secret}" in answer["otpauth"] and answer["proven"] is False


@pytest.mark.parametrize(
    ("person", "code", "says"),
    [("kin", 2, "did you mean kim?"), ("lee", 1, "add people.lee.code: lee-code")],
)
def test_who_cannot_be_enrolled(person: str, code: int, says: str, plan: Path, secrets: Path) -> None:
    """A name that the plan does not have was mistyped; what the plan lacks is the plan's."""
    answer = call("approver", "enroll", person, str(plan))
    assert answer.code == code and says in answer.err


def test_the_directory_must_be_there(plan: Path, secrets: Path) -> None:
    answer = call("approver", "enroll", "kim", str(plan), "--secrets", str(secrets / "nowhere"))
    assert answer.code == 1 and "where the control worker runs" in answer.err


def test_help_shows_an_example() -> None:
    answer = call("approver", "enroll", "--help")
    assert answer.code == 0 and "Example: muster approver enroll kim " in answer.out
    assert "--code" not in answer.out and "--code" not in call("approve", "--help").out


# --- speaking


@pytest.fixture
def proven(desk: Desk) -> Desk:
    """A desk whose declaration asks kim and lee for codes."""
    text = desk.plan_file.read_text()
    for name in ("kim", "lee", "cho", "ops"):
        text = text.replace(f"  {name}: {{", f"  {name}: {{code: {name}-code, ", 1)
    gate = next(line for line in text.splitlines() if line.startswith("  declaration: {"))
    desk.plan_file.write_text(text.replace(gate, gate.replace("proof: none", "proof: code")))
    loaded = load_plan(desk.plan_file)
    assert loaded.plan is not None, loaded.problems
    desk.plan = desk.world.plan = loaded.plan
    desk.world.secrets = {"kim-code": KIM, "lee-code": LEE}
    return desk


async def approve(desk: Desk, by: str, typed: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> Answer:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    return await desk.muster("approve", desk.run, "--as", by, "--yes", *more)


async def test_approve_asks_for_the_code(proven: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code comes from stdin, is repeated nowhere, and the answer waits until it is verified."""
    async with proven.workers():
        await apply(proven.client, proven.plan)
        await started(proven)
        await waits_for(proven, "severity")
        await proven.good("decide", proven.run, "critical", "--as", "ops", "--reason", "dark", "--yes")
        await waits_for(proven, "declaration")
        nothing = await approve(proven, "kim", "", monkeypatch)
        assert nothing.code == 2 and "give it on stdin" in nothing.err
        wrong = await approve(proven, "kim", code(LEE), monkeypatch)
        assert wrong.code == 1 and "the code is wrong" in wrong.err
        assert "with a one-time code" in await proven.good("show", proven.run)
        right = await approve(proven, "kim", code(KIM), monkeypatch, "--json")
        assert right.code == 0, right
        assert json.loads(right.out)["proven"] is True and code(KIM) not in right.out
        again = await approve(proven, "kim", code(KIM, 1), monkeypatch)
        assert again.code == 1 and "was heard in this round already" in again.err
        other = await approve(proven, "lee", code(LEE, 1), monkeypatch)
        assert other.code == 0 and "the code was right" in other.out, other
        await has_ended(proven)
        report = await proven.good("report", proven.run)
    assert report.count("code verified") == 2


async def test_orders_ask_for_the_code_where_the_plan_says_so(
    proven: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hold without a right code is refused with why; with one it is followed, and the answer says so."""
    text = proven.plan_file.read_text()
    gate = next(line for line in text.splitlines() if line.startswith("  override: "))
    text = text.replace(gate, gate.replace("proof: none", "proof: code"))
    proven.plan_file.write_text(text + "steering: {proof: code}\n")
    loaded = load_plan(proven.plan_file)
    assert loaded.plan is not None, loaded.problems
    proven.plan = proven.world.plan = loaded.plan

    async def order(verb: str, typed: str, *more: str) -> Answer:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        return await proven.muster(verb, proven.run, "--as", "kim", "--reason", "wait", *more)

    async with proven.workers():
        await apply(proven.client, proven.plan)
        await started(proven)
        await waits_for(proven, "severity")
        wrong = await order("hold", code(LEE))
        assert wrong.code == 1 and "the code is wrong" in wrong.err
        right = await order("hold", code(KIM))
        assert right.code == 0 and "hold of kim is followed" in right.out, right
        again = await order("abort", code(KIM), "--yes")
        assert again.code == 1 and "was sent before" in again.err
        over = await order("abort", code(KIM, 1), "--yes", "--json")
        assert json.loads(over.out)["proven"] is True and code(KIM, 1) not in over.out
        await has_ended(proven)
