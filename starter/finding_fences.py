"""Which centers of a lost estate are fenced: by their devices, by what takes writes, by an operator's word. Pure."""

from __future__ import annotations

from collections.abc import Collection

from starter.console import listed
from workflows.survey import SurveyAnswer

FOUND = "found closed when the estate was rebuilt"
SAID = "said to be fenced when the estate was rebuilt, by an operator: no device could tell"


def why_fences_not_known(
    answer: SurveyAnswer, fenced: Collection[str], unfenced: Collection[str], active: Collection[str] = ()
) -> str | None:
    """Silence is neither fenced nor open (law 2): somebody looks and says it. What is missing or wrong, or None.

    Guards and people close a center too, with its devices open: only what takes writes speaks against a fence.
    `active`: centers where services live, by the record that is about to be made.
    """
    for center in sorted({*fenced, *unfenced}):
        if center in _writing(answer) and center in fenced:
            return f"{center} is not fenced, {_writing(answer)[center]}: leave --fenced {center} out"
        if center in _closed(answer) and center in unfenced:
            return f"{center} is fenced, {_closed(answer)[center]}: leave --not-fenced {center} out"
    for center, silence in _unknown(answer, active).items():
        if center not in (*fenced, *unfenced):
            return (
                f"nobody knows whether {center} is fenced: {silence}. Look there, then say it: --fenced {center} "
                f"{_has_it(center, active)}, --not-fenced {center} leaves it as it is"
            )
    return None


def fenced_centers(answer: SurveyAnswer, said: Collection[str] = ()) -> dict[str, str]:
    """Those whose fence is owed from now on, and by whose word."""
    return dict(sorted({**dict.fromkeys(said, SAID), **dict.fromkeys(_closed(answer), FOUND)}.items()))


def _has_it(center: str, active: Collection[str]) -> str:
    """What the word of an operator brings. A center that is active is never fenced by its watch (laws 10, 11)."""
    if center in active:
        return (
            "has its fence on the book until a lift or a failback (services live there: opened by hand it is told, "
            "and not closed again)"
        )
    return "has it watched and kept closed until a lift or a failback"


def closed_devices(answer: SurveyAnswer) -> list[str]:
    """`power of seoul`: those that hold a center by their own word."""
    return [f"{one.device} of {one.center}" for one in answer.fences if one.fenced]


def _closed(answer: SurveyAnswer) -> dict[str, str]:
    """By the word of any device: one that stops clients alone is what a lift that broke off leaves."""
    return {
        one.center: f"{one.device} is closed by its own word"
        for one in sorted(answer.fences, key=lambda one: one.stops == "writers")
        if one.fenced
    }


def _writing(answer: SurveyAnswer) -> dict[str, str]:
    return {side.center: f"{side.label} takes writes there" for side in answer.sides if side.writable}


def _unknown(answer: SurveyAnswer, active: Collection[str]) -> dict[str, str]:
    """Centers of which neither a device nor the data says what they are, and why not.

    Where services live, devices that all say that they are open are believed.
    """
    centers = {one.center for one in answer.fences} | {one.center for one in answer.sides}
    known = {*_closed(answer), *_writing(answer)}
    found = {center: _why_unknown(answer, center, center in active) for center in sorted(centers - known)}
    return {center: why for center, why in found.items() if why}


def _why_unknown(answer: SurveyAnswer, center: str, is_active: bool) -> str:
    writers = [one for one in answer.fences if (one.center, one.stops) == (center, "writers")]
    silent = [f"{one.device} does not answer ({one.error})" for one in writers if one.fenced is None]
    if silent or is_active:
        return listed(silent)
    if not writers:
        return "the plan has no device there that stops writers"
    return (
        "its devices are open, but guards or people may have closed it: nothing is seen to take writes there"
    )
