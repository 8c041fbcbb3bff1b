"""Arguments and options that several commands share; a dataclass of them is what one kind of command takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # a command imports what it needs when it runs
    from starter.run_ref import RunRef
    from starter.voices import Speaker

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


@dataclass(frozen=True, kw_only=True)
class Speaking:
    """What everybody says with whatever they ask for."""

    reason: NeededReason
    by: As = None
    profile: Profile = None
    json: Json = False

    def person(self, what_for: str) -> str:
        """Who speaks. WrongUsage when nobody is named."""
        from starter.asking import person

        return person(self.by, what_for)


@dataclass(frozen=True, kw_only=True)
class ToRun(Speaking):
    """What everybody says who speaks to a run."""

    run: RunName
    run_id: RunId = None
    yes: Yes = False

    def addressed(self, what_for: str) -> tuple[RunRef, Speaker]:
        """Whom it is for, and who speaks. WrongUsage when it names no run or nobody."""
        from starter.run_ref import parse_run
        from starter.voices import Speaker

        ref = parse_run(self.run, self.run_id)
        return ref, Speaker(self.person(what_for), self.reason, self.yes, self.json)


@dataclass(frozen=True, kw_only=True)
class ToRunBriefly(ToRun):
    """Where a reason is welcome and not needed."""

    reason: Reason = ""
