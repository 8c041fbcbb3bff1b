"""The client outside: writes through the public name all the time and logs each acknowledged write.

`python -m deploy.lab.client SERVER NAME WRITERS RATE LOG`, in the network of `client`. Each writer is a client
of its own: it asks the name server, keeps the answer for its TTL, and gives up on a request after half a
second at most. Every attempt has its own reference: an unanswered request never counts as another's success.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import threading
import time
from typing import cast

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
import dns.rdtypes.IN.A

_TIMEOUT_S = 0.5
_LEAST_TIMEOUT_S = 0.25
_RETRY_S = 0.05


class Name:
    """A name's address, asked from one server, kept for the answer's TTL."""

    def __init__(self, server: str, name: str) -> None:
        self._server = server
        self._name = name
        self._address = ""
        self._until = 0.0

    def address(self) -> str:
        """Raises OSError when the server gives no address."""
        if time.monotonic() >= self._until:
            question = dns.message.make_query(self._name, "A")
            try:
                answer = dns.query.udp(question, self._server, timeout=_TIMEOUT_S)
            except dns.exception.DNSException as error:
                raise OSError(f"{self._name}: {error}") from error
            records = [rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.A]
            if not records:
                raise OSError(f"{self._name}: no address")
            self._address = cast(dns.rdtypes.IN.A.A, records[0][0]).address
            self._until = time.monotonic() + records[0].ttl
        return self._address


class Writer:
    """One client: at most one request at a time, on a kept connection."""

    def __init__(self, name: Name, host: str, number: int, pause_s: float, log: int) -> None:
        self._name = name
        self._host = host
        self._prefix = f"out-{number}-{time.time_ns():x}"
        self._pause_s = pause_s
        self._log = log
        self._connection: http.client.HTTPConnection | None = None
        self._connected_to = ""

    def run(self) -> None:
        """Write for ever."""
        number = 0
        due = time.monotonic()
        while True:
            number += 1
            try:
                self._write(f"{self._prefix}-{number}")
                due = max(due + self._pause_s, time.monotonic() - 1)
            except (OSError, http.client.HTTPException):
                self._hang_up()
                due = time.monotonic() + _RETRY_S
            time.sleep(max(0.0, due - time.monotonic()))

    def _write(self, ref: str) -> None:
        address = self._name.address()
        if address != self._connected_to:
            self._hang_up()
        if self._connection is None:
            # At random: writers that wait for the same time-outs would all miss the end of an outage.
            patience = random.uniform(_LEAST_TIMEOUT_S, _TIMEOUT_S)  # noqa: S311
            self._connection = http.client.HTTPConnection(address, timeout=patience)
            self._connected_to = address
        sent, mono_sent = time.time(), time.monotonic()
        self._connection.request("POST", f"/transfer?ref={ref}", headers={"Host": self._host})
        response = self._connection.getresponse()
        body = response.read()
        acked, mono_acked = time.time(), time.monotonic()
        if response.status != 200 or json.loads(body).get("ref") != ref:
            raise OSError(f"status {response.status}")
        times = {"sent": sent, "acked": acked, "mono_sent": mono_sent, "mono_acked": mono_acked}
        os.write(self._log, (json.dumps({"ref": ref, "address": address} | times) + "\n").encode())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._connected_to = ""


def main(server: str, name: str, writers: int, rate: float, log: str) -> None:
    """Run until killed: `rate` is in writes a second of all writers together."""
    record = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    pause = writers / rate
    threads = []
    for number in range(writers):
        writer = Writer(Name(server, name), name.rstrip("."), number, pause, record)
        threads.append(threading.Thread(target=writer.run, daemon=True))
        threads[-1].start()
        time.sleep(1 / writers)  # their cached addresses run out one after the other, too
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
