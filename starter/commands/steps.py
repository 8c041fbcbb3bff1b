"""Commands for one held step, of a run or of one of its child runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from starter.commands.options import (
    As,
    Json,
    NeededReason,
    Profile,
    Reason,
    RunId,
    RunName,
    StepName,
    Yes,
)


def retry(
    run: RunName,
    step: StepName,
    reason: Reason = "",
    command: Annotated[
        str | None, typer.Option("--command", help="run this instead; it stands in the report")
    ] = None,
    by: As = None,
    yes: Yes = False,
    run_id: RunId = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """Try a held step again; of a component with another command than the plan has, when one is given.

    Example: muster retry hanbit-bank/declaration start-was@was-1 --as ops
    """
    _send("retry", run, step, run_id, by, reason, yes, profile, json, command)


def _order(verb: str, promise: str) -> Callable[..., None]:
    """The command that gives an order about a held step, with a reason. `promise`: its help."""

    def order(
        run: RunName,
        step: StepName,
        reason: NeededReason,
        by: As = None,
        yes: Yes = False,
        run_id: RunId = None,
        profile: Profile = None,
        json: Json = False,
    ) -> None:
        _send(verb, run, step, run_id, by, reason, yes, profile, json)

    order.__name__, order.__doc__ = verb, promise
    return order


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


def _send(
    verb: str,
    run: str,
    step: str,
    run_id: str | None,
    by: str | None,
    reason: str,
    yes: bool,
    profile: str | None,
    as_json: bool,
    command: str | None = None,
) -> None:
    from starter import voices
    from starter.asking import person
    from starter.client import run_with
    from starter.run_ref import parse_run

    ref = parse_run(run, run_id)
    speaker = voices.Speaker(person(by, f"{verb} {step}"), reason, yes, as_json)
    run_with(profile, lambda temporal: voices.order_step(temporal, ref, verb, step, speaker, command))
