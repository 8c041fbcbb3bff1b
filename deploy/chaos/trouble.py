"""How each fault of a schedule is brought into a site, and how whoever repairs the site takes it out again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from deploy.chaos.schedule import OLD, Fault
from deploy.chaos.struck import Struck
from deploy.lab.errors import LabError
from deploy.site import Site

SERVICES = {"was-1": ("was",), "was-2": ("was",), "web-1": ("web", "mq"), "db-1": ()}


@dataclass
class Happened:
    """A fault that came about. Wall times; `ended` None: it is still there. `struck`: it was seen to do harm."""

    fault: Fault
    began: float
    ended: float | None = None
    struck: bool = False

    def was_there(self, since: float, until: float) -> bool:
        return self.began < until and (self.ended is None or self.ended > since)


class Trouble:
    """The faults of one trial on one site. `begin` and `repair` block; call them from a thread."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lab = site.lab
        self.happened: list[Happened] = []
        self.started_by_hand: list[str] = []  # HOST:SERVICE, by whoever gave a host its power back
        self._served: dict[str, list[str]] = {}  # what ran on a host when its power went
        self._locks: dict[str, Lock] = {}
        self._struck = Struck(site)
        # None: whether it strikes is looked at; else they know.
        self._begin: dict[str, Callable[[str], bool | None]] = {
            "kill-worker": lambda place: site.workers[place].kill(),
            "kill-server": lambda _: site.server.kill(),
            "cut": self._lab.cut,
            "heal": self._lab.heal,
            "throttle": lambda _: self._lab.throttle("2mbit"),
            "power-off": self._power_off,
            "power-on": self._come_back,
            "power-back": self._power_back,
            "lies": self._lie,
            "dns-refuses": lambda _: self._lab.break_("dns-refuses"),
            "devices-gone": lambda which: self._lab.break_(f"{which}-gone"),
            "wrong-database": lambda _: self._lab.break_("wrong-database"),
            "store-gone": self._lose_store,
            "disk-full": lambda host: self._lab.break_("disk-full", host),
        }
        self._end: dict[str, Callable[[str], None]] = {
            "kill-worker": self._start_worker,
            "kill-server": lambda _: site.server.start(),
            "cut": self._lab.heal,
            "heal": self._lab.cut,
            "throttle": lambda _: self._lab.throttle("off"),
            "power-off": self._power_on,
            "power-on": lambda _: None,
            "power-back": lambda _: None,  # only who watches the fence takes it away again
            "lies": lambda device: self._lab.mend(f"{device}-lies"),
            "dns-refuses": lambda _: self._lab.mend("dns-refuses"),
            "devices-gone": lambda which: self._lab.mend(f"{which}-gone"),
            "wrong-database": lambda _: self._lab.mend("wrong-database"),
            "store-gone": self._bring_store_back,
            "disk-full": lambda host: self._lab.mend("disk-full", host),
        }

    def make_room(self, faults: Sequence[Fault]) -> None:
        """A disk that will be full is bounded before anything writes to it: no job may stand with a foot on either."""
        for fault in faults:
            if fault.kind == "disk-full":
                self._lab.break_("disk-full", fault.target)
                self._lab.mend("disk-full", fault.target)

    def begin(self, fault: Fault) -> Happened:
        with self._alone_at(fault.target):
            was_there = fault.kind in self._struck.looks and self._struck.has(fault.kind, fault.target)
            happened = Happened(fault, time.time())
            self.happened.append(happened)
            known = self._begin[fault.kind](fault.target)
            there = self._struck.has(fault.kind, fault.target) if known is None else known
            happened.struck = there and not was_there
            return happened

    def end(self, happened: Happened) -> None:
        """Nothing to do when somebody has repaired it already."""
        with self._alone_at(happened.fault.target):
            if happened.ended is None:
                if happened.fault.kind == "lies":
                    happened.struck = self._struck.was_asked(happened.fault.target, happened.began)
                self._end[happened.fault.kind](happened.fault.target)
                happened.ended = time.time()

    def _alone_at(self, target: str) -> Lock:
        """One at a time at each target, and no further: a worker that is started again waits for its server."""
        return self._locks.setdefault(target, Lock())

    def repair(self) -> list[str]:
        """All that is broken now, as operators do who found a step held. What was repaired."""
        # The lost center is not theirs to repair, and who has healed its links or its power did no harm.
        mine = [one for one in self.happened if one.ended is None and one.fault.target != OLD]
        for happened in mine:
            self.end(happened)
        return [f"{one.fault.kind} {one.fault.target}" for one in mine]

    # --- how

    def _lie(self, device: str) -> bool:
        """The writers' device lies of a center that can be seen: else nobody could ever find it out."""
        if device == "pdu":
            self._lab.heal(OLD)
            if not self._lab.machines.is_on(self._lab.layout.host(f"{OLD}/db-1")):
                self._come_back(OLD)
        self._lab.break_(f"{device}-lies")
        return False  # not before it is asked

    def _come_back(self, center: str) -> None:
        """Power, a database that takes writes, and a program beside it that goes on writing."""
        try:
            self._lab.power_on(center)
            for _ in range(50):
                if self._struck.takes_writers(center):
                    break
                time.sleep(0.1)
            self._lab.local_writer(center).start()
        except LabError:
            # Fenced in the middle of it: then it did not strike, and nothing is wrong with the lab.
            if self._lab.machines.is_on(self._lab.layout.host(f"{center}/db-1")):
                raise

    def _power_back(self, center: str) -> bool:
        """Whoever watches the fence may cut it again in the middle of the boot."""
        return bool(self._lab.machines.center_on(center))

    def _start_worker(self, place: str) -> None:
        worker = self._site.workers[place]
        if worker.is_alive or place == OLD:
            return
        worker.start()
        # A worker that finds no server at its start ends; a service manager would start it until it stays.
        for _ in range(10):
            try:
                worker.wait()
                return
            except LabError:
                time.sleep(0.3)
                worker.start()
        raise LabError(f"the worker of {place} does not start")

    def _power_off(self, host: str) -> None:
        name = host.partition("/")[2]
        self._served[host] = [one for one in SERVICES[name] if self._lab.starts(host, one)]
        self._lab.power_off(host)

    def _power_on(self, host: str) -> None:
        """Power, and what ran on the host: it is installed as down, so that a boot does not start it."""
        self._lab.power_on(host)
        for service in self._served[host]:
            self._lab.run_in(host, ["sv", "up", service])
            self.started_by_hand.append(f"{host}:{service}")

    def _lose_store(self, which: str) -> None:
        """Where the directory was is now something that is none: every access to it fails."""
        place = self._site.lab.layout.state / which
        if place.exists():
            place.rename(place.with_name(f"{which}.away"))
        place.write_text("no directory\n")

    def _bring_store_back(self, which: str) -> None:
        place = self._site.lab.layout.state / which
        away = place.with_name(f"{which}.away")
        place.unlink()
        if away.exists():
            away.rename(place)
