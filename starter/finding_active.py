"""Where the services of a lost estate live: by what takes writes now, and by the word of an operator. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.plan import Plan
from workflows.plan.graph import datasets_needed
from workflows.plan.problems import unknown
from workflows.survey import SideSeen, SurveyAnswer


def why_two_writers(sides: Sequence[SideSeen]) -> str | None:
    """Two sides of one dataset take writes: no record could be right. What to do, or None."""
    for label in sorted({side.label for side in sides}):
        open_at = [side.center for side in sides if side.label == label and side.writable]
        if len(open_at) > 1:
            return (
                f"{label} takes writes at {' and '.join(open_at)}: find out which side people use, stop the "
                "database of the other or fence that center by hand, then run apply again"
            )
    return None


def active_by_data(plan: Plan, sides: Sequence[SideSeen]) -> dict[str, str]:
    """The center of each service whose every dataset takes writes at that one center; others are not known.

    A service without data is taken to live with the others, where these agree.
    """
    writers = {side.label: side.center for side in sides if side.writable}
    needed = {service: datasets_needed(plan, service) for service in plan.services}
    found = {}
    for service, labels in needed.items():
        centers = {writers.get(label) for label in labels}
        center = centers.pop() if len(centers) == 1 else None
        if center is not None:
            found[service] = center
    with_data = [service for service, labels in needed.items() if labels]
    if len(set(found.values())) == 1 and all(service in found for service in with_data):
        found.update(dict.fromkeys(needed, next(iter(found.values()))))
    return found


def active_by_word(plan: Plan, words: Sequence[str]) -> dict[str, str] | str:
    """What an operator says: CENTER for all, or SERVICE=CENTER for one; or what is wrong with it."""
    said: dict[str, str] = {}
    for word in words:
        service, equals, center = word.rpartition("=")
        if center not in plan.centers:
            return unknown("center", center, plan.centers)
        if equals and service not in plan.services:
            return unknown("service", service, plan.services)
        said.update(dict.fromkeys([service] if equals else plan.services, center))
    return said


def why_not_said(found: dict[str, str], said: dict[str, str]) -> str | None:
    """Where the word of the operator is against what takes writes, or None."""
    for service, center in sorted(said.items()):
        if found.get(service, center) != center:
            return (
                f"the data of {service} takes writes at {found[service]}, not at {center}: look again, "
                "or stop that side first"
            )
    return None


def what_was_seen(answer: SurveyAnswer) -> list[str]:
    """A line for each side and device, for the operator who has to say what is so."""
    lines = []
    for side in answer.sides:
        writes = {True: "takes writes", False: "takes no writes", None: f"not known: {side.error}"}
        lines.append(f"{side.label} at {side.center}: {writes[side.writable]}")
    for one in answer.fences:
        state = {True: "closed", False: "open", None: f"not known: {one.error}"}
        lines.append(f"fence {one.device} of {one.center} ({one.stops}): {state[one.fenced]}")
    return lines
