"""The truth about a disaster, from outside: the client's acknowledged writes against the disks of both sides.

Nothing here is seen by what is tested, and nothing of what is tested is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from deploy.lab.lab import Lab
from deploy.lab.sides import Side, read_promotions, read_side
from deploy.lab.writers import Ack


@dataclass(frozen=True)
class Truth:
    """What really happened. Times are wall times of the machine, which all hosts share.

    outage_seconds: longest time without an acknowledged outside write that ended after the disaster, None if
        it lasts.
    lost_writes, lost_rows: acknowledged outside writes that the new side lacks, and their rows.
    true_loss_seconds: from the acknowledgement of the last old-side write that survived to that of the last
        one; 0 when none was lost.
    rows_only_at_old_side: rows that the new side lacks, those of local programs included.
    last_common_commit: the newest commit of the old side that the new side has.
    old_last_commit: the newest commit of the old side as a writer; promoted_at: when the new side was asked to open.
    both_sides_accepted_writes: the old side committed after that.
    lost_at_new: writes acknowledged at another address than the old side's, which the new side lacks all the same.
    """

    outage_seconds: float | None
    acknowledged_writes: int
    lost_writes: int
    lost_rows: int
    true_loss_seconds: float
    rows_only_at_old_side: int
    last_common_commit: float | None
    old_last_commit: float | None
    promoted_at: float | None
    both_sides_accepted_writes: bool
    lost_at_new: int = 0


def judge(lab: Lab, old: str, new: str, disaster_at: float) -> Truth:
    """Compare the client's record with both sides. Stop the client first; hosts may be on or off."""
    layout, client = lab.layout, lab.outside_client()
    hosts = [layout.host(f"{center}/db-1") for center in (old, new)]
    old_side, new_side = (read_side(lab.machines, host, layout.disk(host)) for host in hosts)
    truth = compare(client.acknowledged(), old_side, new_side, layout.web(old))
    return replace(truth, outage_seconds=outage(client.acknowledged(), disaster_at, client.stopped_at))


def compare(acks: Sequence[Ack], old: Side, new: Side, old_address: str) -> Truth:
    """The judgement of the data; `acks` in their order, `old_address` is the old side's public one."""
    promoted_at = new.promotions[-1] if new.promotions else None
    lost = [ack for ack in acks if ack.ref not in new.movements]
    only_old = {ref: m for ref, m in old.movements.items() if ref not in new.movements}
    common = [m.committed for ref, m in old.movements.items() if ref in new.movements]
    # A row that both have and that is younger than the promotion came back from the new side.
    before = [at for at in common if promoted_at is None or at <= promoted_at]
    old_last = max([m.committed for m in only_old.values()] + before, default=None)
    return Truth(
        outage_seconds=None,
        acknowledged_writes=len(acks),
        lost_writes=len(lost),
        lost_rows=sum(old.movements[a.ref].rows if a.ref in old.movements else 2 for a in lost),
        true_loss_seconds=_true_loss([a for a in acks if a.address == old_address], new) if lost else 0.0,
        rows_only_at_old_side=sum(m.rows for m in only_old.values()),
        last_common_commit=max(before, default=None),
        old_last_commit=old_last,
        promoted_at=promoted_at,
        both_sides_accepted_writes=promoted_at is not None
        and old_last is not None
        and old_last > promoted_at,
        lost_at_new=sum(ack.address != old_address for ack in lost),
    )


def outage(acks: Sequence[Ack], disaster_at: float, until: float) -> float | None:
    """The longest time between two acknowledgements of which the second came after the disaster (wall time).

    None when the time after the last one, `until` the record's end (monotonic), is longer: it had not ended.
    """
    gaps = [b.mono_acked - a.mono_acked for a, b in pairwise(acks) if b.acked >= disaster_at]
    longest = max(gaps, default=None)
    lasting = until - acks[-1].mono_acked if acks else None
    return None if longest is None or (lasting is not None and lasting > longest) else longest


def _true_loss(at_old: Sequence[Ack], new: Side) -> float:
    if not at_old:
        return 0.0
    survived = [ack.mono_acked for ack in at_old if ack.ref in new.movements]
    return max(0.0, at_old[-1].mono_acked - (survived[-1] if survived else at_old[0].mono_sent))


def side_effects(lab: Lab) -> dict[str, list[float]]:
    """Times of every start of every service, by `host:service`, and of every promotion, by `host:promote`."""
    found: dict[str, list[float]] = {}
    for host in lab.layout.hosts:
        disk = lab.layout.disk(host)
        for path in sorted((disk / "var/log").glob("*.starts")):
            found[f"{host.label}:{path.stem}"] = lab.starts(host.label, path.stem)
        if "postgres" in host.roles:
            found[f"{host.label}:promote"] = list(read_promotions(disk))
    return found
