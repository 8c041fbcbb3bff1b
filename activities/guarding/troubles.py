"""What goes wrong again and again is told once: when it is new, when it changes, and when it is over."""

from __future__ import annotations

import structlog
from temporalio.exceptions import ApplicationError

LONGEST = 200
log = structlog.get_logger()


class Troubles:
    """Of one kind; each is known by what it hinders."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._told: dict[str, str] = {}

    def has(self, what: str, error: Exception) -> None:
        """A warning with one line, when it is not the line of the last time."""
        known = error.message if isinstance(error, ApplicationError) else f"{type(error).__name__}: {error}"
        line = " ".join(known.split())[:LONGEST]
        if self._told.get(what) != line:
            self._told[what] = line
            log.warning(self._event, what=what, error=line)

    def is_over(self, what: str) -> None:
        if self._told.pop(what, ""):
            log.info(f"{self._event}_is_over", what=what)
