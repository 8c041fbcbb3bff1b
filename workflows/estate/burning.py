"""One-time codes that reach an Estate by mistake: burnt like everywhere else, for a history has them (law 13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.scenario.proving import check_codes

with workflow.unsafe.imports_passed_through():
    from activities.code_words import digests_in
    from activities.models.codes import STEP_S, SaidCodes
    from workflows.estate.state import EstateState
    from workflows.plan import PlanSnapshot
    from workflows.run.claims import Item
    from workflows.run.messages import LONGEST
    from workflows.run.proofs import BATCH, MOST_SEEN

PACE_S = 1.0  # between two batches: a flood must not become a flood of activities


class Burning:
    """What is still to be burnt is the state's: the next run of the Estate goes on with it."""

    def __init__(self, state: EstateState, remark: Callable[[str], None]) -> None:
        self._state = state
        self._remark = remark
        self._task: asyncio.Task[None] | None = None

    def see(self, payloads: Iterable[bytes], at: float) -> None:
        """Whatever somebody sent; `at` is when it came, seconds since the epoch."""
        known = {(code, int(one.at // STEP_S)) for one in self._state.unburnt for code in one.codes}
        found = [code for data in payloads for code in digests_in(data[:LONGEST])]
        fresh = [code for code in dict.fromkeys(found) if (code, int(at // STEP_S)) not in known]
        if fresh and len(self._state.unburnt) < MOST_SEEN:
            self._state.unburnt = [*self._state.unburnt, SaidCodes(codes=fresh, at=at)]
        self.go_on()

    def go_on(self) -> None:
        if self._state.unburnt and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._burn())

    async def _burn(self) -> None:
        while batch := self._state.unburnt[:BATCH]:
            secrets = _secrets(self._state)
            try:
                if secrets:
                    items = [Item(said) for said in batch]
                    await check_codes(self._state.estate, items, secrets, f"burn {len(batch)} codes")
            except ActivityError as error:
                self._remark(f"codes that were sent here are not burnt yet: {error.cause}")
            else:
                self._state.unburnt = self._state.unburnt[len(batch) :]
            await asyncio.sleep(PACE_S)


def _secrets(state: EstateState) -> dict[str, str]:
    if not state.plan_data:
        return {}
    return PlanSnapshot(hash=state.plan_hash, data=state.plan_data).plan().code_secrets
