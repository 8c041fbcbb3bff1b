"""`muster logs`: outputs of a run's jobs, from the log store. Neither Temporal nor a worker is needed for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from activities.errors import ServerUnreachable
from activities.logs import LogStore, path_part
from starter.console import listed, plain, print_json, remark
from starter.errors import Refused
from starter.patience import within
from starter.run_ref import RunRef

STORE_S = 15.0
FOLLOW_EVERY = 1.0  # seconds

T = TypeVar("T")


@dataclass(frozen=True)
class Log:
    """One output. `name` in the store is ESTATE/CENTER/HOST/WORKFLOW/RUN/STEP/ATTEMPT (law 14)."""

    name: str
    place: str
    workflow_id: str
    run_id: str
    step: str
    attempt: int

    @property
    def title(self) -> str:
        return plain(f"==> {self.step} on {self.place}, attempt {self.attempt} <==")


def parse_log(name: str) -> Log | None:
    """None when it is the log of something else."""
    parts = name.split("/")
    if len(parts) != 7 or not parts[6].isdigit():
        return None
    _, center, host, workflow_id, run_id, step, attempt = (unquote(part) for part in parts)
    place = host if center == "@" else f"{center}/{host}"
    return Log(name, place, workflow_id, run_id, step, int(attempt))


class LogReader:
    """The store, asked with a limit. `spool`: what a worker on this machine could not bring there yet."""

    def __init__(self, address: str, spool: Path) -> None:
        self._address = address
        self._store = LogStore(address, spool)

    def logs_of(self, ref: RunRef, step: str | None) -> list[Log]:
        """Of a run and its children, by name. Refused when there is none."""
        names = self._ask(lambda: self._store.list(f"{path_part(ref.estate)}/"))
        of_run = [log for name in names if (log := parse_log(name)) and _is_of(log, ref)]
        found = [log for log in of_run if step is None or log.step == step]
        if not found:
            steps = listed(sorted({log.step for log in of_run}), 12)
            nothing = f" in {self._address}: its steps printed nothing, or the store is another (--store)"
            there = f"; steps with output: {steps}" if steps else nothing
            raise Refused(f"{ref} {step or ''}".strip() + f" has no output{there}")
        return found

    def read(self, log: Log, start: int = 0) -> Iterator[bytes]:
        """The pieces of an output from a byte on."""
        pieces = self._store.read(log.name)
        while (piece := self._ask(lambda: next(pieces, None))) is not None:
            if len(piece) > start:
                yield piece[start:]
            start = max(0, start - len(piece))

    def _ask(self, act: Callable[[], T]) -> T:
        try:
            return within(
                STORE_S, act, f"log store {self._address} does not answer: name another with --store"
            )
        except ServerUnreachable as error:
            raise Refused(f"{error.message}: name another with --store") from None


def _is_of(log: Log, ref: RunRef) -> bool:
    """Long workflow ids are cut in the store: they are compared as they are written there."""
    own = log.name.split("/")[3] == path_part(ref.workflow_id)
    child = log.workflow_id.startswith(f"{ref.workflow_id}/")
    # A child has a run id of its own, which its logs carry.
    return child or (own and ref.run_id in (None, log.run_id))


def print_logs(reader: LogReader, ref: RunRef, step: str | None, *, as_json: bool) -> None:
    logs = reader.logs_of(ref, step)
    if as_json:
        print_json([_as_json(log, b"".join(reader.read(log))) for log in logs])
        return
    for log in logs:
        if len(logs) > 1:
            print(log.title, flush=True)
        for piece in reader.read(log):
            _write(piece)


def follow_logs(reader: LogReader, ref: RunRef, step: str | None) -> None:
    """What is there, then what comes, until Ctrl-C. A store that goes away is said once, and asked again."""
    following = _Following(reader)
    silent = False
    while True:
        try:
            for log in reader.logs_of(ref, step):
                following.catch_up(log)
            silent = False
        except Refused as silence:
            if not silent:
                remark(f"{silence}; waiting for it")
            silent = True
        time.sleep(FOLLOW_EVERY)


class _Following:
    """How far each output was shown."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._shown: dict[str, int] = {}
        self._newest = ""

    def catch_up(self, log: Log) -> None:
        for piece in self._reader.read(log, self._shown.get(log.name, 0)):
            if log.name != self._newest:
                print(log.title, flush=True)
                self._newest = log.name
            _write(piece)
            self._shown[log.name] = self._shown.get(log.name, 0) + len(piece)


def _as_json(log: Log, data: bytes) -> dict[str, object]:
    return {
        "name": log.name,
        "place": log.place,
        "workflow_id": log.workflow_id,
        "run_id": log.run_id,
        "step": log.step,
        "attempt": log.attempt,
        "output": data.decode(errors="replace"),
    }


def _write(data: bytes) -> None:
    """As it is into a pipe; on a terminal without what would steer it."""
    if sys.stdout.isatty():
        text = data.decode(errors="replace")
        print("".join(c if c.isprintable() or c in "\n\t" else "·" for c in text), end="", flush=True)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
