"""Waiting that ends."""

from __future__ import annotations

import contextlib
import signal
import time

import pytest

from starter.errors import Refused
from starter.patience import Interruptible, within


def test_a_call_that_takes_too_long_is_refused_and_one_that_fails_fails() -> None:
    """Nothing hangs: a store of somebody else's library has a limit."""
    assert within(5, lambda: 7, "silent") == 7
    with pytest.raises(Refused, match="silent"):
        within(0.05, lambda: time.sleep(1), "silent")
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0, "silent")


def test_an_interrupt_that_was_dropped_ends_the_loop_all_the_same() -> None:
    """Ctrl-C ends a loop that follows, also when it was raised where Python drops it."""
    before = signal.getsignal(signal.SIGINT)
    with Interruptible() as loop:
        loop.pause(0)
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            loop.pause(60)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_ends_a_pause_at_once() -> None:
    """Nobody waits for the next look of a loop that is to end."""
    began = time.monotonic()
    with Interruptible() as loop, pytest.raises(KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        handler = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
        try:
            loop.pause(60)
        finally:
            signal.signal(signal.SIGALRM, handler)
    assert time.monotonic() - began < 5
