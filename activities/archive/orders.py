"""What the activities of the archive take and give. Stored in histories."""

from __future__ import annotations

from pydantic import Field, JsonValue

from activities.models import Value
from activities.models.estate import Obligation


def folder_of(workflow_id: str, run_id: str) -> str:
    """The name of a run's folder: ESTATE/SCENARIO/RUN_ID."""
    return f"{workflow_id}/{run_id}"


class ArchiveOrder(Value):
    """`record` is the run's record as JSON. `name`: the run's folder."""

    name: str
    record: dict[str, JsonValue]


class Kept(Value):
    """Where a record lies, and its SHA-256."""

    path: str
    digest: str


class ExportOrder(Value):
    """A run that has closed. `run_id` "": the newest of its id.

    `undone`: obligations of the run that nobody has cleared; they stand in the record of a run that could not write
    its own.
    """

    workflow_id: str
    run_id: str = ""
    undone: list[Obligation] = Field(default_factory=list)


class Exported(Value):
    """`name`: the run's folder. `digest`: of its record, `seal`: of its index. `already`: it was whole before."""

    name: str
    digest: str
    already: bool = False
    seal: str = ""
