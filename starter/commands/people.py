"""Commands by which people speak to a whole run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from starter.commands.options import As, GateName, Json, NeededReason, Profile, Reason, RunId, RunName, Yes


def decide(
    run: RunName,
    severity: Annotated[str, typer.Argument(metavar="critical|major|minor", show_default=False)],
    reason: NeededReason,
    by: As = None,
    yes: Yes = False,
    run_id: RunId = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """The severity decision: critical declares, major asks again after a time, minor stands down.

    Example: muster decide hanbit-bank/declaration critical --reason "no vantage point sees it" --as lee
    """
    from starter.errors import WrongUsage
    from workflows.messages import Severity

    if severity not in list(Severity):
        raise WrongUsage(f"severity {severity!r} is none of {', '.join(Severity)}")
    _speak("decide", run, run_id, by, reason, yes, profile, json, severity)


def approve(
    run: RunName,
    reason: Reason = "",
    gate: GateName = None,
    by: As = None,
    yes: Yes = False,
    run_id: RunId = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """Yes at the gate that is open, after its evidence was shown.

    Example: muster approve hanbit-bank/declaration --as kim
    """
    _speak("approve", run, run_id, by, reason, yes, profile, json, gate=gate)


def reject(
    run: RunName,
    reason: NeededReason,
    gate: GateName = None,
    by: As = None,
    yes: Yes = False,
    run_id: RunId = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """No at the gate that is open.

    Example: muster reject hanbit-bank/declaration --reason "seoul is back" --as kim
    """
    _speak("reject", run, run_id, by, reason, yes, profile, json, gate=gate)


def _pause(verb: str, promise: str) -> Callable[..., None]:
    """The command that lets a run wait or go on. `promise`: its help."""

    def pause(
        run: RunName,
        reason: Reason = "",
        by: As = None,
        yes: Yes = False,
        run_id: RunId = None,
        profile: Profile = None,
        json: Json = False,
    ) -> None:
        _order(verb, run, run_id, by, reason, yes, profile, json)

    pause.__name__, pause.__doc__ = verb, promise
    return pause


hold = _pause(
    "hold",
    """Stop a run before its next step, its child runs too.

    Example: muster hold hanbit-bank/declaration --reason "wait for the DBA" --as ops
    """,
)
resume = _pause(
    "resume",
    """Let a run go on that an operator holds.

    Example: muster resume hanbit-bank/declaration --as ops
    """,
)


def abort(
    run: RunName,
    reason: NeededReason,
    by: As = None,
    yes: Yes = False,
    run_id: RunId = None,
    profile: Profile = None,
    json: Json = False,
) -> None:
    """End a run as far as it can be undone: before the fence stand down, after it lift the fence by an approval.

    Example: muster abort hanbit-bank/declaration --reason "false alarm" --as ops
    """
    _order("abort", run, run_id, by, reason, yes, profile, json)


def _speak(
    verb: str,
    run: str,
    run_id: str | None,
    by: str | None,
    reason: str,
    yes: bool,
    profile: str | None,
    as_json: bool,
    severity: str | None = None,
    gate: str | None = None,
) -> None:
    from starter import voices
    from starter.asking import person
    from starter.client import run_with
    from starter.run_ref import parse_run

    ref = parse_run(run, run_id)
    speaker = voices.Speaker(person(by, verb), reason, yes, as_json)
    run_with(profile, lambda temporal: voices.speak(temporal, ref, verb, speaker, severity, gate))


def _order(
    verb: str,
    run: str,
    run_id: str | None,
    by: str | None,
    reason: str,
    yes: bool,
    profile: str | None,
    as_json: bool,
) -> None:
    from starter import voices
    from starter.asking import person
    from starter.client import run_with
    from starter.run_ref import parse_run

    ref = parse_run(run, run_id)
    speaker = voices.Speaker(person(by, verb), reason, yes, as_json)
    run_with(profile, lambda temporal: voices.order(temporal, ref, verb, speaker))
