"""Commands for one held step, of a run or of one of its child runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from starter.commands.expanding import expanded
from starter.commands.options import StepName, ToRun, ToRunBriefly

LONGEST_COMMAND = 4000  # letters, as the runs read them


def _command(text: str | None) -> str | None:
    """WrongUsage for one that no run takes."""
    from starter.errors import WrongUsage

    if text is not None and not (text.strip() and text.isprintable() and len(text) <= LONGEST_COMMAND):
        raise WrongUsage(f"--command is one line of at most {LONGEST_COMMAND} letters, and not empty")
    return text


@expanded
def retry(
    to: ToRunBriefly,
    step: StepName,
    command: Annotated[
        str | None,
        typer.Option("--command", help="run this instead; it stands in the report", callback=_command),
    ] = None,
) -> None:
    """Try a held step again; of a component with another command than the plan has, when one is given.

    Example: muster retry hanbit-bank/declaration start-was@was-1 --as ops
    """
    _send("retry", to, step, command)


def _order(verb: str, promise: str) -> Callable[..., None]:
    """The command that gives an order about a held step, with a reason. `promise`: its help."""

    def order(to: ToRun, step: StepName) -> None:
        _send(verb, to, step)

    order.__name__, order.__doc__ = verb, promise
    return expanded(order)


skip = _order(
    "skip",
    """Go on without a held step: it is not done. Safety steps cannot be skipped.

    Example: muster skip hanbit-bank/declaration start-web@web-1 --reason "the machine is gone" --as ops
    """,
)
force = _order(
    "force",
    """Go on as if a held step had succeeded, whatever its check says. Safety steps cannot be forced.

    Example: muster force hanbit-bank/declaration start-web@web-1 --reason "its check is wrong" --as ops
    """,
)
confirm = _order(
    "confirm",
    """A held step was done by hand: the run looks, and goes on when it sees it.

    Example: muster confirm hanbit-bank/declaration start-web@web-1 --reason "started on the console" --as ops
    """,
)
override = _order(
    "override",
    """Ask two people of the plan to let a held safety step be; they approve or reject.

    Example: muster override hanbit-bank/declaration fence-seoul --reason "the building burns" --as ops
    """,
)


def _send(verb: str, to: ToRun, step: str, command: str | None = None) -> None:
    from starter import voices
    from starter.client import run_with

    ref, speaker = to.addressed(f"{verb} {step}")
    run_with(to.profile, lambda temporal: voices.order_step(temporal, ref, verb, step, speaker, command))
