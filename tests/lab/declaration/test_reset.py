"""A workflow reset to before the promotion: nothing is done a second time, and old voices count for nothing."""

from __future__ import annotations

import pytest

from deploy.lab.oracle import side_effects
from tests.lab.declaration.declaring import NEW, Declaring
from tests.lab.seen import address_of_www

pytestmark = pytest.mark.lab


async def test_no_side_effect_repeats_and_old_approvals_are_void(declaring: Declaring) -> None:
    """Laws 4, 6: by the disks; the server sends the voices of the former self again, with tokens of closed rounds."""
    await declaring.load(seconds=0.5)
    declaring.lose()
    await declaring.declared()
    approved_at = declaring.approved_at
    first = await declaring.end()
    declaring.first_write()
    before = side_effects(declaring.lab)

    await declaring.reset_before("sight")
    wait = await declaring.wait_of("severity")
    again = await declaring.record()
    assert again.run_id != first.run_id
    void = [entry.by for entry in again.journal if entry.kind == "refused" and entry.by]
    assert sorted(void) == ["kim", "lee", "ops"], again.journal
    assert wait.token not in {one.token for one in first.rounds}
    assert side_effects(declaring.lab) == before
    await declaring.decide()
    await declaring.wait_of("declaration")
    assert side_effects(declaring.lab) == before, "something was done without an approval of this run"
    await declaring.approve()
    second = await declaring.end()

    assert not {one.token for one in first.rounds} & {one.token for one in second.rounds}
    assert not [entry.text for entry in second.journal if entry.kind == "hold"]
    assert (second.epoch or 0) > (first.epoch or 0)
    truth = declaring.truth()
    assert not truth.both_sides_accepted_writes
    assert side_effects(declaring.lab) == before
    assert address_of_www(declaring.lab) == declaring.lab.layout.web(NEW)
    declaring.approved_at = approved_at
    declaring.assert_once()
