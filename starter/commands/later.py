"""Commands that the design names and that are not there yet: they say so, and end with 2."""

from __future__ import annotations

import typer

LATER = (
    "init",
    "check",
    "runbook",
    "preflight",
    "schedule",
)
ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}


def not_yet(context: typer.Context) -> None:
    """Not yet there."""
    from starter.errors import WrongUsage

    raise WrongUsage(f"muster {context.info_name} is not yet there; `muster --help` shows what is")
