"""A seed of `make chaos`, from its lab to its table: the tool itself is tried with the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.chaos import telling
from deploy.chaos.__main__ import play_all
from deploy.chaos.schedule import draw
from deploy.site import Site
from tests.lab.labs import own

pytestmark = pytest.mark.lab

SEED = 68  # a power switch that lies: the run is held, repaired and retried; then the power comes back


def test_a_seed_keeps_its_promises(tmp_path: Path) -> None:
    """Laws 1, 4, 8, 18 over a fence that is claimed and not there; each fault of the seed really strikes."""
    site = Site(own("c", 112), ui_port=0)
    site.down()  # what an interrupted run left
    (outcome,) = play_all(site, [SEED], tmp_path, keep=False)
    assert outcome.broken == []
    assert outcome.missed == []
    assert [one.fault.kind for one in outcome.happened] == [fault.kind for fault in draw(SEED).faults]
    assert [retry.partition(" ")[0] for retry in outcome.said] == ["fence-seoul"]
    assert "1 seeds, 0 with a broken promise" in telling.table([outcome])
    assert (tmp_path / "chaos.json").exists()
