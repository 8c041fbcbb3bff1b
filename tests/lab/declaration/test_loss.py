"""What people are told of the loss, against what was really lost (law 16)."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from activities.models import LossClass
from deploy.site import CONTROL
from tests.lab.declaration.declaring import NEW, OLD, Declaring, for_a_while

pytestmark = pytest.mark.lab

FENCE = f"fence-{OLD}"


async def test_a_throttled_link(declaring: Declaring) -> None:
    """The replica falls behind for seconds before the cut: the interval follows, and its class is told."""
    declaring.lab.throttle("2mbit")
    declaring.lab.local_writer(OLD).start(rate=2000)
    await declaring.load(rate=2000, seconds=4)
    declaring.lose()
    shown = await declaring.declared()
    result = await declaring.end()
    declaring.first_write()
    truth = declaring.truth()
    assert truth.true_loss_seconds > 1, "nothing was lost: this shows nothing"
    declaring.assert_loss(result, truth)
    assert shown.estimates[0].loss_class is result.estimates[0].loss_class
    declaring.assert_once()


async def test_an_idle_primary_and_a_dead_host(declaring: Declaring) -> None:
    """Nothing was written for a while: nothing is lost. One of two hosts is dead: `enough` goes on without it."""
    await declaring.sampled()
    await asyncio.sleep(2)
    declaring.lab.break_("dead-host", f"{NEW}/was-2")
    declaring.lose()
    shown = await declaring.declared()
    result = await declaring.end()
    declaring.outside.start()
    declaring.first_write()
    truth = declaring.truth()
    assert [line.partition(":")[0] for line in shown.readiness] == [f"{NEW}/was-2"]
    assert not [entry for entry in result.journal if entry.kind == "hold"]
    (step,) = [step for child in result.children for step in child.steps if step.name == "start-was@was-2"]
    assert step.outcome is not None and not step.outcome.is_good
    assert truth.true_loss_seconds == 0.0
    declaring.assert_loss(result, truth)
    declaring.assert_once("was-2:was")


def forget_samples(declaring: Declaring) -> None:
    """Workers that begin anew with empty disks."""
    site = declaring.site
    for place in (CONTROL, NEW):
        site.workers[place].kill()
        shutil.rmtree(declaring.lab.layout.state / "worker" / place)
        site.workers[place].start()
    for place in (CONTROL, NEW):
        site.workers[place].wait()


async def held_at_the_fence(declaring: Declaring) -> None:
    """Nothing goes on by itself, and people were told why."""
    await declaring.wait_of(FENCE, within=90)

    async def nothing_happens() -> None:
        assert declaring.promotions() == []
        assert not any(declaring.starts().values())

    await for_a_while(3.0, nothing_happens)
    held = await declaring.record()
    assert (held.state, held.phases[-1].name) == ("held", "fence")
    assert any("may go on writing" in line for line in held.warnings)
    told = [one["body"] for one in declaring.lab.notices() if one["path"].strip("/") == "ops"]
    assert any(FENCE in str(body) for body in told), told
    assert declaring.power_cut_at() is None


async def test_no_sample_and_no_fence(declaring: Declaring) -> None:
    """No sample: the loss is unknown, approvers are told. No fence device answers: held, and nothing is promoted.

    Operators are told of the hold, and people that the old side may write on; mended and retried it ends well.
    """
    lab = declaring.lab
    await declaring.load(seconds=0.5)
    lab.local_writer(OLD).start()
    declaring.lose()
    forget_samples(declaring)
    lab.break_("devices-gone")
    shown = await declaring.declared()
    assert [one.loss_class for one in shown.estimates] == [LossClass.UNKNOWN]
    assert {line.partition(":")[0] for line in shown.readiness} == {"fence device edge", "fence device power"}
    asked = [one["body"] for one in lab.notices() if one["path"].strip("/") in ("kim", "lee", "cho")]
    assert any("unknown" in str(body) for body in asked), asked

    await held_at_the_fence(declaring)
    lab.mend("devices-gone")
    await declaring.retry(FENCE)
    result = await declaring.end()
    declaring.first_write()
    truth = declaring.truth()
    assert result.estimates[0].loss_class is LossClass.UNKNOWN
    assert not truth.both_sides_accepted_writes
    declaring.tell(result, truth)
    declaring.assert_once()
