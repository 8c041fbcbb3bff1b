"""Questions to the person at the terminal, and who that person is."""

from __future__ import annotations

import getpass
import sys

from starter.errors import Refused, WrongUsage


def person(given: str | None, what_for: str) -> str:
    """The name of `--as` or MUSTER_USER; WrongUsage without one.

    There is no default: the name of a login is not a person of the plan.
    """
    from starter.settings import Settings

    name = (Settings().user if given is None else given).strip()
    if not name:
        raise WrongUsage(f"{what_for} needs a person: say who you are with --as NAME or MUSTER_USER=NAME")
    if not name.isprintable() or len(name) > 80:
        raise WrongUsage("the name of --as or MUSTER_USER is no name: write it as the plan spells it")
    return name


def confirm(question: str, *, yes: bool) -> None:
    """Ask y/N. Refused on anything but yes; WrongUsage at once where nobody can answer."""
    if yes:
        return
    if not can_ask():
        raise WrongUsage(f"{question} There is no terminal to ask at: add --yes")
    answer = input(f"{question} [y/N] ").strip().lower()
    if answer not in ("y", "yes"):
        raise Refused("not done: the answer was no")


def hidden(question: str) -> str:
    """What a person types and nobody sees. Where stdin is no terminal, its next line; WrongUsage when there is none."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{question} ").strip()
    given = sys.stdin.readline().strip()
    if not given:
        raise WrongUsage(f"{question} nothing was given; type it at a terminal, or give it on stdin")
    return given


def can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
