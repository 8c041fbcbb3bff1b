"""Guards of writers: what the workers outside a center tell a guard, and what they know of it."""

from __future__ import annotations

from activities.models.hosts import Target
from activities.models.values import Value


class GuardOrder(Value):
    """The guard of one dataset's side. `close` stops its writer and keeps it stopped; `kill` is for when it hangs.

    A lease ends `after_s` after its last renewal. `close`, and `kill` after it, are each ended after `close_s`.
    `margin_s`: how long after the end of its lease it counts (activities/guarding/margins.py).
    """

    dataset: str  # service.dataset
    target: Target
    run_as: str
    after_s: int
    margin_s: float
    close: str
    kill: str = ""
    close_s: int = 20


class GuardsOrder(Value):
    """`by`: the run that asks, WORKFLOW_ID#FIRST_RUN_ID: the workflow id alone may be another run's tomorrow."""

    guards: list[GuardOrder]
    by: str


class GuardView(Value):
    """What one renewing place knows of a guard.

    `due_in_s`: until the last lease that this place may have given is over, margin included; below 0 is since then.
    `answered`: what the guard last said here, "" never, armed, closed, or in words why it does not count.
    `renewer`, `generation`: who speaks; `acknowledged`: the newest generation of this place that the guard told it of.
    """

    place: str
    dataset: str
    stopped: bool
    due_in_s: float
    answered: str = ""
    answered_ago_s: float = 0.0
    renewer: str = ""
    generation: int = 0
    acknowledged: int = 0


class RenewerRef(Value):
    """One that may renew guards from a place, by the Estate's word: all processes with one state directory."""

    place: str
    renewer: str
    generation: int


class EnrolRenewer(Value):
    place: str
    renewer: str
