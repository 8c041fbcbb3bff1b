"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="the plan's file", show_default=False)]
RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="ESTATE/SCENARIO, as hanbit-bank/declaration; with #RUNID for one of several",
        show_default=False,
    ),
]
RunId = Annotated[str | None, typer.Option("--run-id", help="one of several runs of this id")]
Profile = Annotated[
    str | None, typer.Option("--profile", help="a profile of temporal.toml (default: TEMPORAL_* variables)")
]
Json = Annotated[bool, typer.Option("--json", help="for machines")]
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="who you are (or MUSTER_USER)")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask, where it would")]
LONGEST_REASON = 2000  # letters, as the runs read them


def _reason(text: str) -> str:
    """WrongUsage for one that no run takes."""
    from starter.errors import WrongUsage

    if len(text) > LONGEST_REASON:
        raise WrongUsage(f"--reason has {len(text)} letters, {LONGEST_REASON} are kept: say it shorter")
    return text


def _needed_reason(text: str) -> str:
    from starter.errors import WrongUsage

    if not text.strip():
        raise WrongUsage("--reason is empty: say why; it stands in the report")
    return _reason(text)


Reason = Annotated[str, typer.Option("--reason", "-r", help="why; it stands in the report", callback=_reason)]
NeededReason = Annotated[
    str,
    typer.Option(
        "--reason", "-r", help="why; it stands in the report", show_default=False, callback=_needed_reason
    ),
]
StepName = Annotated[
    str, typer.Argument(metavar="STEP", help="as `muster show` names it", show_default=False)
]
GateName = Annotated[
    str | None, typer.Option("--gate", metavar="NAME", help="which gate, when several are open")
]
Archive = Annotated[
    str | None, typer.Option("--archive", help="where records are kept (or MUSTER_ARCHIVE)", metavar="PATH")
]
Store = Annotated[
    str | None, typer.Option("--store", help="where outputs are kept (or MUSTER_STORE)", metavar="PATH")
]
Center = Annotated[str | None, typer.Option("--center", help="the lost center, when services live at both")]
Services = Annotated[list[str] | None, typer.Option("--service", help="only this one; may be given again")]
PlanAsIs = Annotated[
    bool, typer.Option("--plan-as-is", help="also when this is not the plan that was applied")
]
