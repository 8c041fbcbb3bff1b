"""A plan for a command: loaded without problems, or the command ends here."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from starter.console import plain
from starter.errors import Refused
from starter.plan_file import LoadedPlan, load_plan
from workflows.plan import Plan, PlanSnapshot


@dataclass(frozen=True)
class GoodPlan:
    """A plan without problems."""

    path: Path
    plan: Plan
    snapshot: PlanSnapshot


def good_plan(path: Path) -> GoodPlan:
    """Several problems go to stderr, one on a line; then Refused. One alone is the refusal itself."""
    loaded = load_plan(path)
    if len(loaded.problems) == 1:
        raise Refused(loaded.problems[0])
    if loaded.plan is None or loaded.snapshot is None:
        tell_problems(loaded)
        raise Refused(f"{path} has {len(loaded.problems)} problems: put them right first")
    return GoodPlan(path, loaded.plan, loaded.snapshot)


def tell_problems(loaded: LoadedPlan) -> None:
    for problem in loaded.problems:
        print(plain(problem), file=sys.stderr)


def summary(plan: Plan) -> str:
    """`2 centers, 8 hosts, 2 devices, 2 services, 4 gates`."""
    counts = {
        "center": len(plan.centers),
        "host": sum(len(center.hosts) for center in plan.centers.values()),
        "device": len(plan.devices),
        "service": len(plan.services),
        "gate": len(plan.gates),
    }
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for word, count in counts.items())


def labels(plan: Plan) -> dict[str, str | None]:
    """Every host as CENTER/HOST and every device, with its pinned keys."""
    hosts = {
        f"{name}/{host}": found.host_key
        for name, center in plan.centers.items()
        for host, found in center.hosts.items()
    }
    return hosts | {name: device.host_key for name, device in plan.devices.items()}
