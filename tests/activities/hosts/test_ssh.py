"""Kept connections: one for each target, strict host keys, a dead peer noticed, sessions bounded."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.errors import BadOrder, HostKeyChanged, HostUnprepared, HostUnreachable, SecretMissing
from activities.models import Command
from activities.remote import Remote
from activities.remote.ssh import SshPool
from tests.activities.sshd import Site, Sshd, free_port, job

ECHO = Command(run="echo well")


def logins(sshd: Sshd) -> int:
    return (sshd.directory / "log").read_text().count("Accepted publickey")


async def test_one_connection(fresh: Site) -> None:
    """First uses at the same time share one connection, and it is kept; sessions stay within the server's ten."""
    target = fresh.sshd.target()
    seen = await asyncio.gather(*(fresh.remote.look(target, ECHO) for _ in range(40)))
    assert {look.output for look in seen} == {"well\n"}
    await fresh.remote.look(target, ECHO)
    assert logins(fresh.sshd) == 1


async def test_warm_job_is_quick(fresh: Site) -> None:
    """A job on a kept connection costs milliseconds: well under 60. On a busy machine the quickest of many says it."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, 1)
    seconds: list[float] = []
    while not seconds or (min(seconds) >= 0.06 and len(seconds) < 60):
        begun = time.monotonic()
        await fresh.remote.run_job(job(target, "true", step=str(len(seconds))))
        seconds.append(time.monotonic() - begun)
    assert min(seconds) < 0.06
    assert logins(fresh.sshd) == 1


async def test_broken_connection_is_replaced(fresh: Site) -> None:
    """A kept connection that broke is replaced by the next request, without an error."""
    target = fresh.sshd.target()
    await fresh.remote.look(target, ECHO)
    fresh.sshd.cut()
    assert (await fresh.remote.look(target, ECHO)).output == "well\n"
    assert logins(fresh.sshd) == 2


async def test_restarted_host(fresh: Site) -> None:
    """A host that is down is trouble that names it; once it is back, so are its answers."""
    target = fresh.sshd.target()
    await fresh.remote.look(target, ECHO)
    fresh.sshd.stop()
    with pytest.raises(HostUnreachable, match="seoul/db-1: no SSH connection to 127"):
        await fresh.remote.look(target, ECHO)
    fresh.sshd.start()
    assert (await fresh.remote.look(target, ECHO)).output == "well\n"


async def test_dead_peer(fresh: Site) -> None:
    """A peer that stops answering in the middle is noticed within 4 s; it is unknown, so a retry joins."""
    target = fresh.sshd.target()
    await fresh.remote.prepare(target, 1)
    pool = SshPool(fresh.secrets, connect_timeout_s=0.2)
    remote = Remote(pool, fresh.secrets, fresh.logs)
    running = asyncio.create_task(remote.run_job(job(target, "sleep 606")))
    while not list(fresh.sshd.home.rglob("record")):
        await asyncio.sleep(0.02)
    fresh.sshd.freeze(signal.SIGSTOP)  # a new connection does not save it either
    begun = time.monotonic()
    with pytest.raises(HostUnreachable):
        await running
    assert time.monotonic() - begun < 4.5
    fresh.sshd.freeze(signal.SIGCONT)
    await fresh.remote.stop_job(job(target, "sleep 606", kill_after_s=0))
    await pool.aclose()


async def test_silent_address(fresh: Site) -> None:
    """An address that takes connections and says nothing costs the connect timeout, not more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        pool = SshPool(fresh.secrets, connect_timeout_s=0.3)
        begun = time.monotonic()
        with pytest.raises(HostUnreachable, match=r"within 0\.3 s"):
            await pool.ask(fresh.sshd.target(port=port), "true", b"", within_s=5, bound=10)
        assert time.monotonic() - begun < 2
        await pool.aclose()


