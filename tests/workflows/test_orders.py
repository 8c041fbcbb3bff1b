"""What runs tell each other: whatever else arrives under the same name is nothing (law 6, `temporal.md`)."""

from __future__ import annotations

import json

from hypothesis import example as also
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.test_messages import SHAPE
from workflows.orders import LONGEST, ChildReport, Ready, read_from_run


@given(data=st.none() | st.binary(max_size=100) | SHAPE.map(lambda shape: json.dumps(shape).encode()))
@also(data=b"[" * 100_000)
def test_what_no_run_sent_is_nothing(data: bytes | None) -> None:
    """Handlers never raise: what another run did not send is None."""
    assert read_from_run(Ready, data) is None or isinstance(read_from_run(Ready, data), Ready)
    assert read_from_run(ChildReport, data) is None


def test_what_a_run_sent_is_read() -> None:
    """A child waits for components of its siblings: the labels arrive as they were sent, up to a size."""
    news = Ready(nonce="n", labels=["core.was", "core.web"])
    assert read_from_run(Ready, news.model_dump_json().encode()) == news
    assert read_from_run(Ready, b'{"nonce": "n", "labels": ["core.was", 1]}') is None
    long = Ready(nonce="n", labels=["x" * LONGEST]).model_dump_json().encode()
    assert read_from_run(Ready, long) is None
