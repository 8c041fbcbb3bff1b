"""When a fence counts as confirmed (law 1)."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.models import (
    Command,
    FenceOrder,
    GuardView,
    Outcome,
    ProbeResult,
    RenewerRef,
    Sighting,
    StepResult,
    Target,
)
from workflows.evidence.fences import guards_due_in, why_not_confirmed, why_not_guarded

WEB = "http://10.81.0.31/health"
DEVICE = Target(estate="bank", center="", host="pdu", address="10.80.8.3", user="netops", key="pdu-ssh")
DONE = StepResult(outcome=Outcome.DONE, summary="is off")


def order(lives: str = "third-site", stops: Literal["clients", "writers"] = "writers") -> FenceOrder:
    """The power switch of seoul."""
    return FenceOrder(
        center="seoul",
        name="power",
        stops=stops,
        lives=lives,
        at=DEVICE,
        run=Command(run="off seoul"),
        confirm_at=DEVICE,
        confirm=Command(run="status seoul"),
        says="off",
    )


def sees(vantage: str, domain: str, serves: bool = False, **changes: Any) -> Sighting:
    """One vantage point that looked at seoul's front."""
    results = [ProbeResult(url=WEB, serves=serves, seconds=0.1, error="" if serves else "timed out")]
    known = {"vantage": vantage, "failure_domain": domain, "at": 1.0, "blind": False, "results": results}
    return Sighting.model_validate(known | changes)


CONTROL = sees("control", "third-site")
BUSAN = sees("busan", "busan")


def test_device_and_two_places_together_confirm() -> None:
    """Law 1: the device's own status and what is seen from two vantage points of different failure domains."""
    assert why_not_confirmed(order(), DONE, [CONTROL, BUSAN]) is None
    already = DONE.model_copy(update={"outcome": Outcome.ALREADY})
    assert why_not_confirmed(order(), already, [BUSAN, CONTROL]) is None


@pytest.mark.parametrize(
    "outcome",
    [Outcome.FAILED, Outcome.UNKNOWN, Outcome.SKIPPED, Outcome.FORCED],
    ids=lambda outcome: str(outcome),
)
def test_without_the_word_of_its_device_nothing_is_confirmed(outcome: Outcome) -> None:
    """Law 1: a silent center is not "off"; law 2: unknown is not success; a fence is neither skipped nor forced."""
    device = StepResult(outcome=outcome, summary="pdu: no route to host")
    reason = why_not_confirmed(order(), device, [CONTROL, BUSAN])
    assert reason == "power is not confirmed by its device: pdu: no route to host"


@pytest.mark.parametrize(
    ("sightings", "says"),
    [
        ([], "0 of 2 failure domains can see whether seoul serves (none asked)"),
        ([CONTROL], "1 of 2 failure domains can see whether seoul serves (control: sees)"),
        ([CONTROL, sees("busan", "third-site")], "1 of 2"),  # two places that fail together are one
        ([CONTROL, CONTROL], "1 of 2"),
        ([CONTROL, sees("busan", "busan", blind=True)], "busan: blind"),
        ([CONTROL, sees("busan", "busan", error="no worker took it")], "busan: no worker took it"),
        ([CONTROL, sees("seoul", "seoul")], "seoul: stands in seoul itself"),
        ([CONTROL, sees("seoul", "rack-7")], "seoul: stands in seoul itself"),
        ([CONTROL, sees("rack-7", "seoul")], "rack-7: stands in seoul itself"),
        ([CONTROL, sees("busan", "busan", results=[])], "busan: looked at nothing"),
        ([sees("control", "third-site", blind=True), BUSAN], "control: blind"),
    ],
)
def test_a_vantage_point_that_cannot_see_does_not_count(sightings: list[Sighting], says: str) -> None:
    """Law 1: blind, silent, in the fenced center or without targets: its word is no confirmation, and it is named."""
    reason = why_not_confirmed(order(), DONE, sightings)
    assert reason is not None and reason.startswith("only ") and says in reason


