"""What a center's database really holds, read from outside: in the host, or from the disk of a dead one."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.lab import kernel
from deploy.lab.database import DATA, LOG, programs, psql
from deploy.lab.errors import LabError
from deploy.lab.layout import Host
from deploy.lab.machines import Machines

_ROWS = """
select ref, count(*), coalesce(extract(epoch from max(pg_xact_commit_timestamp(xmin))), 0)
from entries group by ref
"""
_PROMOTED = re.compile(r"^(\d+\.\d+) .*received promote request", re.MULTILINE)
# A copy that is looked at: it talks to nobody and changes nothing of its own accord.
_ALONE = {
    "listen_addresses": "''",
    "autovacuum": "off",
    "primary_conninfo": "''",
    "archive_mode": "off",
    "fsync": "off",
}


@dataclass(frozen=True)
class Movement:
    """The rows of one reference. `committed`: the writer's commit time, 0 when the server no longer knows."""

    rows: int
    committed: float


@dataclass(frozen=True)
class Side:
    """One side of the dataset: movements by reference, and when (wall time) this side was promoted."""

    center: str
    movements: dict[str, Movement]
    promotions: tuple[float, ...]


def read_side(machines: Machines, host: Host, disk: Path) -> Side:
    """Read a side. A server that runs is asked; else a throwaway server on a copy of the disk."""
    try:
        text = psql(machines, host, _ROWS, timeout=60)
    except LabError:
        with _copy(disk / DATA.lstrip("/")) as ask:
            text = ask(_ROWS)
    movements = {}
    for line in text.splitlines():
        ref, rows, committed = line.rsplit("|", 2)
        movements[ref] = Movement(int(rows), float(committed))
    return Side(host.site, movements, read_promotions(disk))


def read_promotions(disk: Path) -> tuple[float, ...]:
    """When this disk's server was asked to become the writable side, by its log (wall times)."""
    log = disk / LOG.lstrip("/")
    return tuple(float(at) for at in _PROMOTED.findall(log.read_text())) if log.exists() else ()


@contextmanager
def _copy(data: Path) -> Iterator[Callable[[str], str]]:
    """Ask a copy of a data directory, as the server would find it at its next start."""
    place = Path(tempfile.mkdtemp(prefix="muster-oracle-"))
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    ctl = [*as_postgres, str(programs() / "pg_ctl"), "-D", str(place / "data"), "-s", "-w"]
    try:
        kernel.run(["cp", "-a", "--reflink=auto", str(data), str(place / "data")], timeout=300)
        for name in ("standby.signal", "recovery.signal", "postmaster.pid"):
            (place / "data" / name).unlink(missing_ok=True)
        shutil.chown(place, "postgres", "postgres")
        options = " ".join(f"-c {name}={value}" for name, value in _ALONE.items())
        options += f" -c unix_socket_directories={place}"
        kernel.run([*ctl, "-t", "120", "-l", str(place / "log"), "-o", options, "start"], timeout=150)
        try:
            argv = [str(programs() / "psql"), "-h", str(place), "-U", "postgres", "-XAtq", "ledger", "-c"]
            yield lambda sql: kernel.run([*argv, sql], timeout=120)
        finally:
            kernel.run([*ctl, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(place)
