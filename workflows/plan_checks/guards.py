"""Guards of writers: terms that can be kept, and no writer of the estate without one (law 1)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Dataset, Plan, duration_text
from workflows.plan.problems import Path, Problem

from .forms import why_not_user

LEAST_AFTER = 10.0  # seconds; renewals come six times in it, and a lost packet must close nothing
LEAST_MARGIN = 5.0


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
    if guard.margin < LEAST_MARGIN:
        text = f"{duration_text(guard.margin)} is too short to close a writer in; write 5s or more"
        yield Problem((*at, "guard", "margin"), text)
    if not guard.close.strip():
        text = "nothing would be closed; write a command that stops the writer and keeps it stopped"
        yield Problem((*at, "guard", "close"), text)
    if reason := why_not_user(guard.run_as):
        yield Problem((*at, "guard", "run_as"), reason)
