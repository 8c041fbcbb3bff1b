"""How jobs end: exit codes, timeouts, stops, daemons, large outputs; and what a command finds around it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.errors import BadOrder, HostFaulty
from activities.models import Command, Outcome, Target
from activities.remote.jobs import Question, job_text, marker_of, state_of
from tests.activities.hosts.conftest import path_without
from tests.activities.hosts.test_job_once import directory, exists
from tests.activities.sshd import Site, Sshd, cmdline, job
from tests.activities.waiting import until

OTHER = "games"  # a user that every Debian has


async def gone(pid: int) -> None:
    async def is_gone() -> bool:
        return not cmdline(pid)

    await until(is_gone)


async def test_exit_code_and_output(site: Site, target: Target, step: str) -> None:
    """Law 2: an exit code is the command's own; stdout and stderr are one output, kept in the log store."""
    result = await site.remote.run_job(job(target, "echo one; echo two >&2; echo three; exit 9", step=step))
    assert (result.outcome, result.exit_code, result.tail) == (Outcome.FAILED, 9, "one\ntwo\nthree\n")
    assert result.summary.startswith("exit code 9 after") and result.summary.endswith(": three")
    assert b"".join(site.logs.read(result.log)) == b"one\ntwo\nthree\n"
    assert result.sha256 == hashlib.sha256(b"one\ntwo\nthree\n").hexdigest()


async def test_another_user(site: Site, target: Target, step: str) -> None:
    """Commands run as `run_as` through become, in its home, with the umask of the SSH user's login."""
    wanted = job(
        target, "id -un; pwd; umask; echo $A", step=step, run_as=OTHER, env={"A": 'it\'s "x"; $HOME\n`id`'}
    )
    result = await site.remote.run_job(wanted)
    assert result.tail == f'{OTHER}\n/usr/games\n0022\nit\'s "x"; $HOME `id`\n'
    found = await site.remote.look(target, Command(run="id -un", run_as=OTHER))
    assert (found.exit_code, found.output) == (0, f"{OTHER}\n")


async def test_become_that_fails(site: Site, target: Target, step: str) -> None:
    """A command that could not be started has failed, with the words of sudo; nobody guesses from its exit code."""
    result = await site.remote.run_job(job(target, "true", step=step, run_as="nobody-here"))
    assert result.outcome is Outcome.FAILED
    assert "could not become nobody-here" in result.summary and "unknown user" in result.summary
    seen = await site.remote.look(target, Command(run="true", run_as="nobody-here"))
    assert seen.exit_code != 0 and "unknown user" in seen.output
    with pytest.raises(BadOrder, match="needs become"):
        await site.remote.run_job(
            job(target.model_copy(update={"become": "none"}), "true", step=step, run_as=OTHER)
        )


async def test_timeout_ends_the_group(site: Site, target: Target, step: str) -> None:
    """A command that takes too long gets TERM, its children too, through become; it has failed for that reason."""
    command = "sleep 601 & echo $!; sleep 602; echo never"
    result = await site.remote.run_job(
        job(target, command, step=step, run_as=OTHER, timeout_s=1, kill_after_s=5)
    )
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, 143)
    assert result.summary.startswith("timed out after 1 s")
    await gone(int(result.tail.split()[0]))


async def test_timeout_kills_what_ignores_term(site: Site, target: Target, step: str) -> None:
    """After `kill_after_s` what ignores TERM gets KILL; the job's record is written all the same."""
    command = "trap '' TERM; echo $$; while :; do sleep 0.1; done"
    result = await site.remote.run_job(
        job(target, command, step=step, run_as=OTHER, timeout_s=1, kill_after_s=1)
    )
    assert (result.outcome, result.exit_code) == (Outcome.FAILED, 137)
    await gone(int(result.tail.split()[0]))


