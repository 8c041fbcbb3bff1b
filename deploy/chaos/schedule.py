"""What goes wrong in one declaration: drawn from a seed alone, so that a seed that failed is played alike again.

A fault happens some time after a phase of the run has begun. The schedule is the same for a seed on any machine;
how the run and the fault meet to the millisecond is not: processes and kernel take the time that they take.

What a seed means is told by the version of the schedule with it: 2 has devices that lie, power that comes back after
the fence, and a worker of the lost center that dies; its seeds are others than those of 1. Hosts share one clock here,
which no namespace can hold apart: clocks that jump are not among the faults.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

VERSION = 2
OLD, NEW = "seoul", "busan"
LOAD = "load"  # before the disaster: the samplers see the writer, people work
PHASES = (LOAD, "detect", "decide", "approve", "fence", "verify", "promote", "start", "switch", "tell")
LINKS, POWER = "links", "power"  # the disasters


@dataclass(frozen=True)
class Kind:
    """A kind of fault: where it strikes, between which phases it may begin, how long it lasts (seconds).

    `lasts` (0, 0): it is over at once. `weight`: how often it is drawn. `disaster`: only beside this one.
    """

    name: str
    targets: Sequence[str]
    first: str
    last: str
    lasts: tuple[float, float] = (0.0, 0.0)
    weight: int = 2
    disaster: str = ""

    @property
    def phases(self) -> Sequence[str]:
        return PHASES[PHASES.index(self.first) : PHASES.index(self.last) + 1]


_HOSTS = tuple(f"{NEW}/{name}" for name in ("db-1", "was-1", "was-2", "web-1"))
KINDS = (
    Kind("kill-worker", ("control", NEW), LOAD, "tell", (0.2, 4.0), weight=6),
    # Before the fence takes its power. Nobody starts it again: a declaration needs nothing of the lost center.
    Kind("kill-worker", (OLD,), LOAD, "approve", (60.0, 60.0), disaster=LINKS),
    Kind("kill-server", ("server",), "detect", "tell", (0.2, 4.0), weight=5),
    Kind("cut", (f"{NEW}-edge",), "detect", "switch", (0.5, 6.0), weight=3),
    Kind("cut", ("wan",), LOAD, LOAD, (60.0, 60.0), disaster=LINKS),
    Kind("heal", (OLD,), "detect", "promote", (1.0, 10.0), disaster=LINKS, weight=3),
    Kind("throttle", ("wan",), LOAD, LOAD, (60.0, 60.0)),
    Kind("power-off", _HOSTS, LOAD, "start", (1.0, 6.0), weight=4),
    Kind("power-on", (OLD,), "detect", "decide", (60.0, 60.0), disaster=POWER),
    Kind("dns-refuses", ("dns",), LOAD, "switch", (2.0, 10.0)),
    Kind("devices-gone", ("edge", "pdu", "devices"), LOAD, "fence", (1.0, 10.0), weight=3),
    # A switch that lies of a center that nobody sees cannot be found out: this one brings it back into sight.
    Kind("lies", ("pdu",), "detect", "approve", (6.0, 60.0), weight=4),
    Kind("lies", ("edge",), "detect", "approve", (6.0, 60.0)),
    # After the fence, by somebody's hand: the database starts by itself, and takes writes.
    Kind("power-back", (OLD,), "verify", "start", (60.0, 60.0), weight=4),
    # Not later: a service that moves to another database after its proof loses writes by itself.
    Kind("wrong-database", (NEW,), LOAD, "fence", (60.0, 60.0)),
    Kind("store-gone", ("store", "archive"), LOAD, "tell", (2.0, 20.0), weight=3),
    Kind("disk-full", _HOSTS, LOAD, "start", (1.0, 8.0), weight=3),
    Kind("messages", ("late", "twice", "garbage"), "decide", "tell", weight=4),
)
_SHORT = (LOAD, "tell")  # phases that are over within a second
_BY_NAME = {(kind.name, target): kind for kind in KINDS for target in kind.targets}


@dataclass(frozen=True)
class Fault:
    """`after` seconds from the beginning of a phase, for `lasts` seconds (0: it is over at once)."""

    kind: str
    target: str
    phase: str
    after: float
    lasts: float

    @property
    def last_phase(self) -> str:
        """A fault that comes late does not happen after this phase: there it would be another one."""
        return _BY_NAME[self.kind, self.target].last

    def __str__(self) -> str:
        until = f" for {self.lasts:.1f} s" if self.lasts else ""
        return f"{self.kind} {self.target} at {self.phase}+{self.after:.1f}{until}"


@dataclass(frozen=True)
class Schedule:
    """All that one seed decides. `load_s`: seconds of writes before the disaster, `rate` a second."""

    seed: int
    disaster: str
    load_s: float
    rate: float
    people_s: float  # how long a person thinks
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "; ".join([f"{self.disaster} of {OLD} lost", *map(str, self.faults)])


def draw(seed: int) -> Schedule:
    """The schedule of a seed."""
    chance = random.Random(seed)  # noqa: S311  a schedule is no secret
    disaster = chance.choice((LINKS, LINKS, POWER))
    schedule = Schedule(
        seed=seed,
        disaster=disaster,
        load_s=round(chance.uniform(0.5, 2.5), 1),
        rate=float(chance.choice((50, 100, 200))),
        people_s=round(chance.uniform(0.0, 1.0), 1),
        faults=(),
    )
    wanted, faults = chance.randint(2, 5), list[Fault]()
    while len(faults) < wanted:
        fault = _draw_fault(chance, disaster)
        if why_not_beside(fault, faults) is None:
            faults.append(fault)
    faults.sort(key=lambda one: (PHASES.index(one.phase), one.after))
    return Schedule(**{**vars(schedule), "faults": tuple(faults)})


def _draw_fault(chance: random.Random, disaster: str) -> Fault:
    known = [kind for kind in KINDS if kind.disaster in ("", disaster)]
    (kind,) = chance.choices(known, weights=[kind.weight for kind in known])
    phase = chance.choice(kind.phases)
    return Fault(
        kind=kind.name,
        target=chance.choice(kind.targets),
        phase=phase,
        after=round(chance.uniform(0.0, 0.4 if phase in _SHORT else 1.2), 1),
        lasts=round(chance.uniform(*kind.lasts), 1),
    )


# Pairs that no promise covers: a lie that nobody sees, a center that comes back through an open edge.
_TOO_MUCH: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (
    (("lies", "pdu"), ("cut", "wan")),
    (("lies", "pdu"), ("throttle", "wan")),
    (("lies", "pdu"), ("heal", OLD)),
    (("lies", "pdu"), ("power-on", OLD)),
    (("power-back", OLD), ("lies", "edge")),
    (("power-back", OLD), ("devices-gone", "edge")),
    (("power-back", OLD), ("devices-gone", "devices")),
)


def why_not_beside(fault: Fault, others: Sequence[Fault]) -> str | None:
    """The reason, or None. A host without power keeps no full disk, and nothing is broken twice at once."""
    for other in others:
        if (other.kind, other.target) == (fault.kind, fault.target):
            return "it is there already"
        if {fault.kind, other.kind} == {"power-off", "disk-full"} and fault.target == other.target:
            return "a full disk is put into a running host"
        if {fault.kind, other.kind} == {"devices-gone"}:
            return "one fault for the devices is enough: they mend one another"
        pair = {(fault.kind, fault.target), (other.kind, other.target)}
        if any(pair == set(two) for two in _TOO_MUCH):
            return "together nobody could see it, or nothing could stop it"
    return None
