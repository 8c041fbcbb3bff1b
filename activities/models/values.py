"""What every activity takes and gives: frozen values, and how a step ended."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True)


class Outcome(StrEnum):
    """How a step ended (law 2)."""

    DONE = "done"
    ALREADY = "already"
    SKIPPED = "skipped"
    FORCED = "forced"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_good(self) -> bool:
        """Whether the run may go on without a person."""
        return self in (Outcome.DONE, Outcome.ALREADY, Outcome.SKIPPED, Outcome.FORCED)


class StepResult(Value):
    """What one step on one target did. `summary` is one line for people; `tail` the end of the output."""

    outcome: Outcome
    summary: str
    exit_code: int | None = None
    tail: str = ""
    log: str | None = None  # name of the output in the log store
    seconds: float = 0.0
    settle_seconds: float = 0.0  # the part of `seconds` that was waiting between two confirming looks
