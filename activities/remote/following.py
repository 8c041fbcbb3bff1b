"""Following the output of one job, from wherever the delivery before stopped, into the log store."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from temporalio import activity

from activities.errors import JobRuns
from activities.logs import LogStore
from activities.models import Job
from activities.remote.jobs import TAIL_BYTES, Output, Question, Reply, log_of
from activities.secrets import Mask

CHUNK_BYTES = 512 * 1024
"""Output of one round trip, a chunk of the log store, and what following one job costs in memory."""

SLICE_S = 5
"""How long the host waits for the end of a job before it answers "still running"."""

DELIVERY_S = 20.0
"""How long one delivery of an activity follows before it frees its slot."""

HEARTBEAT_S = 2.0

Ask = Callable[[Question], Awaitable[Reply]]


def was_answered() -> bool:
    """Whether an earlier delivery of this activity has heard of its job from the host."""
    details = activity.info().heartbeat_details
    return bool(details and isinstance(details[0], dict) and details[0].get("answered"))


class Following:
    """The cursor of one delivery: output up to `offset` is in the log store, `tail` is its masked end."""

    def __init__(self, job: Job, ask: Ask, logs: LogStore, mask: Mask) -> None:
        self._job = job
        self._ask = ask
        self._logs = logs
        self._mask = mask
        self._log = log_of(job)
        self.offset = 0
        self._tail = b""
        self._is_dry = False  # nothing new came: the host has pruned the output
        self._has_answered = False  # the host knows of this job: from this delivery or one before
        self._digest: hashlib._Hash | None = hashlib.sha256()

    def resume(self) -> None:
        """Go on where the delivery before stopped. Details of another job, or of none, are no cursor."""
        details = activity.info().heartbeat_details
        cursor = details[0] if details and isinstance(details[0], dict) else {}
        if cursor.get("job") != str(self._job.name):
            return
        self._has_answered = bool(cursor.get("answered"))
        if cursor.get("offset"):
            self.offset, self._tail = int(cursor["offset"]), str(cursor["tail"]).encode()
            self._digest = None

    def beat(self) -> None:
        """The heartbeat whose details are the cursor. They are masked: people see them in the Web UI."""
        cursor = {"job": str(self._job.name), "offset": self.offset, "tail": self._shown_tail()}
        activity.heartbeat(cursor | {"answered": self._has_answered})

    async def step(self, mode: str, slice_s: int | None = None) -> Reply:
        """One round trip, its output stored."""
        seen_again = min(self.offset, self._mask.reach)
        question = Question(mode, self.offset - seen_again, CHUNK_BYTES + seen_again, slice_s or SLICE_S)
        reply = await self._ask(question)
        self._has_answered = True
        await self._take(reply, seen_again)
        return reply

    def is_whole(self, reply: Reply) -> bool:
        """Whether the job ended and all of its output that is still there was stored."""
        return reply.state != "running" and (self.offset >= reply.size or self._is_dry)

    async def output(self) -> Output:
        """What was stored; after a resumption the digest is made by reading the store once."""
        if self._digest is not None:
            digest = self._digest.hexdigest()
        else:
            digest = await asyncio.to_thread(self._logs.digest, self._log, self.offset)
        return Output(self._shown_tail(), self.offset, digest)

    async def _take(self, reply: Reply, seen_again: int) -> None:
        if reply.state not in ("running", "ended", "unknown"):
            return
        is_end = reply.state != "running" and self.offset - seen_again + len(reply.body) >= reply.size
        decided = len(reply.body) - (0 if is_end else self._mask.undecided(reply.body))
        data = self._mask.apply(reply.body)[seen_again:decided]
        self._is_dry = not data
        await self._logs.write(self._log, self.offset, data)
        if self._digest is not None:
            self._digest.update(data)
        self._tail = (self._tail + data)[-TAIL_BYTES:]
        self.offset += len(data)

    def _shown_tail(self) -> str:
        return self._tail.decode(errors="replace")


@asynccontextmanager
async def beating(following: Following) -> AsyncIterator[None]:
    """Heartbeats for as long as the block runs, whatever the host or the store takes."""

    async def pulse() -> None:
        while True:
            following.beat()
            await asyncio.sleep(HEARTBEAT_S)

    task = asyncio.create_task(pulse())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Delivery:
    """One delivery of an activity: how long it may hold its slot."""

    def __init__(self) -> None:
        self._until = time.monotonic() + DELIVERY_S

    def free_slot(self, following: Following, reply: Reply) -> None:
        """Past its time: raise the benign error that brings the activity back, later the longer the job runs."""
        if time.monotonic() < self._until:
            return
        following.beat()
        raise JobRuns(
            f"still running after {reply.seconds:.0f} s, {following.offset} bytes of output",
            come_back_after_s=min(15.0, max(1.0, reply.seconds / 20)),
        )
