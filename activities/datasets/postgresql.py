"""PostgreSQL streaming replication: what a side says of itself, may it be promoted, its promotion."""

from __future__ import annotations

import asyncio
import shlex
import time
from typing import Any

from temporalio import activity

from activities.datasets import Jobs, why_not_promote
from activities.datasets.postgresql_wire import PostgresqlWriter, connect, place, question
from activities.errors import ServerUnreachable, SqlFailed
from activities.models import (
    Command,
    DatasetSide,
    DatasetStatus,
    Job,
    JobResult,
    LossClass,
    LossEstimate,
    Outcome,
    Replay,
    StepResult,
)
from activities.secrets import Secrets

ANSWER_S = 3.0  # for one look: connect and one question
CONSISTENCY_S = 50.0  # a query over a business's own rows
SETTLE_S = 0.2  # between two confirming looks (law 3)
WRITABLE_WITHIN_S = 15.0  # from the end of the promotion to the first confirming look
POLL_S = 0.1
STALLED_S = 15.0  # a replay that nobody can see at work, and that gets no further
PROMOTE_WAIT_S = 60

STATUS = """
select not pg_is_in_recovery() and current_setting('default_transaction_read_only') = 'off',
       case when not pg_is_in_recovery() then pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint end,
       case when pg_is_in_recovery() then pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::bigint end,
       case when pg_is_in_recovery() then pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint end,
       extract(epoch from pg_last_xact_replay_timestamp())::float8,
       (select coalesce(bool_or(status = 'streaming'), count(*) > 0 and null) from pg_stat_wal_receiver),
       case when pg_is_in_recovery() then pg_is_wal_replay_paused() end,
       (select coalesce(wait_event, 'none') from pg_stat_activity where backend_type = 'startup'),
       (select system_identifier::text from pg_control_system())
"""
# The startup process of a replica that has replayed every whole record it has. What it received may end in the
# middle of a record, where a link was cut: replay never gets to that position.
NOTHING_LEFT = {"RecoveryWalStream", "RecoveryRetrieveRetryInterval", "RecoveryWalAll"}
# A commit that must reach the disk, and no user's table touched.
WRITE = "select pg_logical_emit_message(true, 'muster', 'is it writable')"


def promote_command(side: DatasetSide) -> Command:
    """Runs as the server's own user, who needs no password there. Fails when the server says no.

    The plan's own `promote:`, where it has one: a cluster manager wants to be asked instead of its server.
    """
    if own := side.commands.get("promote"):
        return own.model_copy(update={"timeout_s": PROMOTE_WAIT_S + 30})
    question = f"select pg_promote(true, {PROMOTE_WAIT_S})"
    where = f"-p {side.port} -d {shlex.quote(side.database)}"
    psql = f"psql -XAtq -v ON_ERROR_STOP=1 {where} -c {shlex.quote(question)}"
    run = f'answer=$({psql}) && echo "promoted: $answer" && [ "$answer" = t ]'
    return Command(run=run, run_as=side.run_as, timeout_s=PROMOTE_WAIT_S + 30)