@pytest.mark.parametrize(
    "sightings",
    [
        [sees("control", "third-site", serves=True), BUSAN],
        [CONTROL, sees("busan", "busan", serves=True)],
        [CONTROL, BUSAN, sees("office", "office", serves=True)],
    ],
)
def test_a_center_that_serves_anywhere_is_not_fenced(sightings: list[Sighting]) -> None:
    """Law 1: one place that sees it serve outweighs the device's word, and the words name target and place."""
    reason = why_not_confirmed(order(), DONE, sightings)
    assert reason is not None and f"seoul still serves: {WEB} from" in reason


def test_one_serving_target_of_many_is_enough_to_refuse() -> None:
    """Law 1: a database that still answers while the front is dark is not off."""
    results = [*BUSAN.results, ProbeResult(url="tcp://10.81.0.11:5432", serves=True, seconds=0.1)]
    reason = why_not_confirmed(order(), DONE, [CONTROL, sees("busan", "busan", results=results)])
    assert reason == "power says it is done, but seoul still serves: tcp://10.81.0.11:5432 from busan"


def test_a_device_in_the_fenced_center_is_never_enough() -> None:
    """Law 1: a device that lives in the fenced site is not believed alone, however dark the site looks."""
    reason = why_not_confirmed(order(lives="seoul"), DONE, [CONTROL, BUSAN])
    assert reason == "power lives in seoul itself: its word is not enough"


def test_a_device_of_the_other_center_is_believed() -> None:
    """Law 9: a fence may live in the surviving center."""
    assert why_not_confirmed(order(lives="busan"), DONE, [CONTROL, BUSAN]) is None


SIGHTINGS = st.lists(
    st.builds(
        sees,
        st.sampled_from(["control", "seoul", "busan", "office"]),
        st.sampled_from(["third-site", "seoul", "busan", "office"]),
        st.booleans(),
        blind=st.booleans(),
        error=st.sampled_from(["", "no answer"]),
    ),
    max_size=5,
)


@given(st.sampled_from(list(Outcome)), SIGHTINGS, st.sampled_from(["third-site", "seoul", "busan"]))
def test_confirmed_means_all_of_it(outcome: Outcome, sightings: list[Sighting], lives: str) -> None:
    """Law 1, the other way round: whatever is confirmed has the device's word and two dark views from outside."""
    if why_not_confirmed(order(lives), StepResult(outcome=outcome, summary=""), sightings) is not None:
        return
    good = [
        seen
        for seen in sightings
        if not seen.blind and not seen.error and "seoul" not in (seen.vantage, seen.failure_domain)
    ]
    assert outcome in (Outcome.DONE, Outcome.ALREADY) and lives != "seoul"
    assert len({seen.failure_domain for seen in good}) >= 2
    assert not any(result.serves for seen in good for result in seen.results)


# --- guards

PLACES = ["control", "busan"]
FIRST, LATER = 5, 9  # generations


def seen(place: str, generation: int = FIRST, **changes: Any) -> GuardView:
    """A renewer that stopped, and that the guard told of itself."""
    known: dict[str, Any] = {
        "place": place,
        "dataset": "core.ledger",
        "stopped": True,
        "due_in_s": -1.0,
        "answered": "armed",
        "renewer": f"{place}-{generation}",
        "generation": generation,
        "acknowledged": generation,
    }
    return GuardView(**(known | changes))


def enrolled(place: str, generation: int = FIRST) -> RenewerRef:
    return RenewerRef(place=place, renewer=f"{place}-{generation}", generation=generation)


ALL = [enrolled(at) for at in PLACES]
STOPPED = [seen(at) for at in PLACES]


def changed(place: str, **changes: Any) -> list[GuardView]:
    return [view.model_copy(update=changes if view.place == place else {}) for view in STOPPED]


def guarded(views: list[GuardView], silent: dict[str, str] | None = None, *datasets: str) -> str | None:
    return why_not_guarded(datasets or ["core.ledger"], PLACES, ALL, views, silent or {})