@pytest.mark.parametrize(("run_as", "ignores"), [(None, ""), (OTHER, ""), (OTHER, "trap '' TERM; ")])
async def test_stop(
    site: Site, target: Target, step: str, run_as: str | None, ignores: str, tmp_path: Path
) -> None:
    """A stop reaches the command through become, TERM first, and is told as the reason."""
    tmp_path.chmod(0o777)
    tmp_path.parent.chmod(0o755)
    command = f"{ignores}echo $$; echo x >{tmp_path}/begun; while :; do sleep 0.1; done"
    wanted = job(target, command, step=step, run_as=run_as, kill_after_s=0.3)
    running = asyncio.create_task(site.remote.run_job(wanted))
    await exists(directory(site, wanted) / "record") if run_as else await exists(tmp_path / "begun")

    async def has_begun() -> bool:
        return (directory(site, wanted) / "out").read_text().endswith("\n")

    await until(has_begun)
    result = await site.remote.stop_job(wanted)
    assert result.outcome is Outcome.FAILED and result.summary.startswith("stopped on request")
    assert result.exit_code == (137 if ignores else 143)
    assert (await running).summary == result.summary
    await gone(int(result.tail.split()[0]))


async def test_stop_before_start(site: Site, target: Target, step: str, tmp_path: Path) -> None:
    """Law 4: a job that was stopped before anybody claimed it never starts, however late its delivery comes."""
    wanted = job(target, f"echo x >{tmp_path}/late", step=step)
    stopped = await site.remote.stop_job(wanted)
    late = await site.remote.run_job(wanted)
    assert (stopped.outcome, late.outcome, late.summary) == (
        Outcome.FAILED,
        Outcome.FAILED,
        "stopped before it started",
    )
    assert not (tmp_path / "late").exists()


async def test_stop_after_end(site: Site, target: Target, step: str) -> None:
    """A stop that comes too late changes nothing and tells how the job ended."""
    wanted = job(target, "echo out", step=step)
    ran = await site.remote.run_job(wanted)
    stopped = await site.remote.stop_job(wanted)
    assert stopped.model_copy(update={"joined": False}) == ran


async def test_daemon_left_behind(site: Site, target: Target, step: str) -> None:
    """A start command leaves a daemon that holds the output open: the job ends, the daemon lives."""
    result = await site.remote.run_job(job(target, "sleep 603 & echo $!", step=step, run_as=OTHER))
    assert result.outcome is Outcome.DONE and result.seconds < 30
    pid = int(result.tail)
    assert b"603" in cmdline(pid)
    os.kill(pid, 9)


async def test_surroundings(site: Site, target: Target, step: str) -> None:
    """stdin is empty, INT is not ignored where env can undo it, a syntax error is the command's own failure."""
    has_env = subprocess.run(
        ["env", "--default-signal=INT", "true"], env={"PATH": site_path(site)}, check=False
    )
    command = "cat; wc -c </dev/stdin; grep SigIgn /proc/self/status"
    result = await site.remote.run_job(job(target, command, step=step))
    size, _, ignored = result.tail.split()
    assert size == "0"
    if has_env.returncode == 0:
        assert int(ignored, 16) & 0b110 == 0  # INT and QUIT
    broken = await site.remote.run_job(job(target, "if then }", step=f"{step}-broken"))
    assert broken.outcome is Outcome.FAILED and broken.exit_code == 2


def site_path(site: Site) -> str:
    return site.sshd.config.read_text().rpartition("PATH=")[2].strip()


async def test_large_command(site: Site, target: Target, step: str) -> None:
    """A command beyond any limit of an argument list, full of quotes."""
    text = 'it\'s "quoted" $HOME `id` \\ ; & | 가나다\n' * 5000
    result = await site.remote.run_job(
        job(target, f"printf %s {shlex.quote(text)} | wc -c", step=step, env={"B": text[:5000]})
    )
    assert result.tail.strip() == str(len(text.encode()))