async def test_changed_host_key(fresh: Site) -> None:
    """Another key is a refusal that names both fingerprints, also when the pinned kind of key is gone."""
    target = fresh.sshd.target()
    pinned = fingerprint(fresh.sshd.directory / "host_key.pub")
    for kind in ("ed25519", "ecdsa"):
        fresh.sshd.stop()
        for file in fresh.sshd.directory.glob("host_key*"):
            file.unlink()
        subprocess.run(
            ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", fresh.sshd.directory / "host_key"], check=True
        )
        fresh.sshd.start()
        with pytest.raises(HostKeyChanged) as refused:
            await fresh.remote.look(target, ECHO)
        assert pinned in str(refused.value)
        assert fingerprint(fresh.sshd.directory / "host_key.pub") in str(refused.value)


def fingerprint(file: Path) -> str:
    return subprocess.run(
        ["ssh-keygen", "-lf", file], check=True, capture_output=True, text=True
    ).stdout.split()[1]


async def test_what_is_missing(fresh: Site, tmp_path: Path) -> None:
    """No pinned key, no secret, a bad secret, a key that the host does not take: each says what is wrong."""
    with pytest.raises(HostUnprepared, match="no host key is pinned; run: muster prepare"):
        await fresh.remote.look(fresh.sshd.target(host_key=None), ECHO)
    with pytest.raises(BadOrder, match="not of the form"):
        await fresh.remote.look(fresh.sshd.target(host_key="ssh-ed25519 zzz"), ECHO)
    with pytest.raises(SecretMissing, match="'lost'"):
        await fresh.remote.look(fresh.sshd.target(key="lost"), ECHO)
    (fresh.sshd.secrets / "text").write_text("not a key")
    (fresh.sshd.secrets / "text").chmod(0o600)
    with pytest.raises(BadOrder, match="'text' is not a private key"):
        await fresh.remote.look(fresh.sshd.target(key="text"), ECHO)
    (fresh.sshd.directory / "authorized_keys").write_text("")
    with pytest.raises(HostUnreachable, match=r"does not let .* in with the key 'ssh-key'"):
        await fresh.remote.look(fresh.sshd.target(), ECHO)


async def test_jump_host(fresh: Site, new_sshd: Callable[..., Sshd]) -> None:
    """A target behind a jump host is reached through the jump host's kept connection, with its own key checked."""
    jump = new_sshd()
    (jump.directory / "authorized_keys").write_text((fresh.sshd.directory / "authorized_keys").read_text())
    via = jump.target("gate", "")
    target = fresh.sshd.target(via=via)
    assert (await fresh.remote.look(target, Command(run="echo $SSH_CONNECTION"))).output.split()[3] == str(
        fresh.sshd.port
    )
    assert (logins(jump), logins(fresh.sshd)) == (1, 1)
    jump.cut()
    assert (await fresh.remote.look(target, ECHO)).output == "well\n"
    assert len((await fresh.remote.contact(target)).host_keys) == 1
    wrong = target.model_copy(update={"host_key": via.host_key})
    with pytest.raises(HostKeyChanged):
        await fresh.remote.look(wrong, ECHO)


async def test_look(fresh: Site) -> None:
    """A look needs no marker, leaves nothing behind, bounds its output, and is cut off at its timeout."""
    target = fresh.sshd.target()
    (fresh.sshd.home / ".bashrc").write_text("echo a banner of the profile\n")
    seen = await fresh.remote.look(target, Command(run="echo out; echo err >&2; exit 4"))
    assert (seen.exit_code, seen.output) == (4, "out\nerr\n")
    large = await fresh.remote.look(target, Command(run="head -c 1000000 /dev/zero | tr '\\0' x; exit 5"))
    assert (large.exit_code, len(large.output) <= 64 * 1024) == (5, True)
    late = await fresh.remote.look(target, Command(run="echo began; sleep 607", timeout_s=1, kill_after_s=1))
    assert (late.exit_code, late.output) == (None, "began\n")
    assert not (fresh.sshd.home / ".muster").exists()
    await fresh.remote.prepare(target, 1)
    assert (await fresh.remote.run_job(job(target, "echo x"))).tail == "x\n"


async def test_nobody_listens(fresh: Site) -> None:
    """First contact with a closed port is trouble that names the address."""
    with pytest.raises(HostUnreachable, match="no SSH server shows a key at 127"):
        await fresh.remote.contact(fresh.sshd.target(port=free_port()))
