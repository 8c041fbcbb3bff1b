"""The index of a run's folder: what belongs to it, with digests. Kept for years: fields are added, never renamed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import Field

from activities.models import Value

RECORD = "record.json"
INDEX = "index.json"


def digest_of(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Ending(Value):
    """How the server says that a run closed. `status`: completed, failed, canceled, terminated, timed out, continued.

    `by`: the identity that its client gave itself, a hint and no proof. `next_run`: where a continued one goes on.
    """

    status: str
    at: float
    by: str = ""
    reason: str = ""
    next_run: str = ""


class KeptFile(Value):
    path: str  # below the run's folder
    sha256: str
    size: int  # bytes


class KeptRun(Value):
    """One history. `why`: run, child of it, or an earlier run that it goes on from."""

    workflow_id: str
    run_id: str
    kind: str  # the workflow's type
    why: str  # run, child, earlier
    events: int
    started_at: float
    ending: Ending
    path: str


class Index(Value):
    """`missing`: runs that belong to it and that the server no longer kept at the export."""

    workflow_id: str
    run_id: str
    ending: Ending
    files: list[KeptFile]
    runs: list[KeptRun] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)

    def digest(self, path: str) -> str | None:
        return next((file.sha256 for file in self.files if file.path == path), None)