def test_a_guard_counts_when_every_renewer_stopped_and_it_was_armed() -> None:
    """Law 1: every writer guarded, every renewer stopped, armed or closed when it was heard last."""
    assert guarded(STOPPED) is None
    assert guarded(changed("busan", answered="closed")) is None


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        ({"stopped": False}, "does not say that it stopped renewing the guard of core.ledger"),
        ({"answered": "its process does not run"}, "was not armed when it was heard last"),
        ({"answered": "idle"}, "was not armed"),
        ({"answered": "closing"}, "was not armed"),
        ({"answered": "disarmed"}, "was not armed"),
        ({"answered": "an operator asks to disarm it"}, "was not armed"),
        ({"dataset": "core.cards"}, "does not say that it stopped renewing the guard of core.ledger"),
        ({"acknowledged": 0}, "the guard of core.ledger listens to: one may renew it still"),
    ],
)
def test_a_guard_does_not_count_for_less(place: str, spoiled: dict[str, Any], says: str) -> None:
    """Law 2: what is not known, of any place, is no fence."""
    assert says in str(guarded(changed(place, **spoiled)))


def test_a_guard_that_nobody_saw_armed_does_not_count() -> None:
    """Never armed: it would close nothing."""
    assert "never seen armed" in str(guarded([view.model_copy(update={"answered": ""}) for view in STOPPED]))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_is_silent_may_renew_still(place: str) -> None:
    """Law 1: unreachable is not stopped. What another place knows of its guard does not speak for it."""
    rest = [view for view in STOPPED if view.place != place]
    assert f"{place} (no worker)" in str(guarded(rest, {f"{place}-{FIRST}": "no worker"}))


def test_every_writer_has_a_guard_that_counts() -> None:
    """Law 1: nothing there can write any more; one dataset without a guard is enough to write."""
    assert guarded(STOPPED, {}, "core.ledger", "core.cards") is not None
    assert why_not_guarded([], PLACES, ALL, [], {}) == "not every writer there has a guard"


@pytest.mark.parametrize(
    ("views", "says"),
    [
        ([seen("control", LATER)], None),  # the guard takes nothing of the older one any more
        ([seen("control", LATER, acknowledged=0), seen("control")], None),  # both have stopped
        ([seen("control", LATER, acknowledged=FIRST)], "control (no answer) does not say that it stopped"),
        ([seen("control", LATER, acknowledged=0)], "control (no answer) does not say that it stopped"),
        ([seen("control", acknowledged=LATER)], "control (no answer) does not say that it stopped"),
        ([seen("control")], "control (no answer) does not say that it stopped"),
        ([seen("control", LATER), seen("control", answered="idle")], None),  # an older one knows less
        ([seen("control", LATER, answered="idle"), seen("control")], "was not armed"),
    ],
    ids=["older-fenced", "both", "older-heeded", "unheard", "newer-heeded", "newer-silent", "stale", "idle"],
)
def test_of_several_workers_of_a_place_all_that_the_guard_listens_to_stopped(
    views: list[GuardView], says: str | None
) -> None:
    """Laws 1, 5: it listens to none before the newest that it told of; each from there on has to stop."""
    known = [*ALL, enrolled("control", LATER)]
    silent = {f"control-{number}": "no answer" for number in (FIRST, LATER)}
    reason = why_not_guarded(["core.ledger"], PLACES, known, [*views, seen("busan")], silent)
    assert reason is None if says is None else says in str(reason)


def test_a_renewer_that_the_estate_forgot_is_none_that_stopped() -> None:
    """Law 2: the estate was lost and knows newer ones only; the guard still listens to one from before."""
    known = [enrolled("control", LATER), enrolled("busan")]
    views = [seen("control", LATER, acknowledged=FIRST), seen("busan")]
    assert "nobody knows whom" in str(why_not_guarded(["core.ledger"], PLACES, known, views, {}))
    assert "nobody knows whom at busan" in str(why_not_guarded(["core.ledger"], PLACES, ALL[:1], STOPPED, {}))


def test_the_last_lease_of_all_places_counts() -> None:
    """Not before the latest of them is over, its margin included."""
    assert guards_due_in(changed("busan", due_in_s=12.5)) == 12.5
    assert guards_due_in(STOPPED) < 0
