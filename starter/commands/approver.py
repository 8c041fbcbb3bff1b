"""Commands about those who approve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starter.commands.options import Json, PlanFile

app = typer.Typer(add_completion=False, help="Those who approve, and their one-time codes.")


@app.command()
def enroll(
    person: Annotated[str, typer.Argument(metavar="NAME", help="as the plan spells it", show_default=False)],
    plan: PlanFile,
    secrets: Annotated[
        Path | None,
        typer.Option("--secrets", metavar="DIR", help="of the control worker (or MUSTER_SECRETS)"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="a new secret in the place of an older one, which is void then")
    ] = False,
    json: Json = False,
) -> None:
    """A secret for one-time codes: shown once as a QR code, kept when a first code of it was right.

    Example: muster approver enroll kim hanbit-bank.yaml
    """
    from starter.enrolling import Wishes
    from starter.enrolling import enroll as enroll_person
    from starter.plans import good_plan
    from starter.settings import Settings

    directory = secrets or Settings().secrets
    enroll_person(good_plan(plan).plan, person, Wishes(directory, again=again, as_json=json))
