"""One-time codes: what proves a voice, and what is burnt (laws 6, 13). Only the Estate is not the real one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from temporalio.testing import ActivityEnvironment

from activities.codes import CodeActivities, enrolment, new_secret, steps_off
from activities.models.codes import STEP_S, Burn, Burnt, CodeOrder, CodeVerdict, SaidCodes, digest
from activities.secrets import DirectorySecrets
from workflows.estate.burnt_codes import AHEAD, KEPT, OLDEST, BurntCodes

AT = 1_795_000_000.0  # in the middle of a step
STEP = int(AT // STEP_S)
KIM, LEE = pyotp.random_base32(), pyotp.random_base32()
_numbers = itertools.count(100)
RIGHT, WRONG, BURNT, UNREADABLE, FORGOTTEN = CodeVerdict


class Estate:
    """Keeps what was burnt, as the Estate does."""

    def __init__(self) -> None:
        self.burnt = BurntCodes()

    async def burn(self, estate: str, burns: list[Burn]) -> list[Burnt]:
        return self.burnt.burn(burns, AT)


@pytest.fixture
def checker(tmp_path: Path) -> CodeActivities:
    for name, text in (("kim-code", f"{KIM}\n"), ("lee-code", LEE.lower()), ("cho-code", "not base 32!")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    return CodeActivities(DirectorySecrets(tmp_path), Estate())


def code(secret: str, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(STEP + ahead)


def said(by: str, *codes: str, at: float = AT) -> SaidCodes:
    return SaidCodes(by=by, codes=[digest(one) for one in codes], at=at)


async def check(checker: CodeActivities, *messages: SaidCodes) -> list[CodeVerdict]:
    names = {person: f"{person}-code" for person in ("kim", "lee", "cho", "ops")}
    order = CodeOrder(estate="bank", said=list(messages), secrets=names)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_id=str(next(_numbers)))
    found: list[CodeVerdict] = await environment.run(checker.check_codes, order)
    return found


@pytest.mark.parametrize(("ahead", "verdict"), [(-2, WRONG), (-1, RIGHT), (0, RIGHT), (1, RIGHT), (2, WRONG)])
async def test_one_step_either_way(checker: CodeActivities, ahead: int, verdict: CodeVerdict) -> None:
    """A code counts at the time of its arrival, with one step of tolerance before and after."""
    assert await check(checker, said("kim", code(KIM, ahead))) == [verdict]


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        ((-1, 0), RIGHT),
        ((0, 1), RIGHT),
        ((1, 0), RIGHT),
        ((-2, -1), RIGHT),
        ((-1, 1), WRONG),
        ((1, 2), WRONG),
    ],
)
async def test_two_that_follow_each_other(
    checker: CodeActivities, codes: tuple[int, int], verdict: CodeVerdict
) -> None:
    """A pair is two codes of neighbouring steps, the later one of now."""
    assert await check(checker, said("kim", *(code(KIM, ahead) for ahead in codes))) == [verdict]


async def test_half_a_pair_is_nothing(checker: CodeActivities) -> None:
    """A guess beside a right code proves nothing, and the right one is burnt by it."""
    assert await check(checker, said("kim", code(KIM), code(LEE))) == [WRONG]
    assert await check(checker, said("kim", code(KIM)), said("lee", code(LEE))) == [BURNT, BURNT]


async def test_anothers_code_is_wrong_and_burnt(checker: CodeActivities) -> None:
    """Law 13: a code of lee in kim's name counts for nobody, then or later."""
    assert await check(checker, said("kim", code(LEE))) == [WRONG]
    assert await check(checker, said("lee", code(LEE))) == [BURNT]


async def test_a_code_that_is_only_seen_is_burnt(checker: CodeActivities) -> None:
    """Law 13: a code in a refused message or in a wrong field is burnt, among others that are none."""
    await check(checker, said("", "000000", code(KIM), "999999"))
    assert await check(checker, said("kim", code(KIM)), said("kim", code(KIM, 1))) == [BURNT, RIGHT]


async def test_the_second_of_two_equal_messages_is_refused(checker: CodeActivities) -> None:
    """Two messages with one code in one batch: the first counts."""
    assert await check(checker, said("kim", code(KIM)), said("kim", code(KIM))) == [RIGHT, BURNT]


