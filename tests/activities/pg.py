"""A real PostgreSQL primary with a streaming replica on loopback, made in a moment, for tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from activities.models import DatasetSide, Target

BIN = Path("/usr/lib/postgresql/15/bin")
LOGIN, MONITOR, PASSWORD = "watcher", "monitor", "pass:word"
CONF = """
listen_addresses = '127.0.0.1'
shared_buffers = 8MB
max_connections = 20
wal_level = replica
fsync = off
wal_retrieve_retry_interval = 200ms
wal_receiver_status_interval = 1s
autovacuum = off
"""
HBA = """
local all all trust
host all watcher,monitor 127.0.0.1/32 scram-sha-256
host all postgres 127.0.0.1/32 trust
host replication postgres 127.0.0.1/32 trust
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def as_postgres(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        user="postgres",
        group="postgres",
        extra_groups=[],
        cwd="/tmp",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


@dataclass
class Server:
    data: Path
    port: int

    def start(self) -> None:
        options = f"-p {self.port} -k {self.data}"
        log = self.data.parent / f"{self.data.name}.log"
        as_postgres(BIN / "pg_ctl", "start", "-w", "-s", "-D", self.data, "-l", log, "-o", options)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.signal(signal.SIGCONT)
            as_postgres(BIN / "pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", self.data)

    def signal(self, number: signal.Signals) -> None:
        """To the server and all its processes."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, number)  # first: a stopped server starts no more of them
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), number)

    def sql(self, statement: str, user: str = "postgres") -> str:
        options = f"-XAtq -v ON_ERROR_STOP=1 -h {self.data} -p {self.port} -U {user} -d postgres -c".split()
        return as_postgres("psql", *options, statement)

    def side(self, **more: object) -> DatasetSide:
        target = Target(estate="e", center="seoul", host="db-1", address="127.0.0.1", user="root", key="k")
        side = DatasetSide(
            service="core",
            dataset="ledger",
            kind="postgresql",
            center="seoul",
            target=target,
            port=self.port,
            login="login",
        )
        return side.model_copy(update=more)


class Logins:
    """The secrets of the logins, at the wire. Only `monitor` may see the replication at work."""

    def resolve(self, name: str) -> str:
        logins = {"login": f"{LOGIN}:{PASSWORD}", "monitor": f"{MONITOR}:{PASSWORD}"}
        return (logins | {"wrong": f"{LOGIN}:no", "bad": "no-colon"})[name]


@contextmanager
def primary(root: Path) -> Iterator[Server]:
    server = Server(root / "primary", free_port())
    as_postgres(BIN / "initdb", "-D", server.data, "-U", "postgres", "-A", "trust", "-N", "--locale=C.UTF-8")
    with (server.data / "postgresql.conf").open("a") as conf:
        conf.write(CONF)
    (server.data / "pg_hba.conf").write_text(HBA)
    try:
        server.start()
        server.sql(f"create role {LOGIN} login password '{PASSWORD}'")
        server.sql(f"create role {MONITOR} login password '{PASSWORD}' in role pg_monitor")
        server.sql("create table entries (ref text, amount int); grant all on entries to public")
        yield server
    finally:
        server.stop()


@contextmanager
def replica(of: Server, name: str = "replica", via: int | None = None) -> Iterator[Server]:
    """`via`: the port of a relay that it replicates through."""
    server = Server(of.data.parent / name, free_port())
    source = f"host=127.0.0.1 port={of.port} user=postgres application_name={name}"
    as_postgres(BIN / "pg_basebackup", "-d", source, "-D", server.data, "-X", "stream", "-R", "-c", "fast")
    if via is not None:
        with (server.data / "postgresql.auto.conf").open("a") as conf:
            conf.write(f"primary_conninfo = 'host=127.0.0.1 port={via} user=postgres'\n")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def server_directory() -> Iterator[Path]:
    """Short (sockets live in it) and the server's own."""
    root = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    try:
        shutil.chown(root, "postgres", "postgres")
        root.chmod(0o700)
        yield root
    finally:
        shutil.rmtree(root)
