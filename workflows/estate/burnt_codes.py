"""Codes that were seen, kept by the Estate: none counts twice, in no gate, no run, after no reset (law 13).

A person has one code for each time step, so person and step name it and hold nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from activities.models.codes import STEP_S, TOLERANCE, Burn, Burnt

KEPT = 64  # steps of each person; what is older than all of them counts as seen
AHEAD = TOLERANCE + 1  # steps of a device that is ahead, seen by a server whose clock is behind
OLDEST = 24 * 3600 // STEP_S  # steps for which a voice may wait until somebody can verify it


class BurntCodes(BaseModel):
    """`uses`: person -> step -> the use that burnt it. `known_from`: the first step of which all uses are known."""

    uses: dict[str, dict[int, str]] = Field(default_factory=dict)
    known_from: int = 0  # 0: of an Estate that has not begun

    def begin_anew(self, at: float) -> None:
        """An Estate before this one may have burnt every code that could be used until now (seconds since the epoch).

        The newest of them is of a device that is ahead. Nobody is kept out for longer than two steps of time.
        """
        self.known_from = int(at // STEP_S) + TOLERANCE + 1

    def burn(self, burns: Sequence[Burn], at: float) -> list[Burnt]:
        """What was known of each, in order. Asked again for the same use the answer is the same.

        `at`: now, seconds since the epoch. A step that no message of now can be about is not kept: it would push out
        those of a person's real codes.
        """
        now = int(at // STEP_S)
        return [self._burn(one) if now - OLDEST <= one.step <= now + AHEAD else Burnt.SEEN for one in burns]

    def _burn(self, one: Burn) -> Burnt:
        seen = self.uses.get(one.person, {})
        if one.step in seen and seen[one.step] != one.use:
            return Burnt.SEEN
        if one.step not in seen:
            if len(seen) >= KEPT and one.step < min(seen):
                return Burnt.SEEN
            newest = sorted({**seen, one.step: one.use}.items())[-KEPT:]
            self.uses = {**self.uses, one.person: dict(newest)}
        return Burnt.FORGOTTEN if one.step < self.known_from else Burnt.FRESH