async def test_a_retry_of_the_activity_is_the_same_use(checker: CodeActivities) -> None:
    """A worker that dies after the Estate's answer does not void the voice that it was checking."""
    order = CodeOrder(estate="bank", said=[said("kim", code(KIM))], secrets={"kim": "kim-code"})
    for _ in range(2):
        assert await ActivityEnvironment().run(checker.check_codes, order) == [RIGHT]


async def test_a_run_that_asks_again_asks_of_the_same_use(checker: CodeActivities) -> None:
    """Law 2: an answer that was lost voids no voice; the same code in another message of the run counts nowhere."""
    first = said("kim", code(KIM)).model_copy(update={"number": 7})
    assert await check(checker, first) == [RIGHT]
    assert await check(checker, said("", "000000"), first) == [WRONG, RIGHT]
    assert await check(checker, first.model_copy(update={"number": 8})) == [BURNT]


async def test_a_secret_that_is_none_is_told(checker: CodeActivities) -> None:
    """Not there, or no base 32: the person is told that it is not their code."""
    found = await check(checker, said("ops", "123456"), said("cho", "123456"), said("kim", code(KIM)))
    assert found == [UNREADABLE, UNREADABLE, RIGHT]


def test_the_estate_keeps_a_bounded_number_of_steps() -> None:
    """What is older than all that is kept counts as seen: forgetting never makes a code fresh again."""
    burnt, now = BurntCodes(), 1200.0 * STEP_S
    for step in range(1000, 1000 + 3 * KEPT):
        assert burnt.burn([Burn(person="kim", step=step, use=f"use-{step}")], now) == [Burnt.FRESH]
    assert len(burnt.uses["kim"]) == KEPT
    assert burnt.burn([Burn(person="kim", step=1000, use="again")], now) == [Burnt.SEEN]
    assert burnt.burn([Burn(person="lee", step=1000, use="again")], now) == [Burnt.FRESH]
    again = BurntCodes.model_validate_json(burnt.model_dump_json())
    assert again == burnt


@pytest.mark.parametrize("off", [AHEAD + 1, 10**12, -OLDEST - 1])
def test_steps_of_another_time_void_no_code(off: int) -> None:
    """Law 13: what nobody's device can show now is not kept; a person's own codes stay as good as they were."""
    burnt = BurntCodes()
    for more in range(2 * KEPT):
        step = STEP + off + (more if off > 0 else -more)
        assert burnt.burn([Burn(person="kim", step=step, use="x")], AT) == [Burnt.SEEN]
    assert burnt.burn([Burn(person="kim", step=STEP, use="y")], AT) == [Burnt.FRESH]
    assert list(burnt.uses["kim"]) == [STEP]


def test_codes_come_in_any_order() -> None:
    """A code of an earlier step that was not seen yet is fresh: two gates may ask at once."""
    burnt = BurntCodes()
    burns = [Burn(person="kim", step=step, use=str(step)) for step in (1001, 1000, 1001)]
    assert burnt.burn(burns, 1001.0 * STEP_S) == [
        Burnt.FRESH,
        Burnt.FRESH,
        Burnt.FRESH,
    ]  # the last is a repeated delivery of the first
    assert burnt.burn([Burn(person="kim", step=1001, use="other")], 1001.0 * STEP_S) == [Burnt.SEEN]


def test_an_authenticator_reads_the_enrolment() -> None:
    """The otpauth text holds secret, person, estate and issuer; its codes are those that are checked."""
    secret = new_secret()
    url = urlsplit(enrolment(secret, "kim", "hanbit-bank"))
    query = parse_qs(url.query)
    assert (url.scheme, url.netloc, query["secret"], query["issuer"]) == (
        "otpauth",
        "totp",
        [secret],
        ["muster"],
    )
    assert "kim" in url.path and "hanbit-bank" in url.path
    assert len(secret) == 32


@pytest.mark.parametrize("off", [-7, 0, 1, 9])
def test_a_clock_that_is_off_is_measured(off: int) -> None:
    """At the enrolment a code of another time tells by how much the clocks differ."""
    assert steps_off(KIM, code(KIM, off), AT, within=10) == off
    assert steps_off(LEE, code(KIM, off), AT, within=10) is None
