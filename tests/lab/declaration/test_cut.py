"""The old center is lost in one moment: cut off and living on, or without power."""

from __future__ import annotations

import pytest

from tests.lab.declaration.declaring import OLD, Declaring

pytestmark = pytest.mark.lab

MAY_WRITE_ON = f"No writers' fence of {OLD} is confirmed"


async def test_cut_off_and_writing_on(declaring: Declaring) -> None:
    """Law 1: a local program writes on; nothing is promoted before the writers' fence, and nothing after it is old.

    Until then people are told that the old side may write what will be lost; the loss interval holds.
    """
    local = declaring.lab.local_writer(OLD)
    await declaring.load()
    local.start()
    declaring.lose()
    await declaring.declare()
    at_severity = await declaring.decide()
    at_approval = await declaring.approve()
    result = await declaring.end()
    declaring.first_write()
    truth = declaring.truth()

    assert any(MAY_WRITE_ON in line for line in at_severity.warnings)
    assert any(MAY_WRITE_ON in line for line in at_approval.warnings)
    assert not any(MAY_WRITE_ON in line for line in result.warnings)
    cut_at, promoted_at, wrote_at = declaring.power_cut_at(), truth.promoted_at, truth.old_last_commit
    assert cut_at and promoted_at and wrote_at
    assert declaring.approved_at < wrote_at, "the old side did not write on: this shows nothing"
    assert wrote_at < result.facts["fenced"] < promoted_at
    assert cut_at < result.facts["fenced"]
    assert max(at for at, _ in local.commits()) < promoted_at
    assert not truth.both_sides_accepted_writes
    assert truth.rows_only_at_old_side > truth.lost_rows
    declaring.assert_once()
    declaring.assert_loss(result, truth)


async def test_power_is_gone_and_the_replica_was_behind(declaring: Declaring) -> None:
    """Laws 9, 16: all of the old center is dead at once, its worker too; the wan was cut seconds before."""
    await declaring.load()
    declaring.lab.cut("wan")
    declaring.outside.wait_for_write(at=OLD, since=declaring.outside.acknowledged()[-1].acked + 3.0)
    declaring.lose(by="power")
    await declaring.declared()
    result = await declaring.end()
    declaring.first_write()
    truth = declaring.truth()
    assert truth.true_loss_seconds > 2, "nothing was lost: this shows nothing"
    assert not truth.both_sides_accepted_writes
    declaring.assert_once()
    declaring.assert_loss(result, truth)
