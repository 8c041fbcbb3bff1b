"""Codes that were seen, kept by the Estate: none counts twice, in no gate, no run, after no reset (law 13).

A person has one code for each time step, so person and step name it and hold nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from activities.models.codes import Burn

KEPT = 64  # steps of each person; what is older than all of them counts as seen


class BurntCodes(BaseModel):
    """`uses`: person -> step -> the use that burnt it."""

    uses: dict[str, dict[int, str]] = Field(default_factory=dict)

    def burn(self, burns: Sequence[Burn]) -> list[bool]:
        """For each whether it was fresh, in order. Asked again for the same use the answer is the same."""
        return [self._burn(one) for one in burns]

    def _burn(self, one: Burn) -> bool:
        seen = self.uses.get(one.person, {})
        if one.step in seen:
            return seen[one.step] == one.use
        if len(seen) >= KEPT and one.step < min(seen):
            return False
        newest = sorted({**seen, one.step: one.use}.items())[-KEPT:]
        self.uses = {**self.uses, one.person: dict(newest)}
        return True
