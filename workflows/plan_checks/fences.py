"""Fences: each center must be one that can be closed, by something that outlives it (law 1)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Fence, Plan
from workflows.plan.problems import Path, Problem, unknown

from . import redfish

LOOK_LEAST, LOOK_MOST = 1.0, 60.0  # seconds: a device can be asked too often, and a fence too seldom


def check(plan: Plan) -> Iterator[Problem]:
    for name, center in plan.centers.items():
        at: Path = ("centers", name, "fence")
        if not any(fence.stops == "writers" for fence in center.fence):
            text = (
                "no fence stops writers, and either side may have to be fenced; add one with stops: writers"
            )
            yield Problem(at, text)
        if not LOOK_LEAST <= center.fence_watch <= LOOK_MOST:
            text = f"a fenced center is looked at every {LOOK_LEAST:g} s to {LOOK_MOST:g} s; write for example 5s"
            yield Problem(("centers", name, "fence_watch"), text)
        for place, fence in enumerate(center.fence):
            if fence.name in [earlier.name for earlier in center.fence[:place]]:
                yield Problem(
                    (*at, place, "name"), f"{fence.name} is there already; give each fence its own name"
                )
            yield from _fence(plan, name, (*at, place), fence)


def _fence(plan: Plan, center: str, at: Path, fence: Fence) -> Iterator[Problem]:
    if fence.lives == center:
        text = f"it lives in {center} and is lost with it; name a device that lives elsewhere"
        yield Problem((*at, "lives"), text)
    if fence.redfish is not None:
        yield from redfish.check(plan, center, (*at, "redfish"), fence)
    if fence.commands is None:
        return
    if not fence.commands[2].says.strip():
        yield Problem(
            (*at, "confirm", "says"), "it is empty, so anything would confirm; write what the device prints"
        )
    for verb, command in zip(("run", "lift", "confirm"), fence.commands, strict=True):
        if reason := why_not_at(plan, command.at, fenced=center):
            yield Problem((*at, verb, "at"), reason)


def why_not_at(plan: Plan, at: str, fenced: str | None = None) -> str | None:
    """Why a device command cannot run where it says. `fenced`: the center that must not be needed for it."""
    center, slash, host = at.partition("/")
    if not slash:
        return None if at in plan.devices else _no_device(plan, at)
    if center not in plan.centers:
        return unknown("center", center, plan.centers)
    if center == fenced:
        return f"{at} is a host of the fenced center and is lost with it; name a device or a host elsewhere"
    hosts = plan.centers[center].hosts
    return None if host in hosts else unknown(f"host of {center}", host, hosts)


def _no_device(plan: Plan, at: str) -> str:
    homes = [center for center, found in plan.centers.items() if at in found.hosts]
    if homes:
        return f"{at} is no device; write {homes[-1]}/{at}, if that host is meant"
    return unknown("device", at, plan.devices)
