"""Guards of writers: terms that can be kept, and no writer of the estate without one (law 1)."""

from __future__ import annotations

from collections.abc import Iterator

from activities.guarding.margins import PACE_S
from workflows.plan import Dataset, Plan, duration_text
from workflows.plan.datasets import Guard
from workflows.plan.problems import Path, Problem

from .forms import why_not_user

LEAST_AFTER = 10.0  # seconds; renewals come six times in it, and a lost packet must close nothing
LEAST_CLOSE = 2.0


def check(plan: Plan, at: Path, dataset: Dataset) -> Iterator[Problem]:
    guard = dataset.guard
    if guard is None:
        if any(other.guard for service in plan.services.values() for other in service.data.values()):
            text = "other datasets have a guard and this has none, so none would count; add guard, or leave all out"
            yield Problem(at, text)
        return
    if guard.after < LEAST_AFTER or guard.after != int(guard.after):
        text = f"{duration_text(guard.after)} is no time for a lease; write whole seconds, 10s or more"
        yield Problem((*at, "guard", "after"), text)
    if guard.close_within < LEAST_CLOSE or guard.close_within != int(guard.close_within):
        text = f"{duration_text(guard.close_within)} is no time to close a writer in; write whole seconds, 2s or more"
        yield Problem((*at, "guard", "close_within"), text)
    elif reason := why_not_margin(guard):
        yield Problem((*at, "guard", "margin"), reason)
    if not guard.close.strip():
        text = "nothing would be closed; write a command that stops the writer and keeps it stopped"
        yield Problem((*at, "guard", "close"), text)
    if reason := why_not_user(guard.run_as):
        yield Problem((*at, "guard", "run_as"), reason)


def why_not_margin(guard: Guard) -> str | None:
    """It would be counted as a fence while it may still be closing its writer."""
    if guard.margin is None or guard.margin >= guard.least_margin:
        return None
    close = duration_text(guard.close_within)
    parts = [
        f"its pace {PACE_S}s",
        f"close {close}",
        *([f"kill {close}"] if guard.kill else []),
        "two clocks",
    ]
    return (
        f"{duration_text(guard.margin)} is over before the writer must be closed ({', '.join(parts)}); "
        f"write {guard.least_margin}s or more, leave it out, or shorten close_within"
    )
