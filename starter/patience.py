"""Waiting that ends: a limit for calls that cannot be cancelled, and a pause that Ctrl-C always ends."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Self, TypeVar

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


class Interruptible:
    """A loop that follows something until Ctrl-C.

    Where an interrupt is raised in somebody's callback or destructor, Python drops it and the program goes on for
    ever. So it is also noted, and raised again by the next pause.
    """

    def __enter__(self) -> Self:
        self._is_interrupted = False
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def pause(self, seconds: float) -> None:
        """Raises KeyboardInterrupt when there was one since the loop began."""
        if not self._is_interrupted:
            time.sleep(seconds)
        if self._is_interrupted:
            raise KeyboardInterrupt

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._is_interrupted = True
        raise KeyboardInterrupt
