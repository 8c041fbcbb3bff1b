"""How a command takes all options of a kind at once: they are written down in one place, a dataclass."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints


def expanded(act: Callable[..., None]) -> Callable[..., None]:
    """`act` as it is typed: each parameter that is a dataclass of options stands for all of its fields."""
    hints = get_type_hints(act, include_extras=True)
    own = inspect.signature(act).parameters
    kinds: dict[str, type[Any]] = {name: hints[name] for name in own if is_dataclass(hints.get(name))}

    def command(**typed: Any) -> None:
        for name, kind in kinds.items():
            typed[name] = kind(**{field.name: typed.pop(field.name) for field in fields(kind)})
        act(**typed)

    parameters = [
        shown
        for name in own
        for shown in (_of(kinds[name]) if name in kinds else [own[name].replace(annotation=hints[name])])
    ]
    command.__name__, command.__doc__, command.__module__ = act.__name__, act.__doc__, act.__module__
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    )
    return command


def _of(kind: type[Any]) -> Iterator[inspect.Parameter]:
    """Its fields as parameters, in their order."""
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        yield inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]
        )
