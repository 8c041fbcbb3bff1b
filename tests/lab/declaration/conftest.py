"""A whole Muster on a lab of its own, brought up once, begun anew for each test, always taken down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from deploy.site import Site, begin_anew
from tests.lab.declaration.declaring import Declaring
from tests.lab.labs import own


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """Lab d, its Temporal server, its workers; prepared and applied."""
    made = Site(own("d", 109), ui_port=0)
    made.down()  # what an interrupted run left
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture(scope="package")
async def client(site: Site) -> Client:
    return await Client.connect(site.server.address, data_converter=pydantic_data_converter)


@pytest.fixture
async def declaring(site: Site, client: Client) -> AsyncIterator[Declaring]:
    """An estate that no run has touched, nothing declared yet. The plan is the shipped one."""
    await begin_anew(site, client)
    made = Declaring(site, client)
    yield made
    made.outside.stop()
