"""Law 5 as a table: what a host has seen, what a job carries, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.errors import HostUnprepared, OldEpoch
from activities.hosts import HostActivities
from activities.models import Outcome
from tests.activities.sshd import Site, job

NEVER = None  # a host that never heard of an epoch
CLEANUP = None  # a job without one


@pytest.mark.parametrize(
    ("seen", "carried", "then"),
    [
        (NEVER, 5, HostUnprepared),  # unknown, not 0
        (5, 4, OldEpoch),  # the run was overtaken
        (5, 5, 5),
        (5, 9, 9),  # and it is remembered before the command starts
        (9, 10, 10),  # by number, not by letter
        (5, CLEANUP, 5),  # exempt, and it raises nothing
    ],
)
async def test_what_a_host_takes(
    fresh: Site, tmp_path: Path, seen: int | None, carried: int | None, then: int | type[Exception]
) -> None:
    """Refused before anything of the command runs, or run and remembered."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, seen or 1)
    if seen is NEVER:
        (fresh.sshd.home / ".muster/hanbit-bank.seoul/epochs/1").rmdir()
    effect = job(target, f"touch {tmp_path}/effect", epoch=carried)
    if isinstance(then, int):
        await fresh.remote.run_job(effect)
        assert await fresh.remote.highest_epoch(target) == then
    else:
        with pytest.raises(then):
            await fresh.remote.run_job(effect)
    assert (tmp_path / "effect").exists() is isinstance(then, int)


async def test_prepare_gives_an_epoch_to_a_host_that_never_heard_of_one(fresh: Site) -> None:
    """It is unknown until somebody says it; a host that knows more keeps what it knows."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, 1)
    (fresh.sshd.home / ".muster/hanbit-bank.seoul/epochs/1").rmdir()
    assert await fresh.remote.highest_epoch(target) is None
    await fresh.remote.prepare(target, 6)
    await fresh.remote.prepare(target, 2)
    assert await fresh.remote.highest_epoch(target) == 6


async def test_an_epoch_is_written_by_a_job_that_does_nothing_else(fresh: Site, tmp_path: Path) -> None:
    """Before a fence is lifted: what is still under way from an overtaken run is refused from then on."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, 2)
    write = HostActivities(fresh.remote).write_epoch
    result = await ActivityEnvironment().run(write, job(target, ":", step="epoch-3", epoch=3))
    assert result.outcome is Outcome.DONE
    with pytest.raises(OldEpoch, match="has seen epoch 3"):
        await fresh.remote.run_job(job(target, f"touch {tmp_path}/effect", step="promote", epoch=2))
    with pytest.raises(OldEpoch):
        await ActivityEnvironment().run(write, job(target, ":", step="epoch-2", epoch=2))
    assert not (tmp_path / "effect").exists()
