"""The oracle tells the truth: proven with losses that were planted."""

from __future__ import annotations

import pytest

from deploy.lab.database import psql
from deploy.lab.lab import Lab
from deploy.lab.layout import Host
from deploy.lab.oracle import compare, judge, outage, side_effects
from deploy.lab.sides import Movement, Side
from deploy.lab.writers import Ack
from tests.lab.seen import eventually

OLD, NEW = "10.1.0.31", "10.2.0.31"


def ack(ref: str, at: float, address: str = OLD) -> Ack:
    return Ack(ref, address, at - 0.01, at, at - 0.01, at)


def side(*refs: tuple[str, float], promotions: tuple[float, ...] = ()) -> Side:
    return Side("x", {ref: Movement(2, committed) for ref, committed in refs}, promotions)


def test_nothing_lost_is_no_loss() -> None:
    """An idle or fully replicated primary loses nothing, however long the outage."""
    acks = [ack("a", 10.0), ack("b", 15.0, NEW)]
    truth = compare(acks, side(("a", 10.0)), side(("a", 10.0), ("b", 15.0), promotions=(14.0,)), OLD)
    assert (truth.lost_writes, truth.lost_rows, truth.true_loss_seconds) == (0, 0, 0.0)
    assert not truth.both_sides_accepted_writes


def test_loss_is_counted_from_the_last_survivor() -> None:
    """Seconds between the last acknowledged write that survived and the last one of the old side; rows of both."""
    old = side(("a", 10.0), ("b", 11.0), ("c", 12.5), ("local", 13.0))
    acks = [ack("a", 10.0), ack("b", 11.0), ack("c", 12.5), ack("d", 20.0, NEW)]
    truth = compare(acks, old, side(("a", 10.0), ("d", 20.0), promotions=(14.0,)), OLD)
    assert (truth.lost_writes, truth.lost_rows, truth.true_loss_seconds) == (2, 4, 2.5)
    assert truth.rows_only_at_old_side == 6
    assert (truth.last_common_commit, truth.old_last_commit) == (10.0, 13.0)


def test_a_commit_of_the_old_side_after_the_promotion_is_two_writers() -> None:
    """Law 1, seen on the disks; a row that came back from the new side is none of the old one's."""
    new = side(("a", 10.0), ("n", 15.0), promotions=(14.0,))
    assert compare([], side(("a", 10.0), ("x", 14.1)), new, OLD).both_sides_accepted_writes
    assert not compare([], side(("a", 10.0), ("x", 13.9)), new, OLD).both_sides_accepted_writes
    assert not compare([], side(("a", 10.0), ("n", 15.0)), new, OLD).both_sides_accepted_writes


def test_an_outage_ends_with_a_write() -> None:
    """No write after the disaster, or silence at the end of the record: the outage has no length yet."""
    acks = [ack("a", 1.0), ack("b", 9.0), ack("c", 9.2)]
    assert outage(acks, disaster_at=5.0, until=9.3) == 8.0
    assert outage(acks, disaster_at=9.1, until=9.3) == pytest.approx(0.2)
    assert outage(acks, disaster_at=9.1, until=9.9) is None
    assert outage(acks, disaster_at=9.5, until=9.9) is None
    assert outage([], disaster_at=1.0, until=2.0) is None


@pytest.mark.lab
def test_a_planted_loss_is_counted_exactly(fresh_lab: Lab) -> None:
    """Every write acknowledged behind a cut wan is lost, counted from the disk of a host without power."""
    lab, new = fresh_lab, _database(fresh_lab, "busan")
    client, local = lab.outside_client(), lab.local_writer("seoul")
    lab.cut("wan")
    client.start(rate=100)
    local.start()
    first = client.wait_for_write(at="seoul")
    client.wait_for_write(at="seoul", since=first.acked + 0.7)
    client.stop()
    lab.power_off("seoul")
    psql(lab.machines, new, "select pg_promote()")
    acks, commits = client.acknowledged(), local.commits()
    assert len(acks) > 20
    assert len(commits) > 10
    truth = judge(lab, "seoul", "busan", acks[-1].acked)
    assert (truth.lost_writes, truth.lost_rows) == (len(acks), 2 * len(acks))
    assert truth.true_loss_seconds == pytest.approx(acks[-1].acked - first.sent, abs=0.05)
    # At most one write of each of five writers was committed and not acknowledged.
    assert 0 <= truth.rows_only_at_old_side - 2 * (len(acks) + len(commits)) <= 10
    assert not truth.both_sides_accepted_writes
    assert len(side_effects(lab)["busan/db-1:promote"]) == 1

    lab.power_on("seoul")
    local.start()
    known = len(commits)
    eventually(lambda: len(local.commits()) > known)
    assert judge(lab, "seoul", "busan", acks[-1].acked).both_sides_accepted_writes


def _database(lab: Lab, center: str) -> Host:
    return lab.layout.host(f"{center}/db-1")
