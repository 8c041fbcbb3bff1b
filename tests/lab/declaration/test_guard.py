"""The guard on the old writer's host: what it does alone, and when a declaration may count it (law 1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from deploy.site import CONTROL, Site
from tests.lab.declaration.declaring import NEW, OLD, for_a_while, until
from tests.lab.declaration.guarded import AFTER, CHANGES, DATABASE, MARGIN, Guarded
from tests.lab.declaration.renewal import begin_anew

pytestmark = pytest.mark.lab


@pytest.fixture
async def guarded(site: Site, client: Client) -> AsyncIterator[Guarded]:
    """An estate with guards, both places renewing, nothing declared yet."""
    made = Guarded(site, client)
    made.give_key()
    await begin_anew(site, client, CHANGES)
    await made.armed()
    yield made
    made.outside.stop()


async def test_one_renewer_keeps_the_writer_open_and_none_closes_it(guarded: Guarded) -> None:
    """Control is down for longer than a lease: the writer stays open. The center is cut off: it closes by itself.

    It stays closed: over a power cut, and for whoever starts the database by hand, until an operator arms it again.
    """
    lab = guarded.lab
    guarded.site.workers[CONTROL].kill()

    async def stays_open() -> None:
        assert guarded.says() == "armed" and guarded.writes()
        await asyncio.sleep(0.5)

    await for_a_while(AFTER + MARGIN + 2.0, stays_open)
    guarded.site.workers[CONTROL].start()
    guarded.site.workers[CONTROL].wait()
    guarded.lose()
    await until(lambda: not guarded.writes(), "the writer was not closed", AFTER + MARGIN)
    await until(lambda: guarded.says() == "closed", "the guard does not say so")
    lab.power_off(DATABASE)
    lab.power_on(DATABASE)
    (lab.layout.disk(lab.layout.host(DATABASE)) / "etc/sv/postgres/down").unlink()
    lab.run_in(DATABASE, ["sh", "-c", "sv start postgres || true"])
    await until(lambda: guarded.says() == "closed", "closed is forgotten")
    assert not guarded.writes()


async def test_a_reboot_while_armed_opens_nothing(guarded: Guarded) -> None:
    """The host loses its power and starts anew with its database's autostart on: the gate and the guard hold it."""
    guarded.lose()
    guarded.lab.power_off(DATABASE)
    guarded.lab.power_on(DATABASE)

    async def stays_closed() -> None:
        assert not guarded.writes()

    await for_a_while(4.0, stays_closed)
    assert guarded.says() == "closed"
    assert OLD != NEW
