"""Law 4: once. A job is joined, never doubled, whatever happens to those who asked for it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from activities.errors import EarlierAttemptLives, HostUnreachable, JobSuperseded
from activities.models import Job, JobResult, Outcome, Target
from activities.remote.jobs import state_of, step_dir
from tests.activities.sshd import Site, job, processes
from tests.activities.waiting import until


def directory(site: Site, of: Job) -> Path:
    return site.sshd.home / state_of(of.target, ".muster") / step_dir(of.name) / str(of.name.attempt)


def effect(path: Path) -> str:
    """A command whose every run leaves a line."""
    return f"echo x >>{path}"


async def exists(path: Path) -> None:
    async def is_there() -> bool:
        return path.exists()

    await until(is_there)


async def run_until_settled(site: Site, wanted: Job) -> JobResult:
    """As Temporal does: trouble is tried again."""
    while True:
        try:
            return await site.remote.run_job(wanted)
        except HostUnreachable:
            await asyncio.sleep(0.02)


async def test_many_deliveries_at_once(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 4: twenty deliveries at the same time have one effect and one answer; one of them is the claim."""
    wanted = job(target, f"{effect(tmp_path / 'once')}; sleep 0.1; echo done; exit 3", step=step)
    results = await asyncio.gather(*(site.remote.run_job(wanted) for _ in range(20)))
    assert (tmp_path / "once").read_text() == "x\n"
    assert {(result.outcome, result.exit_code, result.tail) for result in results} == {
        (Outcome.FAILED, 3, "done\n")
    }
    assert [result.joined for result in results].count(False) == 1
    assert sorted(entry.name for entry in directory(site, wanted).iterdir()) == ["go", "out", "rc", "record"]


