"""When a fence counts as confirmed (law 1). Pure: a reason why not, or None."""

from __future__ import annotations

from activities.models import FenceOrder, Outcome, Sighting, StepResult

VANTAGES = 2  # of different failure domains, none of them the fenced center


def why_not_confirmed(order: FenceOrder, device: StepResult, sightings: list[Sighting]) -> str | None:
    """Why a fence is not confirmed: the device's own word *and* two vantage points that see nothing serve."""
    if device.outcome not in (Outcome.DONE, Outcome.ALREADY):
        return f"{order.name} is not confirmed by its device: {device.summary}"
    seeing = [seen for seen in sightings if _why_not_counted(seen, order.center) is None]
    domains = {seen.failure_domain for seen in seeing}
    if len(domains) < VANTAGES:
        told = [f"{seen.vantage}: {_why_not_counted(seen, order.center) or 'sees'}" for seen in sightings]
        seen_from = f"{len(domains)} of {VANTAGES} failure domains"
        return f"only {seen_from} can see whether {order.center} serves ({', '.join(told) or 'none asked'})"
    # Whoever sees it serve is believed, a blind one too: silence from there is no evidence, an answer is.
    serving = [
        f"{result.url} from {seen.vantage}" for seen in sightings for result in seen.results if result.serves
    ]
    if serving:
        return f"{order.name} says it is done, but {order.center} still serves: {', '.join(serving)}"
    if order.lives == order.center:
        return f"{order.name} lives in {order.center} itself: its word is not enough"
    return None


def _why_not_counted(seen: Sighting, fenced: str) -> str | None:
    """Why the word of a vantage point does not count, or None."""
    if seen.error:
        return seen.error
    if seen.blind:
        return "blind"
    if fenced in (seen.failure_domain, seen.vantage):
        return f"stands in {fenced} itself"
    return None if seen.results else "looked at nothing: the plan's seen_by is empty"
