"""The people of a trial: they decide and approve what is asked, repair and retry what is held, as the runbook says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from deploy.demo.web_ui import WebUi
from workflows.run.record import RunRecord, Wait

LOOK_S = 0.15
ANSWER_WITHIN = timedelta(seconds=2)
OPERATOR = "ops"
STARTER = "sre"
WORDS = {"decide": "no vantage point sees it", "approve": "go on", "retry": "repaired"}


@dataclass(frozen=True)
class Retry:
    """A retry that somebody sent and the server took."""

    run: str
    step: str
    reason: str


class People:
    """`attend` until the run is over; `speak_*` are messages that should not have been sent."""

    def __init__(
        self,
        handle: WorkflowHandle[Any, RunRecord],
        ui: WebUi,
        repair: Callable[[], Awaitable[list[str]]],
        thinks_s: float,
    ) -> None:
        self._handle = handle
        self._ui = ui
        self._repair = repair
        self._thinks_s = thinks_s
        self._spoken: list[tuple[str, dict[str, str]]] = []  # signal and message of each voice
        self._done: set[tuple[str, str, str]] = set()
        self.record: RunRecord | None = None  # as it was seen last
        self.said: list[str] = []
        self.retries: list[Retry] = []
        self.rubbish: list[float] = []  # when the server took what no run can follow

    async def attend(self) -> None:
        """Until the record says that the run is over."""
        while self.record is None or not self.record.state.is_end:
            if (record := await self.look()) is not None:
                self.record = record
                await self._answer(record)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> RunRecord | None:
        """The record, or None while nobody answers."""
        with suppress(RPCError):
            found: RunRecord = await self._handle.query(
                "record", result_type=RunRecord, rpc_timeout=ANSWER_WITHIN
            )
            return found
        return None

    async def _answer(self, record: RunRecord) -> None:
        for wait in record.waits:
            if wait.kind == "gate":
                await self._speak_at(wait, record.started_by)
            elif wait.kind == "step":
                await self._retry(record.workflow_id, wait)
        for child in record.children:
            for wait in child.waits:
                if wait.kind == "step":
                    await self._retry(child.workflow_id, wait)

    async def _speak_at(self, gate: Wait, starter: str) -> None:
        """As many as the quorum asks for, each once for a round, with the message that the page names."""
        if not gate.send:
            return
        signal = gate.send[0].signal
        voices = [name for name in gate.people if name != starter][: gate.quorum]
        for by in voices:
            if (gate.token, by, signal) in self._done:
                continue
            await asyncio.sleep(self._thinks_s)
            message = {"token": gate.token, "by": by, "reason": WORDS.get(signal, "yes")}
            if signal == "decide":
                message["severity"] = "critical"
            if await self.signal(self._handle.id, signal, message):
                self._done.add((gate.token, by, signal))
                self._spoken.append((signal, message))

    async def _retry(self, run: str, wait: Wait) -> None:
        key = (run, wait.name, str(wait.since))
        if key in self._done:
            return
        repaired = await self._repair()
        reason = f"repaired {', '.join(repaired)}" if repaired else "looked again"
        if await self.signal(run, "retry", {"by": OPERATOR, "step": wait.name, "reason": reason}):
            self._done.add(key)
            self.retries.append(Retry(run, wait.name, reason))
            self.said.append(f"{wait.name} held ({wait.title}): {reason}")

    async def signal(self, run: str, name: str, message: dict[str, str]) -> bool:
        """Whether the server took it; a person sends again what it did not."""
        try:
            await asyncio.to_thread(self._ui.signal, run, name, message)
        except OSError:
            return False
        return True

    # --- what should not be sent

    async def speak_again(self, which: str) -> bool:
        """`twice`: the newest voice once more; `late`: every voice of this run; `garbage`: what is no message.

        Whether the server took all of it.
        """
        if which == "garbage":
            taken = [await self._speak_rubbish(signal, text) for signal, text in _GARBAGE]
            return all(taken)
        again = self._spoken if which == "late" else self._spoken[-1:] * 2
        late = {"by": OPERATOR, "step": "promote-core-banking.ledger", "reason": "late"}
        taken = [await self.signal(self._handle.id, *voice) for voice in [*again, ("retry", late)]]
        return bool(again) and all(taken)

    async def _speak_rubbish(self, signal: str, text: str) -> bool:
        taken = await self.signal(self._handle.id, signal, json.loads(text))
        if taken:
            self.rubbish.append(time.time())
        return taken


_GARBAGE = (
    ("approve", '["kim"]'),
    ("approve", '{"by": "kim", "reason": "declare"}'),
    ("approve", '{"token": "aaaaaa", "by": "kim", "reason": "an old one"}'),
    ("approve", '{"token": "aaaaaa", "by": "sre", "reason": "my own"}'),
    ("decide", '{"token": 7, "by": null, "severity": {}}'),
    ("aprove", '{"by": "kim"}'),
    ("retry", '{"by": "nobody", "step": "", "reason": ""}'),
    ("retry", "17"),
)