async def test_join_after_a_cut_link(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 4: the link breaks in the middle; the next delivery joins and gets the whole output."""
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    wanted = job(
        target, f"{effect(begun)}; echo a; until [ -e {gate} ]; do sleep 0.05; done; echo b", step=step
    )
    first = asyncio.create_task(site.remote.run_job(wanted))
    await exists(begun)
    site.sshd.cut()
    gate.touch()
    outcomes = await asyncio.gather(first, return_exceptions=True)
    assert isinstance(outcomes[0], JobResult | HostUnreachable)
    result = await run_until_settled(site, wanted)
    assert (result.outcome, result.joined, result.tail) == (Outcome.DONE, True, "a\nb\n")
    assert begun.read_text() == "x\n"


async def test_join_after_a_killed_follower(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 4: a worker that dies leaves the job running, and the next delivery joins it."""
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    wanted = job(target, f"{effect(begun)}; until [ -e {gate} ]; do sleep 0.05; done", step=step)
    first = asyncio.create_task(site.remote.run_job(wanted))
    await exists(begun)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    running = await site.remote.find_job(wanted)
    assert running is not None and running.outcome is Outcome.UNKNOWN and "still running" in running.summary
    gate.touch()
    result = await site.remote.run_job(wanted)
    assert (result.outcome, result.joined) == (Outcome.DONE, True)
    assert begun.read_text() == "x\n"


async def test_find_claims_nothing(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """A job that was never claimed is not there, and looking for it does not change that."""
    wanted = job(target, f"{effect(tmp_path / 'once')}; echo seen", step=step)
    assert await site.remote.find_job(wanted) is None
    assert not (tmp_path / "once").exists()
    ran = await site.remote.run_job(wanted)
    found = await site.remote.find_job(wanted)
    assert found is not None
    assert found.model_copy(update={"joined": False}) == ran


async def test_superseded_attempt_never_starts(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 4: once a later attempt exists, a delayed delivery of an earlier one is refused for ever."""
    later = await site.remote.run_job(job(target, "true", step=step, attempt=3))
    assert later.outcome is Outcome.DONE
    for attempt in (1, 2):
        with pytest.raises(JobSuperseded, match="attempt 3"):
            await site.remote.run_job(job(target, effect(tmp_path / "late"), step=step, attempt=attempt))
    assert not (tmp_path / "late").exists()
    found = await site.remote.find_job(job(target, "true", step=step, attempt=1))
    assert found is not None and found.outcome is Outcome.FAILED and "never started" in found.summary


async def test_live_earlier_attempt(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 4: a new attempt does not start while an earlier one lives, and starts once it has ended."""
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    first = job(target, f"{effect(begun)}; until [ -e {gate} ]; do sleep 0.05; done", step=step)
    second = job(target, effect(tmp_path / "second"), step=step, attempt=2)
    running = asyncio.create_task(site.remote.run_job(first))
    await exists(begun)
    with pytest.raises(EarlierAttemptLives, match=r"attempt 1 of .* still runs"):
        await site.remote.run_job(second)
    assert not (tmp_path / "second").exists()
    gate.touch()
    assert (await running).outcome is Outcome.DONE
    assert (await site.remote.run_job(second)).outcome is Outcome.DONE


async def test_dead_host_is_unknown(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 2: everything of a started job dies at once (a power cut): unknown, not started again by itself."""
    begun = tmp_path / "begun"
    wanted = job(target, f"{effect(begun)}; exec sleep 600", step=step)
    running = asyncio.create_task(site.remote.run_job(wanted))
    await exists(begun)
    kill_all_of(site, wanted)
    result = await running
    assert (result.outcome, result.exit_code) == (Outcome.UNKNOWN, None)
    again = await site.remote.run_job(wanted)
    assert (again.outcome, again.joined) == (Outcome.UNKNOWN, True)
    assert begun.read_text() == "x\n"
    next_attempt = await site.remote.run_job(job(target, "true", step=step, attempt=2))
    assert next_attempt.outcome is Outcome.DONE


def kill_all_of(site: Site, wanted: Job) -> None:
    tag = str(directory(site, wanted) / "go")
    record = (directory(site, wanted) / "record").read_text().split()
    for pid in [*processes(tag), int(record[2])]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


async def test_killed_runner_loses_nothing(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 2: the runner alone dies; the keeper still tells how the command ended."""
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    wanted = job(target, f"{effect(begun)}; until [ -e {gate} ]; do sleep 0.05; done; exit 4", step=step)
    running = asyncio.create_task(site.remote.run_job(wanted))
    await exists(begun)
    os.kill(int((directory(site, wanted) / "go").read_text().split()[1]), signal.SIGKILL)
    second = job(target, "true", step=step, attempt=2)
    with pytest.raises(EarlierAttemptLives):
        await site.remote.run_job(second)
    gate.touch()
    result = await running
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, 4)
    assert (await site.remote.run_job(second)).outcome is Outcome.DONE


async def test_command_that_outlives_its_watchers(
    site: Site, target: Target, step: str, tmp_path: Path
) -> None:
    """Laws 2 and 4: runner and keeper die, the command does not: it counts as live, and in the end as unknown."""
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    script = tmp_path / "command"
    script.write_text(f"{effect(begun)}\nuntil [ -e {gate} ]; do sleep 0.05; done\n")
    wanted = job(target, f"exec sh {script}", step=step)
    running = asyncio.create_task(site.remote.run_job(wanted))
    await exists(begun)
    for pid in processes(str(directory(site, wanted) / "go")):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(EarlierAttemptLives):
        await site.remote.run_job(job(target, "true", step=step, attempt=2))
    gate.touch()
    assert (await running).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("record", ["", "run {pid} 1.0\n"])
async def test_claim_of_a_stranger(site: Site, target: Target, step: str, record: str) -> None:
    """Law 2: a claim that a crash emptied, or whose process number now belongs to another program, is unknown."""
    wanted = job(target, "true", step=step)
    place = directory(site, wanted)
    place.mkdir(parents=True)
    (place / "go").write_text(record.format(pid=os.getpid()))
    result = await site.remote.run_job(wanted)
    assert (result.outcome, result.joined) == (Outcome.UNKNOWN, True)


async def test_steps_of_equal_look(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 14: names that differ only where a path cannot are different jobs."""
    words = [
        f"{step} a/b",
        f"{step} a b",
        f"{step} a'b",
        f"{step} a\nb",
        f"{step} a;b",
        f"{step} 가/나",
        f"{step}{'x' * 900}",
    ]
    for name in words:
        result = await site.remote.run_job(job(target, effect(tmp_path / "ran"), step=name))
        assert (result.outcome, result.joined) == (Outcome.DONE, False)
    assert (tmp_path / "ran").read_text() == "x\n" * len(words)
