"""What a command ends with when it cannot do what was asked: one line on stderr, and an exit code."""

from __future__ import annotations


class Refused(Exception):
    """One line: what is wrong and what to do. The command ends with 1."""

    exit_code = 1


class WrongUsage(Refused):
    """The command was called in a way that it does not know. It ends with 2."""

    exit_code = 2


class NoWorker(Refused):
    """Temporal answers, but nobody works for the run."""


class NoServer(Refused):
    """Temporal itself does not answer."""


class NoSuchRun(Refused):
    """No run of that id is kept at the server."""
