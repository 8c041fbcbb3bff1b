"""`muster lift`: after a no the approvers are asked again; what cannot be is refused in one line (laws 1, 6, 8)."""

from __future__ import annotations

import pytest

from activities.models.estate import Action, Announcement, ClosedRun, Lease, Obligation
from starter.estate_view import way_to_undo
from starter.lift import Wishes, why_not_lift
from starter.plan_file import load_plan
from tests.starter.conftest import LAB_PLAN, Desk, until
from tests.starter.test_runs import assert_refused, registered, started, waits_for
from workflows.estate.state import Departed, EstateState
from workflows.plan import Plan

pytestmark = pytest.mark.usefixtures("desk")

WHY = ("--reason", "it was a false alarm", "--as", "ops")
RUN = {"workflow_id": "bank/declaration", "first_run_id": "f"}
OWED = Obligation(id="fence/seoul", kind="fence", target="seoul", epoch=2, since=1.0, **RUN)


@pytest.fixture(scope="module")
def plan() -> Plan:
    loaded = load_plan(LAB_PLAN)
    assert loaded.plan is not None
    return loaded.plan


def state(plan: Plan, **more: object) -> EstateState:
    fence = Action(
        estate=plan.estate,
        epoch=2,
        what="fence",
        target="seoul",
        stage="intent",
        at=1.0,
        services=["core-banking"],
        **RUN,
    )
    active = {"core-banking": "seoul"}
    known = {"estate": plan.estate, "obligations": [OWED], "actions": [fence], "active": active}
    return EstateState.model_validate({**known, **more})


def asks(center: str = "seoul", by: str = "ops", reason: str = "a false alarm") -> Wishes:
    return Wishes(center, by, reason)


LEASE = Lease(scenario="declaration", reason="dark", since=1.0, epoch=2, **RUN)
GONE = Departed(run=ClosedRun(how="terminated", **RUN), at=1.0, tries=5)
COMING = Announcement(scenario="declaration", reason="dark", since=1.0, **RUN)


@pytest.mark.parametrize(
    ("wishes", "more", "says"),
    [
        (asks(), {}, None),
        (asks(reason=" "), {}, "needs a reason"),
        (asks(center="seol"), {}, "did you mean seoul?"),
        (asks(by="Kim"), {}, "kim"),
        (asks(), {"obligations": []}, "nothing is owed for seoul"),
        (asks(center="busan"), {}, "nothing is owed for busan"),
        (
            asks(),
            {"active": {"core-banking": "busan"}},
            "core-banking is active at busan by now; only a failback",
        ),
        (asks(), {"active": {}}, "nobody knows where core-banking lives by now"),
        (asks(), {"lease": LEASE}, "held by bank/declaration (dark): wait for its end, or abort it"),
        (asks(), {"lease": LEASE, "departed": [GONE]}, None),
        (asks(), {"announcements": [COMING]}, "is announced (dark)"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    plan: Plan, wishes: Wishes, more: dict[str, object], says: str | None
) -> None:
    """Laws 1, 6, 8, 10: the place and the way out."""
    reason = why_not_lift(state(plan, **more), plan, wishes)
    assert reason is None if says is None else says in (reason or "")


def test_the_estate_says_what_can_be_done_about_a_fence(plan: Plan) -> None:
    """Law 8: a command, or the failback; nothing while a run sees to it."""
    assert f"muster lift {plan.estate} seoul" in (way_to_undo(state(plan), OWED) or "")
    moved = state(plan, active={"core-banking": "busan"})
    assert "only a failback opens it" in (way_to_undo(moved, OWED) or "")
    assert way_to_undo(state(plan, lease=LEASE), OWED) is None
    assert "muster lift" in (way_to_undo(state(plan, lease=LEASE, departed=[GONE]), OWED) or "")


async def test_after_a_no_they_are_asked_again(desk: Desk) -> None:
    """Law 8: the run says the command, the estate too; its approvers open the center, by all devices that closed it."""
    desk.world.dark, desk.world.blind = set(), {"busan"}
    lift = f"{desk.estate}/lift/seoul"
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")
        await desk.good("decide", desk.run, "critical", "--reason", "dark", "--as", "ops", "--yes")
        await waits_for(desk, "declaration")
        for name in ("kim", "lee"):
            await desk.good("approve", desk.run, "--as", name, "--yes")
        await waits_for(desk, "fence-seoul")
        assert_refused(await desk.muster("lift", desk.estate, "seoul", *WHY), "the lease is held by")
        await desk.good("abort", desk.run, *WHY, "--yes")
        await waits_for(desk, "declaration")
        for name in ("kim", "lee"):
            await desk.good("reject", desk.run, "--reason", "not yet", "--as", name, "--yes")
        await desk.muster("watch", desk.run)
        assert f"muster lift {desk.estate} seoul" in await desk.good("show", desk.run)
        assert f"muster lift {desk.estate} seoul" in await desk.good("estate", desk.estate)
        kept = desk.plan_file.read_text()
        desk.plan_file.write_text(kept.replace("name: power", "name: switch", 1))
        assert_refused(await desk.muster("apply", str(desk.plan_file), "--unprepared"), "longer names power")
        desk.plan_file.write_text(kept)
        said = await desk.good("lift", str(desk.plan_file), "seoul", *WHY)
        assert f"muster watch {lift}" in said
        assert_refused(await desk.muster("lift", desk.estate, "seoul", *WHY), lift)

        async def is_asked() -> bool:
            return "declaration" in await desk.good("show", lift, "--json")

        await until(is_asked)
        for name in ("kim", "lee"):
            await until(lambda name=name: approved(desk, lift, name))
        await desk.muster("watch", lift)
        assert "it serves again" in await desk.good("show", lift)
        assert "muster lift" not in await desk.good("estate", desk.estate)
        assert_refused(await desk.muster("lift", desk.estate, "seoul", *WHY), "nothing is owed for seoul")


async def approved(desk: Desk, run: str, name: str) -> bool:
    return (await desk.muster("approve", run, "--as", name, "--yes")).code == 0


async def test_what_nobody_registered_is_said(desk: Desk) -> None:
    """One line, and the way out."""
    async with desk.workers():
        assert_refused(await desk.muster("lift", desk.estate, "seoul", *WHY), "muster apply")
        await registered(desk)
        assert_refused(await desk.muster("lift", desk.estate, "seoul", *WHY), "nothing is owed")