class PostgresqlDataset:
    """Implements `Dataset` by SQL with the login of the side, and by jobs."""

    def __init__(self, secrets: Secrets, remote: Jobs) -> None:
        self._secrets = secrets
        self._remote = remote

    async def status(self, side: DatasetSide) -> DatasetStatus:
        try:
            return _status(await self._ask(side, STATUS, ANSWER_S))
        except (ServerUnreachable, SqlFailed) as trouble:
            return DatasetStatus(reachable=False, at=time.time(), error=trouble.message)

    async def drain(self, side: DatasetSide, within_s: float) -> StepResult:
        began = moved = time.monotonic()
        position = None
        while True:
            status = await self.status(side)
            if status.writable:
                return _result(Outcome.FAILED, f"{place(side)} is writable: it is no replica", began)
            if status.replayed_all:
                await asyncio.sleep(SETTLE_S)
                again = await self.status(side)
                if again.replayed_all and again.received == status.received:
                    return _result(Outcome.DONE, f"{place(side)} {_drained(again)}", began, SETTLE_S)
            if status.replayed != position:
                position, moved = status.replayed, time.monotonic()
            if time.monotonic() - began > within_s or _is_stuck(status, time.monotonic() - moved):
                return self._not_drained(side, status, began)
            await _pause()

    def _not_drained(self, side: DatasetSide, status: DatasetStatus, began: float) -> StepResult:
        if not status.reachable:
            raise ServerUnreachable(f"{place(side)} does not answer: {status.error}")
        summary = f"{place(side)} has received {lsn(status.received)}, replayed {lsn(status.replayed)}"
        if status.replay is Replay.PAUSED:
            summary += "; replay is paused there: select pg_wal_replay_resume()"
        elif status.replay is Replay.UNKNOWN:
            summary += "; whether that is a torn end of the log cannot be seen: grant pg_monitor to its login"
        elif status.streaming:
            summary += "; its source is still sending"
        return _result(Outcome.FAILED, summary, began)

    async def check(
        self, side: DatasetSide, estimate: LossEstimate | None, accepted: LossClass
    ) -> StepResult:
        began = time.monotonic()
        reason = why_not_promote(await self.status(side), estimate, accepted)
        reason = reason or await self._why_inconsistent(side)
        if reason is not None:
            return _result(Outcome.FAILED, f"{place(side)} {reason}", began)
        proven = "" if side.consistent_when else "; the plan names no consistency query"
        return _result(Outcome.DONE, f"{place(side)} may be promoted{proven}", began)

    async def _why_inconsistent(self, side: DatasetSide) -> str | None:
        if side.consistent_when is None:
            return None
        try:
            consistent = await self.holds(side, side.consistent_when, CONSISTENCY_S)
        except SqlFailed as said:
            return f"cannot run consistent_when: {said.message}"
        return None if consistent else f"is not consistent: not true: {side.consistent_when}"

    async def promote(self, side: DatasetSide, job: Job) -> StepResult:
        began = time.monotonic()
        job = job.model_copy(update={"command": promote_command(side)})
        if not await self._claimed(job) and await self._why_not_writable(side) is None:
            return _result(Outcome.ALREADY, f"{place(side)} is the writable side already", began, SETTLE_S)
        done = await self._remote.run_job(job)
        reason = await self._confirm_writable(side, patient=done.outcome is not Outcome.FAILED)
        return _promoted(side, done, reason, began)

    async def promoted_by(self, side: DatasetSide, job: Job) -> bool:
        return bool((await self.status(side)).writable) and await self._remote.find_job(job) is not None

    async def _claimed(self, job: Job) -> bool:
        """A second delivery joins its job instead of looking: what it would find is the job's own work."""
        again = activity.in_activity() and activity.info().attempt > 1
        return again and await self._remote.find_job(job) is not None

    async def _confirm_writable(self, side: DatasetSide, *, patient: bool) -> str | None:
        deadline = time.monotonic() + (WRITABLE_WITHIN_S if patient else 0)
        while (reason := await self._why_not_writable(side)) is not None and time.monotonic() < deadline:
            await _pause()
        return reason

    async def _why_not_writable(self, side: DatasetSide) -> str | None:
        """What a writer would meet, twice (law 3)."""
        for settle in (SETTLE_S, 0.0):
            status = await self.status(side)
            if not status.writable:
                return status.error or "is still read-only"
            try:
                await self._ask(side, WRITE, ANSWER_S)
            except (ServerUnreachable, SqlFailed) as trouble:
                return f"takes no write (does it wait for a synchronous standby?): {trouble.message}"
            await asyncio.sleep(settle)
        return None

    async def holds(self, side: DatasetSide, sql: str, within_s: float) -> bool:
        row = await self._ask(side, sql, within_s, read_only=True)
        return bool(row and row[0])

    def writer(self, side: DatasetSide) -> PostgresqlWriter:
        return PostgresqlWriter(side, self._secrets)

    async def _ask(
        self, side: DatasetSide, sql: str, within_s: float, *, read_only: bool = False
    ) -> tuple[Any, ...]:
        _beat()
        ends = time.monotonic() + within_s
        connection = await connect(side, self._secrets, within_s, read_only=read_only)
        try:
            return await question(connection, side, sql, ends - time.monotonic())
        finally:
            await connection.close()


def lsn(position: int | None) -> str:
    """A position as PostgreSQL writes it."""
    return "nothing" if position is None else f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def _status(row: tuple[Any, ...]) -> DatasetStatus:
    """A replica started anew names no received position, or one before what it replayed from its own disk."""
    writable, written, received, replayed, last_commit_at, streaming, paused, waits_for, system = row
    if replayed is not None:
        received = max(received or 0, replayed)
    return DatasetStatus(
        reachable=True,
        at=time.time(),
        writable=writable,
        written=written,
        received=received,
        replayed=replayed,
        last_commit_at=last_commit_at,
        streaming=streaming,
        replay=_replay(paused, waits_for),
        system=system,
    )


def _replay(paused: bool | None, waits_for: str | None) -> Replay:
    if paused:
        return Replay.PAUSED
    if waits_for is None:
        return Replay.UNKNOWN
    return Replay.WAITING if waits_for in NOTHING_LEFT else Replay.BUSY


def _is_stuck(status: DatasetStatus, still_for_s: float) -> bool:
    """Waiting on would not help: people are told at once instead of after the whole limit."""
    patience = {Replay.PAUSED: SETTLE_S, Replay.UNKNOWN: STALLED_S}.get(status.replay)
    return status.reachable and patience is not None and still_for_s > patience


def _drained(status: DatasetStatus) -> str:
    torn = (status.received or 0) - (status.replayed or 0)
    end = f"; the last {torn} bytes are a torn record, no commit" if torn > 0 else ""
    return f"replayed all it received, up to {lsn(status.replayed)}{end}"


async def _pause() -> None:
    await asyncio.sleep(POLL_S)


def _beat() -> None:
    if activity.in_activity():
        activity.heartbeat()


def _promoted(side: DatasetSide, done: JobResult, reason: str | None, began: float) -> StepResult:
    """What the server takes counts, not what the command said (law 3)."""
    if reason is None:
        outcome, summary = Outcome.DONE, f"{place(side)} takes writes"
    else:
        outcome = Outcome.FAILED if done.outcome is Outcome.FAILED else Outcome.UNKNOWN
        summary = f"{place(side)} {reason}; the promotion: {done.summary}"
    return _result(outcome, summary, began, SETTLE_S).model_copy(
        update={"exit_code": done.exit_code, "tail": done.tail, "log": done.log}
    )


def _result(outcome: Outcome, summary: str, began: float, settle: float = 0.0) -> StepResult:
    return StepResult(
        outcome=outcome, summary=summary, seconds=time.monotonic() - began, settle_seconds=settle
    )
