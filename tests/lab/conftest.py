"""The lab that the tests share: brought up once, reset between the tests that hurt it, always taken down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.lab.lab import Lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab of its own (id t, 10.70 to 10.72): it leaves the one that somebody works with alone."""
    made = Lab("t", base=70)
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
