"""The write-read proof: a write through the service is read on the promoted side (law 17)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from temporalio import activity

from activities.datasets import Dataset
from activities.errors import BadOrder, ServerUnreachable, SqlFailed
from activities.http_exchange import HttpTrouble, exchange
from activities.models import Outcome, ProofOrder, StepResult

WRITE_S = 5.0
SHORTEST_WRITE_S = 1.0
READ_S = 3.0
POLL_S = 0.1
# Nothing that could end a literal in SQL or change a URL.
SAFE_REF = re.compile(r"[A-Za-z0-9._-]{1,80}")

ELSEWHERE = "the service wrote, but the promoted side does not have it: it writes somewhere else"


class WriteReadProof:
    """Asks the service as its users do, and the data where it must be."""

    def __init__(self, datasets: Mapping[str, Dataset]) -> None:
        self._datasets = datasets

    async def prove(self, order: ProofOrder, delivery: int = 1) -> StepResult:
        """DONE, or FAILED with the reason. Each write has a reference of its own, so none proves another."""
        began = time.monotonic()
        if not SAFE_REF.fullmatch(order.ref):
            raise BadOrder(f"{order.service}: ref may hold letters, digits, dot, - and _ only: {order.ref!r}")
        ref, reason = await self._write(order, f"{order.ref}-{delivery}", began + order.within_s)
        if reason is None:
            reason = await self._why_not_read(order, ref, began + order.within_s)
        if reason is not None:
            return _result(Outcome.FAILED, f"{order.service}: {reason}", began)
        where = f"{order.side.label} at {order.side.center}"
        return _result(Outcome.DONE, f"{order.service}: written through it, read in {where}", began)

    async def _write(self, order: ProofOrder, prefix: str, ends: float) -> tuple[str, str | None]:
        """Again until the service takes it: it has only just been started. The reference of the last write."""
        number = 0
        while True:
            number += 1
            ref = f"{prefix}-{number}"
            reason = await _why_not_written(order, ref, _patience(ends))
            if reason is None or time.monotonic() > ends:
                return ref, reason
            await _pause()

    async def _why_not_read(self, order: ProofOrder, ref: str, ends: float) -> str | None:
        """A service may acknowledge a moment before its row can be read."""
        sql = order.read.replace("{ref}", ref)
        dataset = self._datasets[order.side.kind]
        reason: str | None = ELSEWHERE
        while True:
            try:
                if await dataset.holds(order.side, sql, READ_S):
                    return None
                reason = ELSEWHERE
            except ServerUnreachable as trouble:
                reason = f"the service wrote, but the promoted side does not answer: {trouble.message}"
            except SqlFailed as said:
                reason = f"the service wrote, but proves_itself.read cannot be run: {said.message}"
            if time.monotonic() > ends:
                return reason
            await _pause()


async def _why_not_written(order: ProofOrder, ref: str, within_s: float) -> str | None:
    url = order.write.replace("{ref}", ref)
    form = urlencode({} if "{ref}" in order.write else {"ref": ref}).encode()
    try:
        reply = await exchange(url, within_s, form)
    except HttpTrouble as trouble:
        return f"the service took no write at {order.write}: {trouble}"
    if reply.status // 100 == 2:
        return None
    return f"the service took no write at {order.write}: HTTP status {reply.status}"


def _patience(ends: float) -> float:
    """A last write still gets a fair time: cut short, it would hide why the earlier ones were refused."""
    return min(WRITE_S, max(SHORTEST_WRITE_S, ends - time.monotonic()))


async def _pause() -> None:
    if activity.in_activity():
        activity.heartbeat()
    await asyncio.sleep(POLL_S)


def _result(outcome: Outcome, summary: str, began: float) -> StepResult:
    return StepResult(outcome=outcome, summary=summary, seconds=time.monotonic() - began)


class ProofActivities:
    def __init__(self, proof: WriteReadProof) -> None:
        self._proof = proof

    @activity.defn
    async def prove_service(self, order: ProofOrder) -> StepResult:
        return await self._proof.prove(order, activity.info().attempt)
