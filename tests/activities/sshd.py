"""A real sshd on loopback, as a host of an estate: its own home directory, its own shell, its own keys."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from activities.logs import LogStore
from activities.models import Command, Job, JobName, Target
from activities.remote import Remote
from activities.remote.ssh import SshPool
from activities.secrets import DirectorySecrets

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/authorized_keys
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
PasswordAuthentication no
MaxStartups 200
MaxSessions {max_sessions}
SetEnv HOME={home} PATH={path}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sshd:
    """`path` is the PATH of its sessions, and so decides which `sh` runs the programs."""

    def __init__(self, directory: Path, *, path: str | None = None, max_sessions: int = 10) -> None:
        self.directory = directory
        self.home = directory / "home"
        self.home.mkdir(parents=True)
        self.secrets = directory / "secrets"
        self.secrets.mkdir()
        self.port = free_port()
        self.user = getpass.getuser()
        for file in (directory / "host_key", self.secrets / "ssh-key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
        shutil.move(self.secrets / "ssh-key.pub", directory / "authorized_keys")
        self.config = directory / "sshd_config"
        self.config.write_text(
            CONFIG.format(
                port=self.port,
                directory=directory,
                home=self.home,
                path=path or os.environ["PATH"],
                max_sessions=max_sessions,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Sshd:
        Path("/run/sshd").mkdir(exist_ok=True)
        sshd = shutil.which("sshd") or "/usr/sbin/sshd"
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen([sshd, "-D", "-e", "-f", self.config], stderr=log)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.01)
        raise AssertionError((self.directory / "log").read_text())

    def stop(self) -> None:
        """Ends the listener and cuts every connection."""
        if self._process is not None:
            self.cut()
            self._process.kill()
            self._process.wait()
            self._process = None

    def cut(self) -> None:
        """Break every connection, as a network does: what runs at the host goes on."""
        assert self._process is not None
        for pid in children(self._process.pid):
            for inner in (*children(pid), pid):
                if b"sshd" in cmdline(inner):
                    with suppress(ProcessLookupError):
                        os.kill(inner, signal.SIGKILL)

    def freeze(self, with_signal: signal.Signals) -> None:
        """SIGSTOP: listener and connections are silent, as a host whose power is gone. SIGCONT: they are back."""
        assert self._process is not None
        for pid in (self._process.pid, *children(self._process.pid)):
            os.kill(pid, with_signal)

    def target(self, host: str = "db-1", center: str = "seoul", **changes: object) -> Target:
        words = (self.directory / "host_key.pub").read_text().split()
        target = Target(
            estate="hanbit-bank",
            center=center,
            host=host,
            address="127.0.0.1",
            port=self.port,
            user=self.user,
            key="ssh-key",
            become="sudo",
            host_key=f"{words[0]} {words[1]}",
        )
        return target.model_copy(update=changes)


class Site:
    """A worker's tools, as the composition root puts them together."""

    def __init__(self, sshd: Sshd, directory: Path) -> None:
        self.sshd = sshd
        self.secrets = DirectorySecrets(sshd.secrets)
        self.logs = LogStore(directory / "logs", directory / "spool")
        self.ssh = SshPool(self.secrets)
        self.remote = Remote(self.ssh, self.secrets, self.logs)

    async def aclose(self) -> None:
        await self.ssh.aclose()
        self.logs.close()


def job(
    target: Target,
    run: str,
    *,
    attempt: int = 1,
    step: str = "start",
    epoch: int | None = 1,
    **command: object,
) -> Job:
    """A job of one run; `command` changes the Command."""
    name = JobName(workflow_id="hanbit-bank/declaration", first_run_id="run-1", step=step, attempt=attempt)
    return Job(name=name, target=target, command=Command.model_validate({"run": run, **command}), epoch=epoch)


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def processes(words: str) -> list[int]:
    """Processes whose command line holds these words."""
    return [
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if words.encode() in cmdline(int(entry.name))
    ]
