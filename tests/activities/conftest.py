"""One PostgreSQL primary and one streaming replica for all tests that do not break them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.activities.pg import Server, primary, replica, server_directory


@pytest.fixture(scope="session")
def pg_primary() -> Iterator[Server]:
    with server_directory() as root, primary(root) as server:
        yield server


@pytest.fixture(scope="session")
def pg_replica(pg_primary: Server) -> Iterator[Server]:
    with replica(pg_primary) as server:
        yield server
