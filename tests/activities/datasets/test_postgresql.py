"""PostgreSQL datasets against a real primary and a real streaming replica."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from activities.datasets import DatasetActivities, why_not_promote
from activities.datasets.postgresql import PostgresqlDataset, lsn, promote_command
from activities.errors import BadOrder, ServerUnreachable, SqlFailed
from activities.models import (
    Command,
    DataCheck,
    DatasetSide,
    DatasetStatus,
    DrainOrder,
    Job,
    JobName,
    JobResult,
    LossClass,
    LossEstimate,
    Outcome,
    Promotion,
)
from tests.activities.pg import BIN, Logins, Server, as_postgres, replica
from tests.activities.waiting import until

SMALL = LossEstimate(dataset="core.ledger", loss_class=LossClass.WITHIN, lower_s=0, upper_s=2, rpo_s=30)
LARGE = SMALL.model_copy(update={"loss_class": LossClass.OVER, "upper_s": 90.0})
UNKNOWN = LossEstimate(dataset="core.ledger", loss_class=LossClass.UNKNOWN, rpo_s=30, reason="no sample")


class Host:
    """Runs jobs on this machine as the server's user, as a remote would; counts them."""

    def __init__(self, server: Server | None = None, *, outcome: Outcome | None = None) -> None:
        self.jobs: list[Job] = []
        self._server, self._outcome = server, outcome

    async def find_job(self, job: Job) -> JobResult | None:
        return await self.run_job(job) if job in self.jobs else None

    async def run_job(self, job: Job) -> JobResult:
        self.jobs.append(job)
        tail, code = "", 0
        if self._server is not None:
            run = f"export PGHOST={self._server.data}; {job.command.run}"
            process = await asyncio.create_subprocess_exec(
                "sh", "-c", run, user=job.command.run_as, stdout=-1, stderr=-2, cwd="/tmp"
            )
            tail = (await process.communicate())[0].decode()
            assert process.returncode is not None
            code = process.returncode
        outcome = self._outcome or (Outcome.FAILED if code else Outcome.DONE)
        return JobResult(
            outcome=outcome,
            exit_code=code,
            summary=f"exit {code}",
            tail=tail,
            output_bytes=len(tail),
            sha256="",
            log="log",
            joined=False,
            seconds=0.1,
        )


def dataset(host: Host | None = None) -> PostgresqlDataset:
    return PostgresqlDataset(Logins(), host or Host())


def order(side: DatasetSide) -> Job:
    name = JobName(workflow_id="w", first_run_id="r", step="promote", attempt=1)
    return Job(name=name, target=side.target, command=Command(run="exit 99"), epoch=3)


async def caught_up(first: Server, second: Server) -> None:
    async def is_so() -> bool:
        return first.sql("select pg_current_wal_lsn()") == second.sql("select pg_last_wal_replay_lsn()")

    await until(is_so)


async def test_status_of_both_sides(pg_primary: Server, pg_replica: Server) -> None:
    """Law 11: who writes is what the servers say; a replica's positions and last commit are the writer's."""
    before = time.time()
    pg_primary.sql("insert into entries values ('status', 1)")
    await caught_up(pg_primary, pg_replica)
    old, new = [await dataset().status(s.side()) for s in (pg_primary, pg_replica)]
    assert old.reachable and old.writable is True and old.received is None and old.streaming is False
    assert new.reachable and new.writable is False and new.written is None
    assert new.received == new.replayed == old.written
    assert new.last_commit_at is not None and before - 1 < new.last_commit_at < time.time() + 1
    assert new.system == old.system != ""


async def test_streaming_is_unknown_to_a_login_without_the_right(pg_replica: Server) -> None:
    """Law 2: what may not be read is unknown, not false (pg_monitor may read it)."""
    assert (await dataset().status(pg_replica.side())).streaming is None
    assert pg_replica.sql("select status from pg_stat_wal_receiver") == "streaming"


async def test_a_read_only_primary_is_not_writable(pg_primary: Server) -> None:
    """A user of it could not write, whatever the recovery state says."""
    pg_primary.sql("alter role watcher set default_transaction_read_only = on")
    try:
        assert (await dataset().status(pg_primary.side())).writable is False
    finally:
        pg_primary.sql("alter role watcher reset all")


