"""What a plan may hold at a place: the models, walked by the paths of their errors."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel

from workflows.plan import Act, CheckSpec, Plan

Kind = Any
"""A type annotation, without Annotated and None."""


_SHORT: dict[Kind, str] = {Act: "COMMAND", CheckSpec: "tcp://{host}:PORT"}


def kind_at(path: Sequence[str | int]) -> Kind | None:
    """What may stand at a path of a validation error; None where the plan has no such place."""
    kind: Kind | None = Plan
    for key in path:
        kind = _inside(kind, key)
    return kind


def keys_of(kind: Kind | None) -> list[str]:
    """The keys that a model knows, as they are written."""
    return [field.alias or name for name, field in kind.model_fields.items()] if _is_model(kind) else []


def is_named(path: Sequence[str | int]) -> bool:
    """Whether the last key of a path is a name that somebody chose."""
    return bool(path) and get_origin(kind_at(path[:-1])) is dict


def is_needed(path: Sequence[str | int]) -> bool:
    """Whether a key must be there."""
    kind = kind_at(path[:-1]) if path else None
    return (
        not _is_model(kind)
        or str(path[-1]) not in kind.model_fields
        or kind.model_fields[str(path[-1])].is_required()
    )


def example_of(kind: Kind | None) -> str:
    """How something of a kind is written."""
    if kind in _SHORT:
        return _SHORT[kind]
    if _is_model(kind):
        needed = [field.alias or name for name, field in kind.model_fields.items() if field.is_required()]
        return "{" + ", ".join(f"{name}: …" for name in needed) + "}"
    if get_origin(kind) is Literal:
        return " or ".join(str(choice) for choice in get_args(kind))
    examples: dict[Any, str] = {
        str: "TEXT",
        int: "NUMBER",
        float: "30s",
        bool: "true or false",
        list: "[…]",
        dict: "{NAME: …}",
    }
    return examples.get(get_origin(kind) or kind, "…")


def _inside(kind: Kind | None, key: str | int) -> Kind | None:
    if _is_model(kind):
        fields = {name: field.annotation for name, field in kind.model_fields.items()}
        fields |= {field.alias: field.annotation for field in kind.model_fields.values() if field.alias}
        return _bare(fields.get(str(key)))
    parts = get_args(kind)
    return _bare(parts[-1]) if get_origin(kind) in (dict, list) and parts else None


def _bare(kind: Kind | None) -> Kind | None:
    while get_origin(kind) in (Annotated, types.UnionType, Union):
        kind = next(part for part in get_args(kind) if part is not types.NoneType)
    return kind


def _is_model(kind: Kind | None) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
