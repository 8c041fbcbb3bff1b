"""The application's tier `web`: hands /transfer and /health to the `was` hosts in turn.

A request goes to another host only when the first could not be reached, or said 503: a request that was
lost in the middle may have been carried out.
"""

from __future__ import annotations

import http.client
import itertools
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_CONNECT_S = 0.3
_ANSWER_S = 3.0
_REST_S = 2.0  # a host that could not be reached is asked last for so long


class Backends:
    """The `was` hosts, with one kept connection for each and thread."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._turn = itertools.count()
        self._resting: dict[str, float] = {}
        self._kept = threading.local()

    def ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the first host that answers; 502 when none did."""
        answer = (502, b"no host of the tier answers\n")
        for address in self._order():
            try:
                connection = self._connection(address)
            except OSError:
                self._resting[address] = time.monotonic() + _REST_S
                continue
            try:
                connection.request(method, path, body or None)
                response = connection.getresponse()
                answer = (response.status, response.read())
            except (OSError, http.client.HTTPException):
                self._forget(address)
                return 502, b"lost in the middle: it may have been carried out\n"
            if answer[0] != 503:
                return answer
        return answer

    def _order(self) -> list[str]:
        start = next(self._turn) % len(self._addresses)
        turned = self._addresses[start:] + self._addresses[:start]
        now = time.monotonic()
        return sorted(turned, key=lambda address: self._resting.get(address, 0) > now)

    def _connection(self, address: str) -> http.client.HTTPConnection:
        kept: dict[str, http.client.HTTPConnection] = self._kept.__dict__
        if address not in kept:
            connection = http.client.HTTPConnection(address, timeout=_CONNECT_S)
            connection.connect()
            connection.sock.settimeout(_ANSWER_S)
            kept[address] = connection
        return kept[address]

    def _forget(self, address: str) -> None:
        self._kept.__dict__.pop(address).close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    backends: Backends

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _pass_on(self, body: bytes) -> None:
        status, answer = self.backends.ask(self.command, self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        return


class Server(ThreadingHTTPServer):
    request_queue_size = 256


if __name__ == "__main__":
    Handler.backends = Backends(sys.argv[1:])
    Server(("", 80), Handler).serve_forever()
