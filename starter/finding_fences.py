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

    `active`: centers where services live, by the record that is about to be made.
    """
    for center in sorted({*fenced, *unfenced}):
        if center in _open(answer) and center in fenced:
            return f"{center} is not fenced, {_open(answer)[center]}: leave --fenced {center} out"
        if center in _closed(answer) and center in unfenced:
            return f"{center} is fenced, {_closed(answer)[center]}: leave --not-fenced {center} out"
    for center, silence in _unknown(answer).items():
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


def _closed(answer: SurveyAnswer) -> dict[str, str]:
    """By the word of a device that stops writers."""
    found = [one for one in answer.fences if one.fenced and one.stops == "writers"]
    return {one.center: f"{one.device} is closed by its own word" for one in found}


def _open(answer: SurveyAnswer) -> dict[str, str]:
    """Data takes writes there, or every device that stops writers says that it is open."""
    writers = [one for one in answer.fences if one.stops == "writers"]
    unsure = {one.center for one in writers if one.fenced is not False}
    found = {
        one.center: "its devices are open by their own word" for one in writers if one.center not in unsure
    }
    return found | {side.center: f"{side.label} takes writes there" for side in answer.sides if side.writable}


def _unknown(answer: SurveyAnswer) -> dict[str, str]:
    silent: dict[str, list[str]] = {}
    for one in answer.fences:
        if one.stops == "writers" and one.fenced is None:
            silent.setdefault(one.center, []).append(f"{one.device} does not answer ({one.error})")
    known = {*_closed(answer), *_open(answer)}
    return {center: listed(lines) for center, lines in sorted(silent.items()) if center not in known}
