"""When a worker asks the Estate to let it renew guards (law 1). The Estate is a stand-in, the disk is real."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import Client

from activities.guarding.renewer import Renewer
from activities.models import RenewerRef
from activities.remote import Remote
from tests.activities.guarding.conftest import order
from worker.renewing import _enrol

OTHER = RenewerRef(place="control", renewer="other", generation=3)


class Estate:
    """Gives `gives`, and knows of `known`."""

    def __init__(self, gives: int = 7, known: list[RenewerRef] | None = None) -> None:
        self.gives = gives
        self.known = known or []
        self.asked = 0

    def get_workflow_handle(self, name: str) -> Estate:
        return self

    async def query(self, name: str, **more: Any) -> list[RenewerRef]:
        return self.known

    async def execute_update(self, name: str, ask: Any, **more: Any) -> int:
        self.asked += 1
        return self.gives


@pytest.fixture
def renewer(tmp_path: Path) -> Renewer:
    made = Renewer(cast(Remote, None), tmp_path / "guards", "control")
    made.configure([order(tmp_path)])
    return made


async def enrol(estate: Estate, renewer: Renewer) -> int:
    await _enrol(cast(Client, estate), renewer, "bank", "control")
    return renewer.enrolment.generation


async def test_a_fresh_one_asks_and_keeps_what_it_is_given(renewer: Renewer, tmp_path: Path) -> None:
    """Once: the next process of its directory has it already, and the estate knows of it."""
    estate = Estate(known=[OTHER])
    assert await enrol(estate, renewer) == 7
    again = Renewer(cast(Remote, None), tmp_path / "guards", "control")
    assert await enrol(estate, again) == 7
    assert estate.asked == 1


async def test_a_refused_one_does_not_begin(renewer: Renewer) -> None:
    """A declaration holds the lease: asked again the next time."""
    estate = Estate(gives=0)
    assert await enrol(estate, renewer) == 0
    assert await enrol(estate, renewer) == 0
    assert estate.asked == 2


async def test_an_estate_that_was_lost_is_told(renewer: Renewer) -> None:
    """It knows of nobody at this place: whoever renews there asks anew."""
    assert await enrol(Estate(gives=7), renewer) == 7
    assert await enrol(Estate(gives=9), renewer) == 9
    assert await enrol(Estate(gives=11, known=[OTHER]), renewer) == 9


async def test_what_could_not_be_kept_is_not_asked_for(renewer: Renewer, tmp_path: Path) -> None:
    """Law 2: the estate would know of a renewer that never can say that it stopped."""
    shutil.rmtree(tmp_path / "guards")
    (tmp_path / "guards").touch()
    estate = Estate()
    assert await enrol(estate, renewer) == 0
    assert estate.asked == 0


async def test_who_renews_nothing_does_not_ask(renewer: Renewer) -> None:
    """Most estates have no guards."""
    renewer.configure([])
    estate = Estate()
    assert await enrol(estate, renewer) == 0
    assert estate.asked == 0