async def test_status_of_nothing_there_is_a_value(
    pg_primary: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble is told, not raised: refused, the wrong password, a server that never says a word."""
    monkeypatch.setattr("activities.datasets.postgresql.ANSWER_S", 0.8)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        refused = await dataset().status(pg_primary.side(port=silent.getsockname()[1]))
        assert not refused.reachable and "refused" in refused.error
        silent.listen()
        began = time.monotonic()
        mute = await dataset().status(pg_primary.side(port=silent.getsockname()[1]))
        assert not mute.reachable and "within 0.8 s" in mute.error and time.monotonic() - began < 3
    locked = await dataset().status(pg_primary.side(login="wrong"))
    assert not locked.reachable and "password" in locked.error
    with pytest.raises(BadOrder, match="USER:PASSWORD"):
        await dataset().status(pg_primary.side(login="bad"))


async def test_a_query_without_end_is_cut(pg_primary: Server) -> None:
    """Law 9: a wait has its own limit, also when the server hangs in the middle of an answer."""
    began = time.monotonic()
    with pytest.raises(ServerUnreachable):
        await dataset().holds(pg_primary.side(), "select true from pg_sleep(30)", 0.3)
    assert time.monotonic() - began < 5


async def test_a_paused_server_does_not_hang_a_kept_connection(pg_primary: Server) -> None:
    """A primary stopped in its tracks is silent within the time, and read again after it."""
    writer = dataset().writer(pg_primary.side())
    first = await writer.read(2)
    pg_primary.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(ServerUnreachable):
            await writer.read(0.3)
        assert time.monotonic() - began < 2
    finally:
        pg_primary.signal(signal.SIGCONT)
    again = await writer.read(2)
    await writer.close()
    assert again.clock > first.clock and again.position >= first.position
    assert again.snapshot == first.snapshot and again.timeline == 1


async def test_a_reading_that_is_called_off_ends_at_once(pg_primary: Server) -> None:
    """Law 9: a sampler that is told of new writers, or a worker that stops, does not wait for a server that hangs."""
    writer = dataset().writer(pg_primary.side())
    await writer.read(5)
    pg_primary.signal(signal.SIGSTOP)
    try:
        reading = asyncio.create_task(writer.read(60))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert time.monotonic() - began < 2
    finally:
        pg_primary.signal(signal.SIGCONT)


async def test_a_kept_connection_is_renewed_in_the_same_reading(pg_primary: Server) -> None:
    """That a kept connection was ended says nothing of the server."""
    writer = dataset().writer(pg_primary.side())
    await writer.read(2)
    pg_primary.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'muster'")
    await writer.read(2)
    await writer.close()


async def test_a_reading_sees_commits_and_only_commits(pg_primary: Server) -> None:
    """Log without a commit moves the position, not the snapshot."""
    writer = dataset().writer(pg_primary.side())
    first = await writer.read(2)
    pg_primary.sql("checkpoint")
    second = await writer.read(2)
    pg_primary.sql("insert into entries values ('reading', 1)")
    third = await writer.read(2)
    await writer.close()
    assert first.position < second.position < third.position
    assert first.snapshot == second.snapshot != third.snapshot


async def test_a_server_that_says_no_is_alive(pg_primary: Server, pg_replica: Server) -> None:
    """Law 2: an error that a server speaks is not silence."""
    with pytest.raises(SqlFailed, match="recovery"):
        await dataset().writer(pg_replica.side()).read(2)
    with pytest.raises(SqlFailed, match="password"):
        await dataset().writer(pg_primary.side(login="wrong")).read(2)
    with pytest.raises(ServerUnreachable, match="refused"):
        await dataset().writer(pg_primary.side(port=1)).read(2)


async def test_drain(pg_primary: Server, pg_replica: Server) -> None:
    """The replica has replayed all that it received, seen twice."""
    pg_primary.sql("insert into entries select 'drain', 0 from generate_series(1, 5000)")
    done = await DatasetActivities({"postgresql": dataset()}).drain_dataset(
        DrainOrder(side=pg_replica.side(), within_s=10)
    )
    assert done.outcome is Outcome.DONE and done.settle_seconds > 0
    assert (await dataset().drain(pg_primary.side(), 1)).outcome is Outcome.FAILED


async def test_what_a_run_promoted_before_it_was_reset(pg_primary: Server, pg_replica: Server) -> None:
    """Law 4: its own promotion is known by its job on the host; another's is still found out by people."""
    host = Host()
    activities = DatasetActivities({"postgresql": dataset(host)})

    async def outcomes(side: DatasetSide) -> list[Outcome]:
        drain = DrainOrder(side=side, within_s=5, promotion=order(side))
        check = DataCheck(side=side, estimate=SMALL, promotion=order(side))
        return [
            (await activities.drain_dataset(drain)).outcome,
            (await activities.check_dataset(check)).outcome,
        ]

    assert await outcomes(pg_primary.side()) == [Outcome.FAILED, Outcome.FAILED]
    host.jobs.append(order(pg_primary.side()))
    assert await outcomes(pg_primary.side()) == [Outcome.ALREADY, Outcome.ALREADY]
    host.jobs.append(order(pg_replica.side()))
    assert (await outcomes(pg_replica.side()))[0] is Outcome.DONE, (
        "a job that did not get far promoted nothing"
    )


async def test_drain_names_a_paused_replay(pg_primary: Server, pg_replica: Server) -> None:
    """A refusal names the place and the way out."""
    pg_replica.sql("select pg_wal_replay_pause()")
    try:
        pg_primary.sql("insert into entries values ('paused', 0)")

        async def is_behind() -> bool:
            status = await dataset().status(pg_replica.side())
            return (status.received or 0) > (status.replayed or 0)

        await until(is_behind)
        failed = await dataset().drain(pg_replica.side(), 0.3)
    finally:
        pg_replica.sql("select pg_wal_replay_resume()")
    assert failed.outcome is Outcome.FAILED and "pg_wal_replay_resume" in failed.summary


@asynccontextmanager
async def torn(primary: Server) -> AsyncIterator[Server]:
    """A replica whose link was cut in the middle of a record."""
    with replica(primary, "torn") as server:
        await caught_up(primary, server)
        sender = int(primary.sql("select pid from pg_stat_replication where application_name = 'torn'"))
        os.kill(sender, signal.SIGSTOP)
        try:
            primary.sql("select pg_logical_emit_message(true, 'long', repeat('x', 64 << 20))")
            while server.sql("select pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()") != "t":
                os.kill(sender, signal.SIGCONT)
                await asyncio.sleep(0.001)
                os.kill(sender, signal.SIGSTOP)
                await asyncio.sleep(0.05)
            server.sql("alter system set primary_conninfo = ''")
            server.sql("select pg_reload_conf()")
            await until_sql(server, "select count(*) = 0 from pg_stat_wal_receiver")
        finally:
            os.kill(sender, signal.SIGCONT)
        yield server


async def until_sql(server: Server, question: str) -> None:
    async def is_so() -> bool:
        return server.sql(question) == "t"

    await until(is_so)


async def test_a_log_cut_in_the_middle_of_a_record_is_drained(
    pg_primary: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 8: the end of a torn record is received and never replayed; nobody must wait for it.

    A login that may not see the replay at work is told so in seconds, with the way out.
    """
    monkeypatch.setattr("activities.datasets.postgresql.STALLED_S", 0.5)
    async with torn(pg_primary) as server:
        status = await dataset().status(server.side())
        assert (status.received or 0) > (status.replayed or 0), "not torn: this shows nothing"
        blind = await dataset().drain(server.side(), 30)
        assert blind.outcome is Outcome.FAILED and "grant pg_monitor" in blind.summary
        assert "are left" in await check(server.side(), SMALL)
        seeing = server.side(login="monitor")
        began = time.monotonic()
        done = await dataset().drain(seeing, 30)
        assert done.outcome is Outcome.DONE and "torn record" in done.summary and time.monotonic() - began < 3
        assert await check(seeing, SMALL) == ""
        promoted = await dataset(Host(server)).promote(seeing, order(seeing))
        assert promoted.outcome is Outcome.DONE


async def test_drain_of_a_dead_replica_is_trouble(pg_replica: Server) -> None:
    """Unreachable is not drained, and not failed: it is tried again."""
    with pytest.raises(ServerUnreachable):
        await dataset().drain(pg_replica.side(port=1), 0.2)


CONSISTENT = "select coalesce(sum(amount), 0) >= 0 from entries"


async def check(
    side: DatasetSide, estimate: LossEstimate | None, accepted: LossClass = LossClass.WITHIN
) -> str:
    activities = DatasetActivities({"postgresql": dataset()})
    result = await activities.check_dataset(DataCheck(side=side, estimate=estimate, accepted=accepted))
    assert result.outcome in (Outcome.DONE, Outcome.FAILED)
    return "" if result.outcome is Outcome.DONE else result.summary


async def test_check(pg_primary: Server, pg_replica: Server) -> None:
    """Law 17: every dataset passes its check before the first is promoted; a failure says why in words."""
    await caught_up(pg_primary, pg_replica)
    side = pg_replica.side(consistent_when=CONSISTENT)
    assert await check(side, SMALL) == ""
    assert "over the RPO of 30 s" in await check(side, LARGE)
    assert await check(side, LARGE, LossClass.OVER) == ""
    assert "no sample" in await check(side, UNKNOWN, LossClass.OVER)
    assert "no loss estimate" in await check(side, None)
    assert "writable already" in await check(pg_primary.side(), SMALL)
    assert "does not answer" in await check(pg_replica.side(port=1), SMALL)
    wrong = pg_replica.side(consistent_when="select count(*) < 0 from entries")
    assert "not consistent" in await check(wrong, SMALL)
    assert "cannot run" in await check(pg_replica.side(consistent_when="selekt"), SMALL)


async def test_the_consistency_query_cannot_change_anything(pg_primary: Server) -> None:
    """A look does not act: no write, and no second statement behind it."""
    for sql in ("insert into entries values ('x', 1) returning true", "commit; select true"):
        with pytest.raises(SqlFailed, match=r"read-only|multiple commands"):
            await dataset().holds(pg_primary.side(), sql, 2)


def test_what_is_no_replica_is_not_promoted() -> None:
    """A side that only calls itself read-only has no past to be judged by; one that lags has not drained."""
    alone = DatasetStatus(reachable=True, at=0, writable=False)
    assert "not a replica" in (why_not_promote(alone, SMALL) or "")
    behind = DatasetStatus(reachable=True, at=0, writable=False, received=9, replayed=2)
    assert "7 bytes" in (why_not_promote(behind, SMALL) or "")


async def test_promote(pg_primary: Server) -> None:
    """Laws 3, 5: look, one job with the epoch and the dataset's own command, a write; then already."""
    with replica(pg_primary, "promoted") as server:
        host = Host(server)
        side = server.side()
        activities = DatasetActivities({"postgresql": dataset(host)})
        done = await activities.promote_dataset(Promotion(side=side, job=order(side)))
        assert done.outcome is Outcome.DONE and "promoted: t" in done.tail and done.settle_seconds > 0
        assert host.jobs[0].epoch == 3 and host.jobs[0].command == promote_command(side)
        server.sql("insert into entries values ('new', 1)")
        again = await activities.promote_dataset(Promotion(side=side, job=order(side)))
        assert again.outcome is Outcome.ALREADY and len(host.jobs) == 1


def test_a_plans_own_promotion_is_the_one_that_runs(pg_primary: Server) -> None:
    """Contract of the plan: `promote` is a command for it, as the server's user, within the promotion's time."""
    own = Command(run="patronictl failover", run_as="postgres")
    side = pg_primary.side().model_copy(update={"commands": {"promote": own}})
    assert promote_command(side) == own.model_copy(
        update={"timeout_s": promote_command(pg_primary.side()).timeout_s}
    )


async def test_a_writable_side_that_takes_no_write_is_not_promoted(
    pg_primary: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3: writable by its own word, but every commit waits for a standby that is gone: not confirmed."""
    monkeypatch.setattr("activities.datasets.postgresql.ANSWER_S", 0.8)
    with replica(pg_primary, "waiting") as server:
        as_postgres(BIN / "pg_ctl", "promote", "-w", "-s", "-D", server.data)
        server.sql("alter system set synchronous_standby_names = 'gone'")
        server.sql("select pg_reload_conf()")
        await until(lambda: _shows(server, "synchronous_standby_names", "gone"))
        reason = await dataset()._why_not_writable(server.side())
        assert reason is not None and "synchronous standby" in reason


async def _shows(server: Server, name: str, value: str) -> bool:
    return server.sql(f"show {name}") == value


async def test_a_side_that_is_writable_for_a_moment_is_not_promoted(
    pg_primary: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3: looked at twice, with a settle time between: it is gone at the second look."""
    side, known = pg_primary.side(), dataset()
    seen = iter([await known.status(side), DatasetStatus(reachable=False, at=0, error="gone")])
    monkeypatch.setattr(known, "status", lambda _: asyncio.sleep(0, next(seen)))
    assert await known._why_not_writable(side) == "gone"


async def test_a_promotion_that_failed_is_failed(pg_replica: Server) -> None:
    """The command's own no, and the side still read-only."""
    side = pg_replica.side()
    failed = await dataset(Host(outcome=Outcome.FAILED)).promote(side, order(side))
    assert failed.outcome is Outcome.FAILED and "still read-only" in failed.summary


async def test_a_promotion_without_proof_is_unknown(
    pg_replica: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 2: nobody knows how the command ended, and the side is not writable (yet): unknown."""
    monkeypatch.setattr("activities.datasets.postgresql.WRITABLE_WITHIN_S", 0.3)
    side = pg_replica.side()
    for outcome in (Outcome.UNKNOWN, Outcome.DONE):
        assert (await dataset(Host(outcome=outcome)).promote(side, order(side))).outcome is Outcome.UNKNOWN


async def test_an_unknown_kind_is_a_bad_order(pg_primary: Server) -> None:
    """An order that this worker cannot carry out is refused, not retried."""
    with pytest.raises(BadOrder, match="kind postgresql"):
        await DatasetActivities({}).dataset_status(pg_primary.side())


def test_positions_are_shown_as_the_server_writes_them() -> None:
    """People compare them with what psql shows."""
    assert lsn(0x1_0300_0060) == "1/3000060" and lsn(None) == "nothing"
