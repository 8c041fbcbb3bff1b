"""Laws 5 and 14: a host carries its identity and the highest epoch; both are looked at before the first change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.errors import ForeignHost, HostFaulty, HostUnprepared, OldEpoch
from activities.models import Outcome
from tests.activities.sshd import Site, Sshd, job


async def test_prepare_is_idempotent(fresh: Site) -> None:
    """Preparing again changes nothing; the record never goes down."""
    target = fresh.sshd.target()
    first = await fresh.remote.prepare(target, 4)
    again = await fresh.remote.prepare(target, 2)
    assert (first.marker, first.epoch, first.first) == ("hanbit-bank seoul db-1", 4, True)
    assert (again.marker, again.epoch, again.first) == ("hanbit-bank seoul db-1", 4, False)
    assert again.os.startswith("Linux")


async def test_first_contact(fresh: Site) -> None:
    """The keys are shown before anything is trusted; marker and epoch only with a key that was accepted."""
    unmet = fresh.sshd.target(host_key=None)
    seen = await fresh.remote.contact(unmet)
    assert (seen.marker, seen.epoch, seen.os) == (None, None, "")
    assert [key.fingerprint[:7] for key in seen.host_keys] == ["SHA256:"]
    accepted = unmet.model_copy(update={"host_key": seen.host_keys[0].line})
    bare = await fresh.remote.contact(accepted)
    assert (bare.marker, bare.epoch) == (None, None) and bare.os.startswith("Linux")
    await fresh.remote.prepare(accepted, 3)
    met = await fresh.remote.contact(accepted)
    assert (met.marker, met.epoch) == ("hanbit-bank seoul db-1", 3)


async def test_unprepared_host(fresh: Site, tmp_path: Path) -> None:
    """Law 5: a host without marker or epoch record is unknown, not 0: a job is refused."""
    target = fresh.sshd.target()
    assert await fresh.remote.highest_epoch(target) is None
    with pytest.raises(HostUnprepared, match="run: muster prepare"):
        await fresh.remote.run_job(job(target, f"touch {tmp_path}/effect"))
    await fresh.remote.prepare(target, 1)
    (fresh.sshd.home / ".muster/hanbit-bank.seoul/epochs/1").rmdir()
    with pytest.raises(HostUnprepared, match="no epoch record"):
        await fresh.remote.run_job(job(target, f"touch {tmp_path}/effect"))
    assert not (tmp_path / "effect").exists()


async def test_foreign_host(fresh: Site, tmp_path: Path) -> None:
    """Law 14: an address that leads to another host of the plan changes nothing there, and cannot be prepared."""
    await fresh.remote.prepare(fresh.sshd.target("db-1", "seoul"), 1)
    with pytest.raises(
        ForeignHost, match="marked 'hanbit-bank seoul db-1', expected 'hanbit-bank seoul was-1'"
    ):
        await fresh.remote.run_job(job(fresh.sshd.target("was-1", "seoul"), f"touch {tmp_path}/effect"))
    for host, center in (("was-1", "seoul"), ("db-1", "busan")):
        with pytest.raises(ForeignHost, match="hanbit-bank seoul db-1"):
            await fresh.remote.prepare(fresh.sshd.target(host, center), 1)
    with pytest.raises(HostUnprepared):
        await fresh.remote.run_job(job(fresh.sshd.target("db-1", "busan"), f"touch {tmp_path}/effect"))
    with pytest.raises(ForeignHost):
        await fresh.remote.prepare(fresh.sshd.target(estate="other-bank"), 1)
    assert not (tmp_path / "effect").exists()


async def test_shared_device(fresh: Site) -> None:
    """A device of no center may serve two estates, each with records of its own."""
    ours, theirs = fresh.sshd.target("edge-ctl", ""), fresh.sshd.target("edge-ctl", "", estate="other-bank")
    await fresh.remote.prepare(ours, 7)
    await fresh.remote.prepare(theirs, 2)
    results = [await fresh.remote.run_job(job(target, "echo x", epoch=None)) for target in (ours, theirs)]
    assert [result.joined for result in results] == [False, False]
    assert (await fresh.remote.highest_epoch(ours), await fresh.remote.highest_epoch(theirs)) == (7, 2)


async def test_epochs(fresh: Site, tmp_path: Path) -> None:
    """Law 5: a higher epoch is recorded before the command starts, a lower one is refused, cleanup is exempt."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, 5)
    await fresh.remote.run_job(job(target, "true", step="five", epoch=5))
    seen = await fresh.remote.run_job(job(target, "ls $HOME/.muster/*/epochs", step="nine", epoch=9))
    assert seen.tail.split() == ["5", "9"]
    assert await fresh.remote.highest_epoch(target) == 9
    with pytest.raises(OldEpoch, match="has seen epoch 9"):
        await fresh.remote.run_job(job(target, f"touch {tmp_path}/effect", step="late", epoch=8))
    assert not (tmp_path / "effect").exists()
    cleanup = await fresh.remote.run_job(job(target, "true", step="cleanup", epoch=None))
    assert cleanup.outcome is Outcome.DONE
    finished = await fresh.remote.run_job(job(target, "true", step="five", epoch=5))
    assert (finished.outcome, finished.joined) == (
        Outcome.DONE,
        True,
    )  # what is done is told, whatever came after


async def test_epoch_raised_between_claim_and_start(new_sshd: Callable[..., Sshd], tmp_path: Path) -> None:
    """Law 5: a disk that takes its time over the claim, and a higher epoch meanwhile: the command does not start."""
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "sync").write_text(
        f"#!/bin/sh\n[ -e {tmp_path}/armed ] || exit 0\ntouch {tmp_path}/syncing\n"
        f"until [ -e {tmp_path}/go-on ]; do sleep 0.02; done\n"
    )
    (slow / "sync").chmod(0o755)
    site = Site(new_sshd(path=f"{slow}:/usr/bin:/bin"), tmp_path)
    target = site.sshd.target()
    await site.remote.prepare(target, 1)
    (tmp_path / "armed").touch()
    wanted = job(target, f"touch {tmp_path}/effect", epoch=1)
    running = asyncio.create_task(site.remote.run_job(wanted))
    while not (tmp_path / "syncing").exists():
        await asyncio.sleep(0.02)
    (tmp_path / "armed").unlink()
    await site.remote.run_job(job(target, "true", step="other", epoch=2))
    (tmp_path / "go-on").touch()
    with pytest.raises(OldEpoch, match="epoch 2 came first"):
        await running
    with pytest.raises(OldEpoch):
        await site.remote.run_job(wanted)
    assert not (tmp_path / "effect").exists()
    await site.aclose()


async def test_full_disk(fresh: Site, tmp_path: Path) -> None:
    """A host that cannot keep the record of a job does not start it, and says so."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, 1)
    jobs = fresh.sshd.home / ".muster/hanbit-bank.seoul/jobs"
    jobs.rmdir()
    jobs.write_text("in the way, as no directory can be made on a full disk")
    with pytest.raises(HostFaulty, match=r"seoul/db-1: cannot write .*jobs"):
        await fresh.remote.run_job(job(target, f"touch {tmp_path}/effect"))
    assert not (tmp_path / "effect").exists()
