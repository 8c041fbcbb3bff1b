"""The guard on the old writer's host: what it does alone, and when a declaration may count it (law 1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from deploy.site import CONTROL, Site, begin_anew
from tests.lab.declaration.declaring import NEW, OLD, for_a_while, until
from tests.lab.declaration.guarded import AFTER, CHANGES, DATABASE, MARGIN, Guarded

pytestmark = pytest.mark.lab

FENCE = f"fence-{OLD}"


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
    assert (
        "2 guards are installed; nothing differs"
        in guarded.site.muster("prepare", str(guarded.site.plan)).stdout
    )
    guarded.site.workers[CONTROL].kill()

    async def stays_open() -> None:
        assert guarded.says() == "armed" and guarded.writes()
        await asyncio.sleep(0.5)

    await for_a_while(AFTER + 4.0, stays_open)  # it closes at the end of its lease, in a second or two
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


async def test_no_device_and_an_expired_guard(guarded: Guarded) -> None:
    """Cut off, writing on, no fence device in reach: the guard closes the writer, then the other side is promoted.

    Not before its time: the run is held, says when the guard counts, and goes on by itself. No side loses its law.
    """
    lab = guarded.lab
    await guarded.load(seconds=0.5)
    lab.local_writer(OLD).start()
    guarded.lose()
    lab.break_("devices-gone")
    await guarded.declared()
    held = await guarded.wait_of(FENCE, within=90)
    assert "count as a fence at" in held.title, held.title
    assert guarded.promotions() == []
    result = await guarded.end(within=120)
    guarded.first_write()
    truth = guarded.truth()
    assert guarded.says() == "closed" and not guarded.writes()
    assert guarded.power_cut_at() is None, "the power switch did it: this shows nothing"
    wrote_at, promoted_at = truth.old_last_commit, truth.promoted_at
    assert wrote_at and promoted_at
    assert guarded.disaster_at + 3.0 < wrote_at < result.facts["fenced"] < promoted_at
    assert not truth.both_sides_accepted_writes
    assert any("own guards" in line for line in result.warnings)
    guarded.tell(result, truth)
    guarded.assert_once()
    await stays_closed_whatever_is_done_there(guarded)


async def stays_closed_whatever_is_done_there(guarded: Guarded) -> None:
    """The host loses its power, comes back with the database's autostart on, and somebody there wants it open."""

    async def is_closed() -> None:
        assert not guarded.writes() and guarded.says() in ("closing", "closed")
        await asyncio.sleep(0.5)

    guarded.lab.power_off(DATABASE)
    (guarded.lab.layout.disk(guarded.lab.layout.host(DATABASE)) / "etc/sv/postgres/down").unlink(
        missing_ok=True
    )
    guarded.lab.power_on(DATABASE)
    await for_a_while(4.0, is_closed)
    guarded.by_hand()
    await for_a_while(6.0, is_closed)


async def hold_on(guarded: Guarded, says: str) -> None:
    """Declared with no device in reach: held for that reason, and longer than any guard would take not promoted."""
    guarded.lose()
    guarded.lab.break_("devices-gone")
    await guarded.declared()
    held = await guarded.wait_of(FENCE, within=90)
    assert says in held.title, held.title

    async def nothing_happens() -> None:
        assert guarded.promotions() == []
        await asyncio.sleep(0.5)

    await for_a_while(AFTER + MARGIN + 2.0, nothing_happens)
    assert (await guarded.record()).state == "held"


async def test_a_guard_that_was_killed_before_is_no_fence(guarded: Guarded) -> None:
    """Its process is gone while renewals still arrive: both places hear of it, and the writer stays open: held."""
    guarded.kill_guard()
    await until(
        lambda: {guarded.heard(CONTROL), guarded.heard(NEW)} == {"its process does not run"}, "not noticed"
    )
    await hold_on(guarded, "its process does not run")
    assert guarded.writes(), "the writer was closed: this shows nothing"


async def test_a_place_that_is_silent_may_renew_still(guarded: Guarded) -> None:
    """The other center's worker does not answer, and its machine may have the lease in hand: held."""
    guarded.site.workers[NEW].kill()
    guarded.site.workers[NEW].start()
    guarded.site.workers[NEW].wait()
    await guarded.armed()
    records = guarded.lab.layout.state / f"worker/{NEW}/guards"
    records.rename(records.with_name("guards-away"))
    records.touch()  # it cannot keep that it stopped, so it does not say so
    await hold_on(guarded, f"{NEW} (")


async def test_a_guard_that_was_never_armed_is_no_fence(site: Site, client: Client) -> None:
    """Its service runs, and no worker outside ever reached it: nothing would close the writer: held."""
    guarded = Guarded(site, client)
    with guarded.no_keys():
        await begin_anew(site, client, CHANGES)
        await until(lambda: guarded.says() == "idle", "the guard does not run")
        await hold_on(guarded, "was never seen armed")
        assert guarded.says() == "idle" and guarded.writes(), "it was armed: this shows nothing"
        guarded.outside.stop()


async def test_of_two_workers_of_a_place_none_renews_on(guarded: Guarded) -> None:
    """Law 1: both live on and are stopped, and the older one does not step in for the newer: the writer is closed."""
    second = guarded.site.worker(CONTROL, "control-2")
    try:
        second.start()
        second.wait()
        await until(lambda: guarded.is_heeded("control-2"), "the second worker does not renew", 60)
        await until(lambda: not guarded.is_heeded(CONTROL), "the first worker does not stand by")
        await guarded.load(seconds=0.5)
        guarded.lab.break_("devices-gone")
        guarded.lab.local_writer(OLD).start()
        guarded.lose()
        await guarded.declared()
        await guarded.end(within=120)
        guarded.first_write()
        truth = guarded.truth()
        assert guarded.says() == "closed"
        assert truth.old_last_commit and truth.promoted_at
        assert truth.old_last_commit < truth.promoted_at and not truth.both_sides_accepted_writes
    finally:
        second.kill()
