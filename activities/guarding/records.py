"""What a place must not forget of the guards that it renews: on its disk, and the same for all processes there."""

from __future__ import annotations

import contextlib
import fcntl
import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from pydantic import BaseModel, TypeAdapter, ValidationError

from activities.errors import HostFaulty
from activities.models import GuardOrder
from activities.sampling.sample_log import write_whole
from activities.ticks import boot, tick

LOCK_TRIES, LOCK_PAUSE_S = 20, 0.05
_ORDERS = TypeAdapter(list[GuardOrder])


class Renewal(BaseModel):
    """What this place must not forget of one guard. `ends`: the tick of `boot` at which its last lease is over.

    `acknowledged`: the newest generation of this place that the guard told of last; it takes no lease of an older one.
    """

    boot: str
    ends: float
    stopped_by: str = ""
    answered: str = ""
    answered_at: float = 0.0
    acknowledged: int = 0


class Enrolment(BaseModel):
    """Who renews: all processes with one directory are one renewer. `generation` 0: the Estate let it not begin yet."""

    renewer: str
    generation: int = 0


class Records:
    """One directory. Every change is made by one process at a time, on what the last one left."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._began = tick()
        self._known: dict[str, Renewal] = {}
        self._enrolment = self._first_enrolment()

    def of(self, order: GuardOrder) -> Renewal:
        """Without a record of this boot, a lease may have been given until the machine, or this process, was begun."""
        key = place_of(order)
        lease = order.after_s + order.margin_s
        known = self._known.get(key)
        try:
            kept = Renewal.model_validate_json(self._file(order).read_bytes())
        except (OSError, ValidationError):
            return known or Renewal(boot=boot(), ends=self._began + lease)
        if kept.boot != boot():
            kept = kept.model_copy(update={"boot": boot(), "ends": lease, "answered_at": 0.0})
        return kept.model_copy(update={"ends": max(kept.ends, known.ends)}) if known else kept

    def change(self, order: GuardOrder, how: Callable[[Renewal], Renewal]) -> Renewal:
        """What is kept from now on. On disk first: what is not there was never begun. Raises HostFaulty."""
        with self._alone():
            renewal = how(self.of(order))
            self._write(self._file(order), renewal.model_dump_json())
        self._known[place_of(order)] = renewal
        return renewal

    # --- who renews

    @property
    def enrolment(self) -> Enrolment:
        """As on the disk: another process here may have asked the Estate meanwhile."""
        with contextlib.suppress(OSError, ValidationError):
            self._enrolment = Enrolment.model_validate_json(self._enrolled.read_bytes())
        return self._enrolment

    def enrol(self, generation: int) -> None:
        """Raises HostFaulty: a generation that is not kept is not used."""
        with self._alone():
            now = self.enrolment
            changed = now.model_copy(update={"generation": max(now.generation, generation)})
            self._write(self._enrolled, changed.model_dump_json())
        self._enrolment = changed

    def _first_enrolment(self) -> Enrolment:
        made = Enrolment(renewer=uuid.uuid4().hex[:12])
        with contextlib.suppress(HostFaulty), self._alone():
            with contextlib.suppress(OSError, ValidationError):
                return Enrolment.model_validate_json(self._enrolled.read_bytes())
            self._write(self._enrolled, made.model_dump_json())
        return made

    # --- what is renewed

    def orders(self) -> list[GuardOrder]:
        try:
            return _ORDERS.validate_json((self._directory / "orders.json").read_bytes())
        except (OSError, ValidationError):
            return []

    def keep_orders(self, orders: Sequence[GuardOrder]) -> None:
        with self._alone():
            self._write(self._directory / "orders.json", _ORDERS.dump_json(list(orders)).decode())

    # --- on this disk

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            lock = (self._directory / "lock").open("a")
        except OSError as error:
            raise HostFaulty(f"{self._directory} cannot be written: {error.strerror}") from error
        with lock:
            _take(lock)
            yield

    def _write(self, path: Path, text: str) -> None:
        try:
            write_whole(path, text)
        except OSError as error:
            raise HostFaulty(f"{path} cannot be written: {error.strerror}") from error

    @property
    def _enrolled(self) -> Path:
        return self._directory / "renewer.json"

    def _file(self, order: GuardOrder) -> Path:
        return self._directory / f"{re.sub(r'[^A-Za-z0-9_.@-]', '_', place_of(order))}.json"


def _take(lock: IO[str]) -> None:
    """Others hold it for a moment only; one that was frozen in the middle must not freeze this process too."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_S)
        else:
            return
    raise HostFaulty(f"{lock.name} is held by another process of this place")


def place_of(order: GuardOrder) -> str:
    return f"{order.dataset}@{order.target.center}"
