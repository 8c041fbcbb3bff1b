"""A limit for calls that block and cannot be cancelled: stores and archives of other people's libraries."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from starter.errors import Refused

T = TypeVar("T")


def within(seconds: float, act: Callable[[], T], silence: str) -> T:
    """What `act` gives or raises; Refused(`silence`) when it takes longer.

    The thread is a daemon: one that hangs does not keep the program from ending.
    """
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(act())
        except BaseException as error:  # it is raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise Refused(silence)
    return answers[0]
