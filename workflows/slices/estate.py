"""What the Estate is told of a plan, its probes and samples among it."""

from __future__ import annotations

from activities.models import Probe
from activities.models.estate import Registration, SampleTarget
from workflows.plan import (
    Plan,
    PlanSnapshot,
)
from workflows.slices.data import datasets, side
from workflows.slices.guarding import guard

PROBE_TIMEOUT = 1.0  # seconds; a center that needs longer to answer does not serve


def probes(urls: list[str]) -> list[Probe]:
    return [Probe(url=url, timeout_s=PROBE_TIMEOUT) for url in urls]


def registration(plan: Plan, snapshot: PlanSnapshot) -> Registration:
    """What `muster apply` tells the Estate. Writers are sampled at whichever center is active."""
    neutral = probes(plan.neutral_targets)
    sampling = {
        center: [
            SampleTarget(
                side=(at := side(plan, label, center)),
                rpo_s=at.rpo_s,
                neutral=neutral,
                guard=guard(plan, label, center),
            )
            for label in datasets(plan, sorted(plan.services))
        ]
        for center in plan.centers
    }
    return Registration(
        plan_hash=snapshot.hash,
        plan_data=snapshot.data,
        homes=dict.fromkeys(sorted(plan.services), plan.primary),
        sampling=sampling,
    )
