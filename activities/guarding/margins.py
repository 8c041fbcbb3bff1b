"""How long after its lease a guard may still be closing its writer: what a margin must cover (law 1). Pure."""

from __future__ import annotations

import math

from activities.guarding.words import ALIVE_S

TRUSTED_S = 300.0  # after so long without an answer two clocks may have drifted apart: a guard is asked anew
# Until it sees that its lease is over: one whose pace was slower when heard last does not count.
PACE_S = ALIVE_S
DRIFT = 0.002  # of two clocks against each other: a system's time service turns each by up to 0.0005


def least_margin(after_s: float, close_s: float, *, has_kill: bool) -> int:
    """Seconds: its pace, a close that hangs until it is ended, then its kill; and what two clocks differ by.

    A lease is reckoned from an answer that is up to TRUSTED_S old. After that time a writer is open only if `close`
    (without `kill`) did not close it, or if neither did.
    """
    closing = PACE_S + close_s * (2 if has_kill else 1)
    return math.ceil(closing + DRIFT * (TRUSTED_S + after_s + closing))
