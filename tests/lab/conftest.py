"""The lab that the tests share: brought up once, reset between the tests that hurt it, always taken down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.lab.lab import Lab
from deploy.lab.remote import Remote
from tests.lab.labs import own


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab of its own (id t): it leaves the one that somebody works with alone."""
    made = own("t", 103)
    made.down()  # what an interrupted run left
    made.up()
    try:
        yield made
    finally:
        made.down()


@pytest.fixture
def fresh_lab(lab: Lab) -> Lab:
    """The lab in its first state."""
    lab.reset()
    return lab


@pytest.fixture
def devices(fresh_lab: Lab) -> Iterator[Remote]:
    """Edge and power switch, as whoever holds their keys reaches them."""
    hosts = [fresh_lab.layout.host("edge-ctl"), fresh_lab.layout.host("pdu-ctl")]
    with Remote.to(fresh_lab.layout, fresh_lab.secrets, hosts) as remote:
        yield remote
