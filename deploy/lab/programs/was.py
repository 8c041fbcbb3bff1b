"""The application's tier `was`: one money movement per POST /transfer, two entries that sum to zero.

Standard library and psycopg2 only: it runs with the host's own Python. The file named on the command line
holds the database to connect to, and is read again when it changes.
"""

from __future__ import annotations

import json
import os
import queue
import random
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2  # type: ignore[import-untyped,import-not-found,unused-ignore]  # Debian's, not the project's

_INSERT = "insert into entries (ref, account, amount) values (%s, %s, %s), (%s, %s, %s)"


class Ledger:
    """Connections to the database that the configuration file names."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: queue.LifoQueue[tuple[int, Any]] = queue.LifoQueue()

    def run(self, work: Any) -> Any:
        """Call `work(cursor)` in a transaction, committed when this returns."""
        version = os.stat(self._path).st_mtime_ns
        connection = self._take(version)
        try:
            with connection, connection.cursor() as cursor:
                result = work(cursor)
        except psycopg2.Error:
            connection.close()
            raise
        self._idle.put((version, connection))
        return result

    def _take(self, version: int) -> Any:
        while True:
            try:
                made_for, connection = self._idle.get_nowait()
            except queue.Empty:
                with open(self._path) as file:
                    return psycopg2.connect(file.read().strip())
            if made_for == version and not connection.closed:
                return connection
            connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    ledger: Ledger

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/health":
            return self._answer(404, "no such page\n")
        try:
            replica = self.ledger.run(_is_replica)
        except (psycopg2.Error, OSError) as error:
            return self._answer(503, _line(error))
        return self._answer(503, "the database is read-only\n") if replica else self._answer(200, "ok")

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if url.path != "/transfer":
            return self._answer(404, "no such page\n")
        asked = parse_qs(url.query) | parse_qs(body)
        ref = asked.get("ref", [uuid.uuid4().hex])[0]
        try:
            self.ledger.run(lambda cursor: cursor.execute(_INSERT, _movement(ref)))
        except (psycopg2.Error, OSError) as error:
            return self._answer(503, json.dumps({"error": _line(error)}))
        return self._answer(200, json.dumps({"ref": ref}))

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if text.startswith("{") else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


class Server(ThreadingHTTPServer):
    request_queue_size = 256


def _is_replica(cursor: Any) -> bool:
    cursor.execute("select pg_is_in_recovery(), (select ref from entries limit 1)")
    row = cursor.fetchone()
    return bool(row and row[0])


def _movement(ref: str) -> tuple[Any, ...]:
    amount = random.randint(1, 1000)  # noqa: S311  money of a game
    payer, payee = random.sample(range(100), 2)
    return ref, f"account-{payer}", -amount, ref, f"account-{payee}", amount


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


if __name__ == "__main__":
    Handler.ledger = Ledger(sys.argv[1])
    Server(("", 8080), Handler).serve_forever()
