"""When a fence counts as confirmed (law 1). Pure: a reason why not, or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from activities.models import FenceOrder, GuardView, Outcome, RenewerRef, Sighting, StepResult

VANTAGES = 2  # of different failure domains, none of them the fenced center
FRESH = 5.0  # seconds that a confirmation is good for: a drain and a check take one or two
GUARDING = ("armed", "closed")  # what a guard says of itself that stops its writer, or has


def is_young(asked_at: float | None, now: float) -> bool:
    """Whether a confirmation that was asked for then still counts: nothing can have been undone by people since."""
    return asked_at is not None and now - asked_at < FRESH


def why_not_confirmed(order: FenceOrder, device: StepResult, sightings: list[Sighting]) -> str | None:
    """Why a fence is not confirmed: the device's own word *and* two vantage points that see nothing serve."""
    if device.outcome not in (Outcome.DONE, Outcome.ALREADY):
        return f"{order.name} is not confirmed by its device: {device.summary}"
    if reason := why_seen(order.center, sightings, f"{order.name} says it is done"):
        return reason
    if order.lives == order.center:
        return f"{order.name} lives in {order.center} itself: its word is not enough"
    return None


def why_seen(center: str, sightings: list[Sighting], claim: str) -> str | None:
    """Why two vantage points of different failure domains do not bear out that nothing of a center serves."""
    seeing = [seen for seen in sightings if _why_not_counted(seen, center) is None]
    domains = {seen.failure_domain for seen in seeing}
    if len(domains) < VANTAGES:
        told = [f"{seen.vantage}: {_why_not_counted(seen, center) or 'sees'}" for seen in sightings]
        seen_from = f"{len(domains)} of {VANTAGES} failure domains"
        return f"only {seen_from} can see whether {center} serves ({', '.join(told) or 'none asked'})"
    # Whoever sees it serve is believed, a blind one too: silence from there is no evidence, an answer is.
    serving = [
        f"{result.url} from {seen.vantage}" for seen in sightings for result in seen.results if result.serves
    ]
    return f"{claim}, but {center} still serves: {', '.join(serving)}" if serving else None


def why_not_guarded(
    datasets: Sequence[str],
    places: Sequence[str],
    renewers: Sequence[RenewerRef],
    views: Sequence[GuardView],
    silent: Mapping[str, str],
) -> str | None:
    """Why the guards of a center's writers will never count as a fence, or None: then only time is missing.

    Every writer has one, every renewer that its guard would still listen to has stopped, and what each heard last was
    armed, or closed. `renewers`: all that the estate let begin; `silent`: by renewer, why it says nothing.
    """
    if not datasets:
        return "not every writer there has a guard"
    for dataset in datasets:
        of_it = [one for one in views if one.dataset == dataset]
        if of_it and not any(one.answered for one in of_it):
            return f"the guard of {dataset} was never seen armed"
        said: list[tuple[str, str]] = []
        for place in places:
            here = [one for one in renewers if one.place == place]
            heeded = _heeded(place, dataset, here, of_it, silent)
            if isinstance(heeded, str):
                return heeded
            said += [(place, one.answered) for one in heeded if one.answered]
        if not said:
            return f"the guard of {dataset} was never seen armed"
        if bad := [f"{place}: {words}" for place, words in said if words not in GUARDING]:
            return f"the guard of {dataset} was not armed when it was heard last ({', '.join(bad)})"
    return None


def _heeded(
    place: str,
    dataset: str,
    here: Sequence[RenewerRef],
    views: Sequence[GuardView],
    silent: Mapping[str, str],
) -> list[GuardView] | str:
    """What those of a place say whom a guard may still listen to; or why one of them may be renewing it.

    It takes no lease of an older generation than it has told of. Below the oldest that the estate knows there may have
    been others: it keeps so many only, and knows of none before its own beginning.
    """
    stopped = {one.renewer: one for one in views if one.place == place and one.stopped}
    heard = max((one.acknowledged for one in stopped.values()), default=0)
    is_lost = not here or heard < min(one.generation for one in here)
    listening = [one.renewer for one in here if is_lost or one.generation >= heard]
    if missing := [one for one in listening if one not in stopped]:
        why = ", ".join(silent.get(one, "it says nothing of it") for one in missing)
        return f"{place} ({why}) does not say that it stopped renewing the guard of {dataset}: it may do so still"
    if is_lost:
        return f"nobody knows whom at {place} the guard of {dataset} listens to: one may renew it still"
    return [stopped[one] for one in listening]


def guards_due_in(views: Sequence[GuardView]) -> float:
    """Seconds until the last lease that any place may have given is over, margins included."""
    return max((view.due_in_s for view in views), default=0.0)


def _why_not_counted(seen: Sighting, fenced: str) -> str | None:
    """Why the word of a vantage point does not count, or None."""
    if seen.error:
        return seen.error
    if seen.blind:
        return "blind"
    if fenced in (seen.failure_domain, seen.vantage):
        return f"stands in {fenced} itself"
    return None if seen.results else "looked at nothing: the plan's seen_by is empty"
