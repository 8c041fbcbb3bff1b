"""Components of services, and how one sees that they are well."""

from __future__ import annotations

from typing import Literal

from activities.models.hosts import Command, JobName, Target
from activities.models.values import Value


class Check(Value):
    """One look at what a user of the thing would see.

    tcp: `url` tcp://HOST:PORT. http: `url`, `status`, `body` (a regular expression found in the first 64 KiB).
    command: exit code 0. log: `says` (a regular expression) in the lines of `path` since the start of the look.
    """

    kind: Literal["tcp", "http", "command", "log"]
    url: str = ""
    status: int = 200
    body: str | None = None
    command: Command | None = None
    path: str = ""
    says: str = ""
    timeout_s: float = 2.0


class Look(Value):
    """What one check saw. `reason` says why it is not well."""

    well: bool
    reason: str = ""
    seconds: float = 0.0


class ComponentOrder(Value):
    """One component on one host, to be brought up or taken down."""

    service: str
    component: str
    target: Target
    check: Check
    act: Command
    kill: Command | None = None  # of a stop: ends it at once when it still serves `act.kill_after_s` later
    settle_s: float = 1.0  # between the two confirming looks (law 3)
    ready_within_s: float = 60.0  # after the command, until the first confirming look is well
    epoch: int
    name: JobName
