"""What all parts of a plan share: how a written value becomes a model."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Whole = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class Written(BaseModel):
    """A frozen part of a plan.

    The same models are read from two places. What people write is validated by `plan_reading.read_plan`, with
    `extra="forbid"` for the whole tree; what a history holds (snapshots, slices) is validated without it, so
    that an old plan still loads in a newer worker.
    """

    model_config = ConfigDict(
        frozen=True, validate_by_alias=True, validate_by_name=True, serialize_by_alias=True
    )


def short_form(value: object, key: str) -> object:
    """A plain string as `{key: string}`; anything else as it is."""
    return {key: value} if isinstance(value, str) else value
