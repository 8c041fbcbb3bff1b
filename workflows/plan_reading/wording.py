"""Validation errors in words: what is wrong; what is right."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic_core import ErrorDetails

from workflows.plan.people import ways_of_silence
from workflows.plan.problems import shown, unknown

from .shape import example_of, is_needed, keys_of, kind_at


def words_for(error: ErrorDetails) -> str:
    """One sentence for one error of pydantic; its own text is for programmers."""
    say = _WORDS.get(error["type"], _other)
    if error["input"] is None and say in (_no_text, _wrong_kind, _no_choice):
        right = f"write {example_of(kind_at(error['loc']))}"
        return f"it is empty; {right}" + ("" if is_needed(error["loc"]) else ", or leave the key out")
    return say(error)


def _missing(error: ErrorDetails) -> str:
    return f"{error['loc'][-1]} is missing; add {error['loc'][-1]}: {example_of(kind_at(error['loc']))}"


def _unknown_key(error: ErrorDetails) -> str:
    return unknown("key", error["loc"][-1], keys_of(kind_at(error["loc"][:-1])))


def _no_text(error: ErrorDetails) -> str:
    value = error["input"]
    if isinstance(value, bool | int | float):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        kind = "true or false" if isinstance(value, bool) else "a number"
        return f'{text} is read as {kind}, text is needed; write "{text}" in quotes'
    return _wrong_kind(error)


def _wrong_kind(error: ErrorDetails) -> str:
    value = error["input"]
    names = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    found = names.get(type(value), type(value).__name__)
    what = f"{shown(value)} is {found}" if not isinstance(value, dict | list) else f"this is {found}"
    return f"{what}; write {example_of(kind_at(error['loc']))}"


def _no_choice(error: ErrorDetails) -> str:
    choices = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    if not isinstance(error["input"], str) or not choices:
        return f"{shown(error['input'])} is not allowed; write {example_of(kind_at(error['loc']))}"
    return unknown("value", error["input"], _fitting(error["loc"], choices))


def _fitting(loc: tuple[int | str, ...], choices: list[str]) -> list[str]:
    """One type serves all gates; what is told is right at this one."""
    if len(loc) == 3 and loc[0] == "gates" and loc[2] == "otherwise":
        return list(ways_of_silence(str(loc[1])))
    return choices


def _own(error: ErrorDetails) -> str:
    return str(error.get("ctx", {}).get("error", error["msg"]))


def _other(error: ErrorDetails) -> str:
    return f"{shown(error['input'])} is not right; write {example_of(kind_at(error['loc']))}"


_WORDS: dict[str, Callable[[ErrorDetails], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "string_type": _no_text,
    "int_type": _wrong_kind,
    "bool_type": _wrong_kind,
    "list_type": _wrong_kind,
    "dict_type": _wrong_kind,
    "model_type": _wrong_kind,
    "model_attributes_type": _wrong_kind,
    "literal_error": _no_choice,
    "value_error": _own,
}
