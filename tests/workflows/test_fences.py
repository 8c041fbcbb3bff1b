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
    Sighting,
    StepResult,
    Target,
)
from workflows.fences import guards_due_in, why_not_confirmed, why_not_guarded

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
STOPPED = [
    GuardView(place=at, dataset="core.ledger", stopped=True, due_in_s=-1.0, answered="armed") for at in PLACES
]


def changed(place: str, **changes: Any) -> list[GuardView]:
    return [view.model_copy(update=changes if view.place == place else {}) for view in STOPPED]


def guarded(views: list[GuardView], silent: dict[str, str] | None = None, *datasets: str) -> str | None:
    return why_not_guarded(datasets or ["core.ledger"], PLACES, views, silent or {})


def test_a_guard_counts_when_every_place_stopped_and_it_was_armed() -> None:
    """Law 1: every writer guarded, every renewer stopped, armed when it was heard last, from one place at least."""
    assert guarded(STOPPED) is None
    assert guarded(changed("busan", answered="")) is None
    assert guarded(changed("busan", answered="closed")) is None


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("spoiled", "says"),
    [
        ({"stopped": False}, "not every place has stopped renewing"),
        ({"answered": "its process does not run"}, "was not armed when it was heard last"),
        ({"answered": "idle"}, "was not armed"),
        ({"answered": "closing"}, "was not armed"),
        ({"answered": "disarmed"}, "was not armed"),
        ({"dataset": "core.cards"}, "not every place has stopped renewing the guard of core.ledger"),
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
    """Law 1: unreachable is not stopped."""
    rest = [view for view in STOPPED if view.place != place]
    assert f"{place} (no worker)" in str(guarded(rest, {place: "no worker"}))


def test_every_writer_has_a_guard_that_counts() -> None:
    """Law 1: nothing there can write any more; one dataset without a guard is enough to write."""
    assert guarded(STOPPED, {}, "core.ledger", "core.cards") is not None
    assert why_not_guarded([], PLACES, [], {}) == "not every writer there has a guard"


def test_the_last_lease_of_all_places_counts() -> None:
    """Not before the latest of them is over, its margin included."""
    assert guards_due_in(changed("busan", due_in_s=12.5)) == 12.5
    assert guards_due_in(STOPPED) < 0
