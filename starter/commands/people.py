"""Commands by which people speak to a whole run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from starter.commands.expanding import expanded
from starter.commands.options import GateName, ToRun, ToRunBriefly


@expanded
def decide(
    to: ToRun, severity: Annotated[str, typer.Argument(metavar="critical|major|minor", show_default=False)]
) -> None:
    """The severity decision: critical declares, major asks again after a time, minor stands down.

    Example: muster decide hanbit-bank/declaration critical --reason "no vantage point sees it" --as lee
    """
    from starter.errors import WrongUsage
    from workflows.run.messages import Severity

    if severity not in list(Severity):
        raise WrongUsage(f"severity {severity!r} is none of {', '.join(Severity)}")
    _speak("decide", to, severity=severity)


@expanded
def approve(to: ToRunBriefly, gate: GateName = None) -> None:
    """Yes at the gate that is open, after its evidence was shown.

    Example: muster approve hanbit-bank/declaration --as kim
    """
    _speak("approve", to, gate=gate)


@expanded
def reject(to: ToRun, gate: GateName = None) -> None:
    """No at the gate that is open.

    Example: muster reject hanbit-bank/declaration --reason "seoul is back" --as kim
    """
    _speak("reject", to, gate=gate)


def _pause(verb: str, promise: str) -> Callable[..., None]:
    """The command that lets a run wait or go on. `promise`: its help."""

    def pause(to: ToRunBriefly) -> None:
        _order(verb, to)

    pause.__name__, pause.__doc__ = verb, promise
    return expanded(pause)


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


@expanded
def abort(to: ToRun) -> None:
    """End a run as far as it can be undone: before the fence stand down, after it lift the fence by an approval.

    Example: muster abort hanbit-bank/declaration --reason "false alarm" --as ops
    """
    _order("abort", to)


def _speak(verb: str, to: ToRun, *, severity: str | None = None, gate: str | None = None) -> None:
    from starter import voices
    from starter.client import run_with

    ref, speaker = to.addressed(verb)
    run_with(to.profile, lambda temporal: voices.speak(temporal, ref, verb, speaker, severity, gate))


def _order(verb: str, to: ToRun) -> None:
    from starter import voices
    from starter.client import run_with

    ref, speaker = to.addressed(verb)
    run_with(to.profile, lambda temporal: voices.order(temporal, ref, verb, speaker))
