"""A lost Estate is rebuilt by what hosts remember and what takes writes, and by a person's word (laws 5, 11)."""

from __future__ import annotations

import json

import pytest

from starter.documents.times import Zone
from starter.estate_view import as_read, estate_page
from starter.finding_active import (
    active_by_data,
    active_by_word,
    what_was_seen,
    why_not_said,
    why_two_writers,
)
from starter.finding_fences import fenced_centers, why_fences_not_known
from starter.plan_file import load_plan
from starter.rebuilding import Epochs
from tests.starter.conftest import LAB_PLAN, Desk
from workflows.plan import Plan
from workflows.survey import FenceSeen, SideSeen, SurveyAnswer

LEDGER = "core-banking.ledger"


@pytest.fixture(scope="module")
def plan() -> Plan:
    loaded = load_plan(LAB_PLAN)
    assert loaded.plan is not None
    return loaded.plan


def sides(seoul: bool | None, busan: bool | None) -> list[SideSeen]:
    return [
        SideSeen(label=LEDGER, center="seoul", writable=seoul),
        SideSeen(label=LEDGER, center="busan", writable=busan),
    ]


def test_two_writers_are_refused_with_what_to_do() -> None:
    """Law 1: no record could be right then."""
    reason = why_two_writers(sides(True, True))
    assert reason and "seoul and busan" in reason and "fence" in reason
    assert why_two_writers(sides(True, None)) is None


@pytest.mark.parametrize(
    ("seen", "active"),
    [
        (sides(True, False), {"core-banking": "seoul", "channel": "seoul"}),
        (sides(None, True), {"core-banking": "busan", "channel": "busan"}),
        (sides(None, False), {}),
        (sides(None, None), {}),
    ],
)
def test_services_live_where_their_data_takes_writes(
    plan: Plan, seen: list[SideSeen], active: dict[str, str]
) -> None:
    """Law 11: a side that does not answer is not known; nothing is made up from its silence."""
    assert active_by_data(plan, seen) == active


def test_what_an_operator_says(plan: Plan) -> None:
    """All at one center, or service by service; a misspelled one is told."""
    assert active_by_word(plan, ["busan"]) == {"core-banking": "busan", "channel": "busan"}
    mixed = active_by_word(plan, ["busan", "channel=seoul"])
    assert mixed == {"core-banking": "busan", "channel": "seoul"}
    assert "did you mean busan?" in str(active_by_word(plan, ["busna"]))
    assert "chanel" in str(active_by_word(plan, ["chanel=seoul"]))


def test_a_word_against_the_data_is_refused() -> None:
    """What takes writes is where people's money goes, whatever somebody remembers."""
    assert "takes writes at seoul, not at busan" in (
        why_not_said({"core-banking": "seoul"}, {"core-banking": "busan"}) or ""
    )
    assert why_not_said({}, {"core-banking": "busan"}) is None


def test_a_fence_that_is_found_closed_is_owed() -> None:
    """Law 8: by any device, for a lift that broke off leaves the clients' one; never by one that does not answer."""
    answer = SurveyAnswer(
        fences=[
            FenceSeen(center="seoul", device="edge", stops="clients", fenced=True),
            FenceSeen(center="seoul", device="power", stops="writers", fenced=False),
            FenceSeen(center="busan", device="power", stops="writers", error="no answer"),
        ]
    )
    assert list(fenced_centers(answer)) == ["seoul"]
    assert list(fenced_centers(answer, ["busan"])) == ["busan", "seoul"]
    assert "fence power of busan (writers): not known: no answer" in what_was_seen(answer)


def power(fenced: bool | None, writes: bool | None = None, *more: FenceSeen) -> SurveyAnswer:
    seen = FenceSeen(center="seoul", device="power", stops="writers", fenced=fenced, error="no answer")
    return SurveyAnswer(sides=sides(writes, None), fences=[seen, *more])