async def test_large_output(fresh: Site) -> None:
    """Law 15: 50 MB of output reach the log store in chunks, in bounded memory."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, 1)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before = peak_kib()
    command = "i=0; while [ $i -lt 50 ]; do head -c 1048576 /dev/zero | tr '\\0' x; i=$((i+1)); done"
    result = await fresh.remote.run_job(job(target, command))
    assert peak_kib() - before < 30 * 1024
    assert result.output_bytes == 50 * 2**20
    assert result.sha256 == hashlib.sha256(b"x" * result.output_bytes).hexdigest()
    assert fresh.logs.digest(result.log, result.output_bytes) == result.sha256
    assert len(result.tail) == 4096


def peak_kib() -> int:
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


async def test_secrets_stay_home(site: Site, target: Target, step: str) -> None:
    """Law 13: a secret is in no process list, on no disk of the host, in no tail and no log."""
    site_secret = "hunter-2-'quoted'"
    key = "-----BEGIN-----\nline-one-secret\n  line-two-secret\n-----END-----"
    for name, text in (("db-password", site_secret), ("db-key", key)):
        (site.sshd.secrets / name).write_text(f"{text}\n")
        (site.sshd.secrets / name).chmod(0o600)
    secrets = {"PASSWORD": "db-password", "KEY": "db-key"}
    command = 'ps axww -o args 2>/dev/null || ps; echo "[$PASSWORD]"; echo "$KEY"; echo "${#PASSWORD}"'
    for run_as in (None, OTHER):
        wanted = job(target, command, step=f"{step}-{run_as}", run_as=run_as, secret_env=secrets)
        result = await site.remote.run_job(wanted)
        log = b"".join(site.logs.read(result.log)).decode()
        assert f"[{'*' * len(site_secret)}]" in log
        assert log.rstrip().endswith(str(len(site_secret)))  # the command had the true one
        raw = (directory(site, wanted) / "out").read_text()
        listing = raw.partition(f"[{site_secret}]")[0]
        for word in (site_secret, "line-one-secret", "line-two-secret"):
            assert word not in log and word not in result.tail and word not in result.summary
            assert word not in listing
            others = [
                file
                for file in directory(site, wanted).parent.parent.rglob("*")
                if file.is_file() and file.name != "out"
            ]
            assert not any(word in file.read_text(errors="replace") for file in others)


async def test_secret_over_chunk_borders(
    site: Site, target: Target, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 13: a secret is masked wherever the border of a chunk falls in it."""
    monkeypatch.setattr("activities.remote.following.CHUNK_BYTES", 7)
    (site.sshd.secrets / "pin").write_text("s3cs3")  # ends as it begins: two may share two letters
    (site.sshd.secrets / "pin").chmod(0o600)
    wanted = job(
        target, 'echo "aa${PIN}bbb${PIN}c${PIN}c s3c ${PIN}cs3"', step=step, secret_env={"PIN": "pin"}
    )
    result = await site.remote.run_job(wanted)
    assert result.tail == "aa*****bbb***********c s3c ********\n"
    assert b"".join(site.logs.read(result.log)).decode() == result.tail


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_half_a_program_runs_nothing(shell: str, tmp_path: Path) -> None:
    """Law 4: a delivery that is cut anywhere claims nothing and starts nothing."""
    wanted = job(
        Target(estate="e", center="c", host="h", address="-", user="root", key="k"),
        f"echo x >{tmp_path}/effect",
    )
    state = tmp_path / state_of(wanted.target, ".muster")
    (state / "epochs" / "1").mkdir(parents=True)
    (state / "marker").write_text(f"{marker_of(wanted.target)}\n")
    text = job_text(wanted, Question("claim", limit=100, slice_s=5), "nonce", ".muster", {})
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for cut in range(0, len(text) - 2, 97):
        subprocess.run([shell, "-s"], input=text[:cut], text=True, env=env, capture_output=True, check=False)
    assert not (state / "jobs").exists() and not (tmp_path / "effect").exists()
    subprocess.run([shell, "-s"], input=text, text=True, env=env, capture_output=True, check=True)
    assert (tmp_path / "effect").exists()


async def test_without_setsid(new_sshd: Callable[..., Sshd], tmp_path: Path) -> None:
    """A host without setsid uses perl; with neither, a job is refused before it is claimed, and looks go on."""
    for missing in (("setsid",), ("setsid", "perl")):
        site = Site(new_sshd(path=path_without(tmp_path / f"bin-{len(missing)}", *missing)), tmp_path)
        target = site.sshd.target()
        await site.remote.prepare(target, 1)
        wanted = job(target, "sleep 604 & echo $!; sleep 605", timeout_s=1, kill_after_s=1)
        assert (await site.remote.look(target, Command(run="echo well"))).output == "well\n"
        if missing == ("setsid",):
            result = await site.remote.run_job(wanted)
            assert result.summary.startswith("timed out")
            await gone(int(result.tail.split()[0]))
        else:
            with pytest.raises(HostFaulty, match="neither setsid nor perl"):
                await site.remote.run_job(wanted)
            assert await site.remote.find_job(wanted) is None
        await site.aclose()
