"""Guards of writers, as their hosts and renewers get them."""

from __future__ import annotations

from activities.models import GuardOrder
from workflows.plan import (
    Plan,
    fill,
    host_target,
    values_at,
)
from workflows.slices.data import datasets


def guard(plan: Plan, label: str, center: str) -> GuardOrder | None:
    """The guard of one side of a dataset, if the plan has one."""
    service, _, _ = label.partition(".")
    dataset = plan.dataset(label)
    if dataset.guard is None:
        return None
    host = dataset.hosts[center]
    values = values_at(plan, service, center, host)
    return GuardOrder(
        dataset=label,
        target=host_target(plan, center, host),
        run_as=dataset.guard.run_as,
        after_s=int(dataset.guard.after),
        margin_s=dataset.guard.margin or dataset.guard.least_margin,
        close=fill(dataset.guard.close, values),
        kill=fill(dataset.guard.kill or "", values),
        close_s=int(dataset.guard.close_within),
    )


def guards(plan: Plan, center: str) -> list[GuardOrder]:
    """The guards of all datasets at a center; none when one of them has none: it could still be written to (law 1)."""
    found = [guard(plan, label, center) for label in datasets(plan, sorted(plan.services))]
    return [one for one in found if one is not None] if all(found) else []
