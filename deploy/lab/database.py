"""PostgreSQL at both centers: one seed of the data, a primary and a replica made of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy.lab import kernel
from deploy.lab.disks import Disk, Service
from deploy.lab.errors import LabError
from deploy.lab.layout import Host, Layout
from deploy.lab.machines import Machines
from deploy.lab.secrets import Secrets

DATA = "/var/lib/postgresql/data"
LOG = "/var/log/postgres.log"
SOCKETS = "/run/postgresql"
_CONF = f"""
listen_addresses = '*'
unix_socket_directories = '{SOCKETS}'
wal_level = replica
wal_log_hints = on
track_commit_timestamp = on
max_wal_senders = 10
hot_standby = on
wal_keep_size = 512MB
shared_buffers = 16MB
max_connections = 100
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
wal_retrieve_retry_interval = 500ms
wal_receiver_status_interval = 1s
log_min_messages = warning
log_line_prefix = '%n [%p] '
"""
_HBA = """
local all all trust
host ledger,scratch app 10.0.0.0/8 trust
host replication replicator 10.0.0.0/8 trust
host replication all 10.0.0.0/8 scram-sha-256
host all all 10.0.0.0/8 scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""
_TABLE = """
create table entries (
  id bigint generated always as identity primary key,
  ref text not null,
  account text not null,
  amount bigint not null,
  at timestamptz not null default clock_timestamp()
);
create index on entries (ref);
grant select, insert on entries to app;
"""
_SCHEMA = """
create role {admin} login superuser password '{password}';
create role replicator login replication;
create role app login;
create database ledger;
create database scratch;
\\c ledger
{table}
insert into entries (ref, account, amount) values ('opening', 'bank', -9000), ('opening', 'vault', 9000);
\\c scratch
{table}
"""


def programs() -> Path:
    """The directory of the newest PostgreSQL server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if not found:
        raise LabError("no PostgreSQL server here: apt-get install postgresql")
    return found[-1].parent


def psql(machines: Machines, host: Host, sql: str, database: str = "ledger", timeout: float = 10.0) -> str:
    """The unaligned answer to a query, asked inside the host as its own superuser."""
    argv = [str(programs() / "psql"), "-h", SOCKETS, "-U", "postgres", "-XAtqc", sql, database]
    return machines.run(host.label, argv, timeout=timeout).strip()


def guard_folder(layout: Layout) -> str:
    """Where `muster prepare` puts the guard of the dataset, if the plan has one."""
    return f"/var/lib/muster-guard/{layout.estate}.core-banking.ledger"


def guard_run(layout: Layout) -> str:
    program = f"{guard_folder(layout)}/guard.sh"
    return f"[ -e {program} ] || {{ sleep 1; exit 0; }}\nexec sh {program} run >> /var/log/guard.log 2>&1"


def guard_gate(layout: Layout) -> str:
    """Before each start of the server: runit knows no order of services, and an operator no closed guard."""
    program = f"{guard_folder(layout)}/guard.sh"
    return f"if [ -e {program} ]; then sh {program} may-open || {{ sleep 1; exit 0; }}; fi"


class Database:
    """The dataset `ledger` of one lab: `seed` once, then `place` on each fresh disk."""

    def __init__(self, layout: Layout, machines: Machines, secrets: Secrets) -> None:
        self._layout = layout
        self._machines = machines
        self._secrets = secrets
        self._seed = layout.state / "seed"

    def seed(self) -> None:
        """Make the first data inside the primary's host and keep it as a stopped server left it."""
        host = self._layout.host(f"{self._layout.centers[0]}/db-1")
        admin, _, password = self._secrets.read("ledger-admin").partition(":")
        quiet = "-c listen_addresses='' -c logging_collector=off -c fsync=off"
        self._as_postgres(host, "initdb", "-U", "postgres", "-k", "-N", "--locale=C.UTF-8")
        self._machines.run(host.label, ["sh", "-c", f"cat >> {DATA}/postgresql.conf"], text=_CONF)
        self._machines.run(host.label, ["sh", "-c", f"cat > {DATA}/pg_hba.conf"], text=_HBA)
        self._as_postgres(host, "pg_ctl", "-w", "-s", "-l", f"{DATA}/../seed.log", "-o", quiet, "start")
        self._machines.run(
            host.label,
            [f"{programs()}/psql", "-h", SOCKETS, "-U", "postgres", "-Xq", "-v", "ON_ERROR_STOP=1"],
            text=_SCHEMA.format(admin=admin, password=password, table=_TABLE),
        )
        self._as_postgres(host, "pg_ctl", "-w", "-s", "-m", "fast", "stop")
        (self._layout.disk(host) / DATA.lstrip("/")).rename(self._seed)

    def _as_postgres(self, host: Host, program: str, *words: str) -> None:
        """A program of the server on its data, by the user who may run it."""
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        self._machines.run(host.label, [*user, f"{programs()}/{program}", "-D", DATA, *words])

    def place(self, disk: Disk, host: Host) -> None:
        """Put service and data on a disk: the first center has the primary, the second its replica."""
        disk.add(self._service())
        disk.add(Service("guard", guard_run(self._layout), counted=False))
        home = disk.root / "var/lib/postgresql"
        home.mkdir(parents=True)
        shutil.chown(home, "postgres", "postgres")
        if self._seed.exists():
            _copy(self._seed, disk.root / DATA.lstrip("/"))
            disk.enable("postgres")
            if host.site != self._layout.centers[0]:
                self._follow(disk, host)

    def _service(self) -> Service:
        bin_ = programs()
        return Service(
            "postgres",
            f"{guard_gate(self._layout)}\nexec chpst -u postgres {bin_}/postgres -D {DATA} >> {LOG} 2>&1",
            check=f"exec {bin_}/pg_isready -q -h {SOCKETS}",
            enabled=False,
            on_term=f"kill -INT $(head -1 {DATA}/postmaster.pid)",  # SIGTERM would wait for every client
        )

    def _follow(self, disk: Disk, host: Host) -> None:
        primary = self._layout.host(f"{self._layout.centers[0]}/{host.name}").address
        source = f"host={primary} user=replicator application_name={host.site} connect_timeout=2"
        data = disk.root / DATA.lstrip("/")
        with (data / "postgresql.auto.conf").open("a") as conf:
            conf.write(f"primary_conninfo = '{source}'\n")
        (data / "standby.signal").touch()
        shutil.chown(data / "standby.signal", "postgres", "postgres")

    def streams(self) -> bool:
        """Whether the first center's primary has a replica that follows."""
        host = self._layout.host(f"{self._layout.centers[0]}/db-1")
        try:
            asked = "select count(*) from pg_stat_replication where state = 'streaming'"
            return psql(self._machines, host, asked) != "0"
        except LabError:
            return False


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    kernel.run(["cp", "-a", "--reflink=auto", str(source), str(target)])
