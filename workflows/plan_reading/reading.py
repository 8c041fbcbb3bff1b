"""Reading a plan strictly, and finding as much as can be found in one go."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workflows.plan import Plan
from workflows.plan.problems import Path, Problem, nearest
from workflows.plan_checks import problems_of

from .shape import is_named, keys_of, kind_at
from .wording import words_for

_STAND_IN: dict[str, object] = {"estate": "x", "objectives": {"rto": "1h", "rpo": "1h"}, "gates": {}}
"""For a missing section that nothing else refers to, so that the others are cross-checked all the same."""

_ROUNDS = 20


@dataclass(frozen=True)
class Reading:
    """A plan, or what is wrong with it: `plan` is None exactly when there are problems."""

    plan: Plan | None
    problems: list[Problem] = field(default_factory=list)


def read_plan(data: object) -> Reading:
    """Read what people wrote: unknown keys are problems, and so is what the cross-checks find.

    Single wrong values are set aside and the rest is cross-checked, so that all problems come at once;
    what the cross-checks would only say because of the gap is left out.
    """
    try:
        plan = Plan.model_validate(data, extra="forbid")
    except ValidationError as error:
        errors = error.errors(include_url=False)
        found = [Problem(written_path(data, e["loc"]), words_for(e)) for e in _told(errors)]
        return Reading(None, [*found, *_beside(data, errors)])
    problems = [Problem(_told_path(data, p.path), p.text) for p in problems_of(plan)]
    return Reading(None if problems else plan, problems)


def _told(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without those for a key that only seems to be missing, because it is misspelt."""
    misspelt = {(*e["loc"][:-1], _meant(e["loc"])) for e in errors if e["type"] == "extra_forbidden"}
    return [e for e in errors if e["type"] != "missing" or e["loc"] not in misspelt]


def written_path(data: object, loc: Sequence[str | int]) -> Path:
    """Where the place of an error is in the data: short forms have no keys for what they are short for."""
    path: list[str | int] = []
    for key in loc:
        inside = _get(data, key)
        if inside is not _NOTHING:
            path.append(key)
            data = inside
    return tuple(path)


def _told_path(data: object, path: Path) -> Path:
    """A path as far as it is written: what is left out keeps its key, what is inside of a short form has none."""
    for number, key in enumerate(path):
        if not isinstance(data, dict | list):
            return path[:number] if data is not _NOTHING else path
        data = _get(data, key)
    return path


_NOTHING = object()


def _get(data: object, key: str | int) -> object:
    if isinstance(data, dict):
        return data.get(key, _NOTHING)
    if isinstance(data, list) and isinstance(key, int) and key < len(data):
        return data[key]
    return _NOTHING


def _beside(data: object, errors: list[ErrorDetails]) -> list[Problem]:
    """What the cross-checks find beside the errors."""
    if not isinstance(data, dict):
        return []
    tree: dict[str, Any] = copy.deepcopy(data)
    gaps: list[Path] = []
    for _ in range(_ROUNDS):
        if not _set_aside(tree, errors, gaps):
            return []
        try:
            plan = Plan.model_validate(tree, extra="forbid")
        except ValidationError as error:
            errors = error.errors(include_url=False)
            continue
        found = [problem for problem in problems_of(plan) if not _comes_of(problem, gaps)]
        return [Problem(_told_path(tree, problem.path), problem.text) for problem in found]
    return []


def _set_aside(tree: dict[str, Any], errors: list[ErrorDetails], gaps: list[Path]) -> bool:
    """Take what is wrong out of the tree; False where that would leave nothing to check."""
    for error in errors:
        if error["type"] == "extra_forbidden":
            _rename(tree, error["loc"])
    paths: set[Path] = set()
    for error in errors:
        path = written_path(tree, error["loc"])
        key = str(error["loc"][-1]) if error["loc"] else ""
        if error["type"] == "extra_forbidden" or (
            error["type"] == "missing" and len(path) == len(error["loc"])
        ):
            continue
        if not path and (error["type"] != "missing" or key not in _STAND_IN):
            return False
        if not path:
            tree[key] = _STAND_IN[key]
            gaps.append((key,))
        else:
            paths.add(path)
    for path in sorted(paths, key=lambda path: [str(part).zfill(9) for part in path], reverse=True):
        _take_out(tree, path)
    gaps += paths
    return True


def _rename(tree: Any, loc: Sequence[str | int]) -> None:
    """An unknown key as the key that was probably meant, or gone."""
    for key in written_path(tree, loc[:-1]):
        tree = _get(tree, key)
    value = tree.pop(loc[-1])
    meant = _meant(loc)
    if meant is not None:
        tree.setdefault(meant, value)


def _meant(loc: Sequence[str | int]) -> str | None:
    """The key that an unknown one was probably meant to be."""
    return nearest(str(loc[-1]), keys_of(kind_at(loc[:-1])))


def _take_out(tree: Any, path: Path) -> None:
    for key in path[:-1]:
        tree = _get(tree, key)
    if isinstance(tree, dict):
        tree.pop(path[-1], None)
    elif isinstance(tree, list) and isinstance(path[-1], int) and path[-1] < len(tree):
        tree.pop(path[-1])


def _comes_of(problem: Problem, gaps: Iterable[Path]) -> bool:
    """Whether a cross-check may speak only because something was set aside."""
    for gap in gaps:
        if gap[: len(problem.path)] == problem.path:
            return True
        if isinstance(gap[-1], int) and problem.path[: len(gap) - 1] == gap[:-1]:
            return True  # the places of a list have moved
        if is_named(gap) and re.search(rf"(?<![\w-]){re.escape(str(gap[-1]))}(?![\w-])", problem.text):
            return True
    return False
