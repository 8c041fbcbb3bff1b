"""A program of the center itself that goes on writing whatever happens to the links: PREFIX RATE LOG.

Each commit appends `TIME REF` to LOG, after it. A database that refuses (a replica) is asked again.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

import psycopg2  # type: ignore[import-untyped,import-not-found,unused-ignore]  # Debian's, not the project's

_INSERT = "insert into entries (ref, account, amount) values (%s, 'branch', -1), (%s, 'till', 1)"


def write(prefix: str, rate: float, path: str) -> None:
    boot = f"{time.time():.3f}"
    numbers = itertools.count()
    with open(path, "a", buffering=1) as log:
        while True:
            try:
                _write_until_refused(prefix + boot, numbers, rate, log)
            except psycopg2.Error:
                time.sleep(0.2)


def _write_until_refused(prefix: str, numbers: Any, rate: float, log: Any) -> None:
    connection = psycopg2.connect("host=/run/postgresql dbname=ledger user=app")
    while True:
        ref = f"{prefix}-{next(numbers)}"
        with connection, connection.cursor() as cursor:
            cursor.execute(_INSERT, (ref, ref))
        log.write(f"{time.time():.6f} {ref}\n")
        time.sleep(1 / rate)


if __name__ == "__main__":
    write(sys.argv[1], float(sys.argv[2]), sys.argv[3])