EDGE = FenceSeen(center="seoul", device="edge", stops="clients", fenced=True)
ARRAY = FenceSeen(center="seoul", device="array", stops="writers", fenced=True)


@pytest.mark.parametrize(
    ("answer", "fenced", "unfenced", "says"),
    [
        (power(None), [], [], "whether seoul is fenced: power does not answer (no answer). Look there"),
        (power(None), ["seoul"], [], None),
        (power(None), [], ["seoul"], None),
        (power(None), ["busan"], [], "whether seoul is fenced"),
        (power(None, False), [], [], "whether seoul is fenced"),
        (power(None, True), [], [], None),
        (
            power(None, True),
            ["seoul"],
            [],
            "core-banking.ledger takes writes there: leave --fenced seoul out",
        ),
        (power(False, True), [], [], None),
        (power(False), [], [], "whether seoul is fenced: its devices are open, but guards or people"),
        (power(False), ["seoul"], [], None),  # closed by guards, or by an override
        (power(False), [], ["seoul"], None),
        (power(False, False, EDGE), [], [], None),
        (power(False, False, EDGE), [], ["seoul"], "edge is closed by its own word"),
        (SurveyAnswer(sides=sides(False, True)), [], [], "the plan has no device there that stops writers"),
        (SurveyAnswer(sides=sides(False, True)), ["seoul"], [], None),
        (power(False, None, ARRAY), [], [], None),
        (power(None, None, ARRAY), [], [], None),
        (power(True), [], ["seoul"], "power is closed by its own word: leave --not-fenced seoul out"),
    ],
)
def test_a_device_that_says_nothing_is_neither_fenced_nor_open(
    answer: SurveyAnswer, fenced: list[str], unfenced: list[str], says: str | None
) -> None:
    """Laws 1, 2: a person looks and says it; never against a device that is closed, or against what takes writes.

    Services live at busan: a center where they do not is open by what takes writes there, or by a person's word.
    """
    reason = why_fences_not_known(answer, fenced, unfenced, ["busan"])
    assert reason is None if says is None else says in (reason or "")


@pytest.mark.parametrize(
    ("active", "says"),
    [
        (["busan"], "has it watched and kept closed"),
        (["seoul", "busan"], "opened by hand it is told, and not"),
    ],
)
def test_what_the_word_of_an_operator_brings(active: list[str], says: str) -> None:
    """Laws 10, 11, 18: where services live by the record, the watch tells that it is open and never fences it."""
    assert says in (why_fences_not_known(power(None), [], [], active) or "")


@pytest.mark.parametrize(
    ("epochs", "first"),
    [
        (Epochs(), True),
        (Epochs(highest=1, asked=3), True),
        (Epochs(highest=1, asked=3, silent=["a"]), True),
        (Epochs(highest=1, asked=3, silent=["a"], dark=["busan"]), False),
        (Epochs(highest=2, asked=3), False),
        (Epochs(highest=0, asked=2, silent=["a", "b"]), False),
    ],
)
def test_when_there_was_no_estate_before(epochs: Epochs, first: bool) -> None:
    """Law 5: silence of all hosts, or of all of one center, is unknown, not 0."""
    assert epochs.is_first is first


async def test_a_dark_center_may_have_been_the_active_one(desk: Desk) -> None:
    """Laws 5, 11: hosts of one center that know of no grant say nothing of what the other one was granted."""
    async with desk.workers():
        plan = str(desk.plan_file)
        await desk.good("prepare", plan, "--yes")
        desk.hosts.silent = {label for label in desk.hosts.markers if label.startswith("busan/")}
        told = await desk.muster("apply", plan)
        assert told.code == 1 and "nobody knows what those of busan have seen" in told.err, told
        await desk.good("apply", plan, "--active", "seoul", "--not-fenced", "busan")


