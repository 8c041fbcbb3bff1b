"""Two estates with the same centers and hosts by name, at one Temporal server, in one namespace (law 14)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

from deploy.lab.lab import Lab
from deploy.lab.oracle import side_effects
from deploy.site import Site
from tests.lab.declaration.declaring import NEW, OLD, Declaring
from tests.lab.labs import own
from tests.lab.seen import address_of_www
from workflows import names
from workflows.estate.estate import EstateState

pytestmark = pytest.mark.lab


@pytest.fixture
def other_site(site: Site) -> Iterator[Site]:
    """Lab e (10.60 to 10.62) with an estate, hosts and workers of its own, at the first one's server."""
    made = Site(own("e", 100, estate="other-bank"), server=site.server)
    made.down()
    try:
        made.up()
        yield made
    finally:
        made.down()


async def estate(client: Client, of: Site) -> EstateState:
    found: EstateState = await client.get_workflow_handle(names.estate_id(of.estate)).query(
        "state", result_type=EstateState
    )
    return found


def state_directories(lab: Lab) -> set[str]:
    """All that Muster keeps on the hosts: markers, epochs, jobs."""
    homes = [lab.layout.disk(host) / "home/muster/.muster" for host in lab.layout.hosts]
    return {str(path.relative_to(lab.layout.state)) for home in homes for path in home.rglob("*")}


def jobs(lab: Lab) -> list[str]:
    return sorted(path for path in state_directories(lab) if Path(path).name == "go")


async def test_one_is_declared_and_the_other_is_not_touched(
    declaring: Declaring, other_site: Site, client: Client
) -> None:
    """Neither its services, data, name, lease, epoch nor its hosts' state; then the other is declared the same way."""
    other = Declaring(other_site, client)
    try:
        await asyncio.gather(declaring.load(seconds=0.5), other.load(seconds=0.5))
        before = (await estate(client, other_site), side_effects(other.lab), state_directories(other.lab))
        assert jobs(other.lab) == []
        declaring.lose()
        await declaring.declared()
        await declaring.end()
        written = declaring.first_write()
        declaring.assert_once()
        assert jobs(declaring.lab) != []
        after = (await estate(client, other_site), side_effects(other.lab), state_directories(other.lab))
        assert after == before
        assert address_of_www(other.lab) == other.lab.layout.web(OLD)
        assert address_of_www(declaring.lab) == declaring.lab.layout.web(NEW)
        other.outside.wait_for_write(at=OLD, since=written)

        mine = (await estate(client, declaring.site), side_effects(declaring.lab), jobs(declaring.lab))
        other.lose()
        await other.declared()
        await other.end()
        other.first_write()
        other.assert_once()
        assert (
            await estate(client, declaring.site),
            side_effects(declaring.lab),
            jobs(declaring.lab),
        ) == mine
    finally:
        other.outside.stop()