async def test_a_first_apply_overlooks_no_fence(desk: Desk) -> None:
    """Law 8: what is closed was closed by somebody, whatever hosts remember; silence alone stops nothing."""
    async with desk.workers():
        plan = str(desk.plan_file)
        await desk.good("prepare", plan, "--yes")
        desk.world.fenced = {"seoul"}
        told = await desk.muster("apply", plan)
        assert told.code == 1 and "edge of seoul" in told.err and "it was lost" in told.err, told
        desk.world.devices_gone = True
        assert "registered for the first time" in await desk.good("apply", plan)


async def test_apply_believes_the_data(desk: Desk) -> None:
    """The word of an operator is checked against what takes writes; silent and unmarked hosts are named."""
    async with desk.workers():
        plan = str(desk.plan_file)
        await desk.good("prepare", plan, "--yes")
        desk.hosts.markers["busan/was-1"] = 7
        desk.hosts.silent = {"seoul/db-1"}
        del desk.hosts.markers["busan/web-1"]
        desk.world.promoted = True
        told = await desk.muster("apply", plan)
        assert told.code == 1 and "core-banking.ledger at busan: takes writes" in told.err, told
        assert "seoul/db-1 did not answer" in told.err and "busan/web-1 have no epoch record" in told.err
        wrong = await desk.muster("apply", plan, "--active", "seoul")
        assert wrong.code == 1 and "takes writes at busan, not at seoul" in wrong.err
        await desk.good("apply", plan, "--active", "busan", "--not-fenced", "seoul")
        estate = json.loads(await desk.good("estate", desk.estate, "--json"))
    assert (estate["epoch"], estate["active"]["channel"], estate["half_done"]) == (8, "busan", None)


async def test_a_fence_that_nobody_sees_is_said_by_a_person(desk: Desk) -> None:
    """Laws 1, 2, 8: refused while nobody knows; what is said to be fenced is owed, and so watched."""
    async with desk.workers():
        plan = str(desk.plan_file)
        await desk.good("prepare", plan, "--yes")
        desk.hosts.markers["busan/was-1"] = 7
        desk.world.promoted = desk.world.devices_gone = True
        told = await desk.muster("apply", plan, "--active", "busan")
        assert told.code == 1 and "nobody knows whether seoul is fenced: power does not answer" in told.err
        typo = await desk.muster("apply", plan, "--active", "busan", "--fenced", "soul")
        assert typo.code == 2 and "did you mean seoul?" in typo.err
        await desk.good("apply", plan, "--active", "busan", "--fenced", "seoul")
        estate = json.loads(await desk.good("estate", desk.estate, "--json"))
        again = await desk.muster("apply", plan, "--fenced", "seoul")
        assert again.code == 1 and "leave --fenced and --not-fenced out" in again.err
    assert [one["id"] for one in estate["obligations"]] == ["fence/seoul"]


def test_the_page_shows_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Law 18: announcements, guests, what is owed, who closed, what was refused; times in the plan's zone."""
    from starter.console import show
    from tests.workflows.test_estate_book import FENCE, ask, closed, entrance, intent
    from workflows.estate.book import EstateBook
    from workflows.estate.departures import Departures
    from workflows.estate.state import EstateState

    book = EstateBook(EstateState(estate="e", epoch=1, active={"s": "seoul"}))
    assert book.join(entrance("batch/1"), 0.0) is None
    epoch = book.acquire(ask("declaration/1", "declaration", oblige=[FENCE]), 0.0).epoch
    book.record(intent("declaration/1", epoch), 0.0)
    Departures(book).close(closed("declaration/1"), 0.0)
    book.announce(entrance("failback/1", "failback"), 0.0)
    show(*estate_page(book.state, Zone.of("Asia/Seoul")))
    page = capsys.readouterr().out
    for word in (
        "lease held by declaration since 1970-01-01 09:00:00 Asia/Seoul",
        "half done: declaration (epoch 2) had begun to promote s.ledger, s.stock at busan",
        "batch",
        "failback",
        "fence/seoul",
        "terminated",
        "none yet",
        "has closed (terminated) without giving back",
    ):
        assert word in page, page
    assert as_read(book.state)["half_done"]["old"] == "seoul"
