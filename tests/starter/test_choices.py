"""What the command line decides by itself, each as a pure function."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.logs import log_name, path_part
from activities.models import DatasetSide, GuardOrder, Target
from activities.models.estate import SampleTarget
from starter.errors import Refused, WrongUsage
from starter.leaving_guards import why_guards_left
from starter.log_reading import parse_log
from starter.plan_difference import difference, why_not_over
from starter.run_ref import parse_run
from starter.starting import DECLARATION, SCENARIOS, Wishes, need_good
from starter.trust import Trust, judge
from starter.voices import holder_of, open_gate
from tests.plans import good_plan
from tests.starter.records import RUN, held, waiting
from workflows.declaration import Declaration
from workflows.estate.state import EstateState

ED, RSA = "ssh-ed25519 AAAA", "ssh-rsa BBBB"


@pytest.mark.parametrize(
    ("pinned", "shown", "trust"),
    [
        ([], [ED], Trust.NEW),
        ([ED], [ED, RSA], Trust.PINNED),
        ([ED, RSA], [ED], Trust.PINNED),
        ([ED], ["ssh-ed25519 CCCC"], Trust.CHANGED),
        ([ED], [RSA], Trust.CHANGED),
        ([ED, RSA], [RSA, "ssh-ed25519 CCCC"], Trust.CHANGED),
        ([ED], [], Trust.SILENT),
    ],
)
def test_trust(pinned: list[str], shown: list[str], trust: Trust) -> None:
    """A key of a pinned type that differs is a change, whatever else fits."""
    assert judge(pinned, shown) is trust


def test_run_names() -> None:
    assert str(parse_run("bank/declaration#r1")) == "bank/declaration#r1"
    ref = parse_run("bank/declaration/core", "r2")
    assert (ref.estate, ref.scenario, ref.run_id, ref.is_child) == ("bank", "declaration", "r2", True)


def test_difference_names_paths(tmp_path: Path) -> None:
    old = good_plan(tmp_path)
    new = good_plan(tmp_path, ("rpo: 30s", "rpo: 40s"), ("run_as: wasadm", "run_as: jeus"))
    assert difference(old, old) == []
    assert difference(old, new) == [
        "~ objectives.rpo: '30s' -> '40s'",
        "~ services.core.components.was.run_as: 'wasadm' -> 'jeus'",
    ]
    assert difference(None, new) == ["+ services.channel", "+ services.core"]
    fewer = new.model_copy(update={"services": {"core": new.services["core"]}})
    assert difference(new, fewer) == ["- services.channel"]


def test_a_device_that_closed_a_center_stays_in_the_plan(tmp_path: Path) -> None:
    """Law 8: a lift by a plan that does not name it, or moves it otherwise, would leave it closed, and clear it."""
    old, new = good_plan(tmp_path), good_plan(tmp_path, ("name: seoul-power", "name: switch"))
    kept = {"seoul": "seoul is fenced"}
    told = str(why_not_over(old, new, kept))
    assert told.startswith("seoul is fenced, and this plan no longer names seoul-power: leave it in")
    seoul = old.centers["seoul"]
    moved = [one.model_copy(update={"lives": "elsewhere"}) for one in seoul.fence]
    other = old.model_copy(
        update={"centers": {**old.centers, "seoul": seoul.model_copy(update={"fence": moved})}}
    )
    assert "this plan changes" in str(why_not_over(old, other, kept))
    for same in ((old, new, {"busan": "x"}), (old, old, kept), (None, new, kept)):
        assert why_not_over(*same) is None


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, False),
        ({"after_s": 90}, False),
        ({"dataset": "core.renamed"}, True),
        (
            {
                "target": Target(
                    estate="e", center="seoul", host="db-2", address="10.0.0.2", user="u", key="k"
                )
            },
            True,
        ),
        (None, True),
    ],
)
def test_the_guard_of_a_live_writer_does_not_leave_the_plan(
    change: dict[str, object] | None, refused: bool
) -> None:
    """Nobody would renew it, and it would close a writer that is well; that of a side left behind may go."""
    at = Target(estate="e", center="seoul", host="db-1", address="10.0.0.1", user="u", key="k")
    guard = GuardOrder(
        dataset="core.ledger", target=at, run_as="postgres", after_s=60, margin_s=27.0, close="x"
    )
    side = DatasetSide(service="core", dataset="ledger", kind="postgresql", center="seoul", target=at)
    old = SampleTarget(side=side, rpo_s=5.0, guard=guard)
    left = guard.model_copy(update=change) if change is not None else None
    new = {"seoul": [SampleTarget(side=side, rpo_s=5.0, guard=left)]}
    state = EstateState(estate="e", active={"core": "seoul"}).model_copy(
        update={"sampling": {"seoul": [old]}}
    )
    told = why_guards_left(state, new, [])
    assert bool(told) is refused
    assert told is None or "close that live writer within 60 s. Do `guard.sh disarm` there" in told
    assert why_guards_left(state, new, ["core.ledger"]) is None
    assert why_guards_left(state.model_copy(update={"active": {"core": "busan"}}), new, []) is None
    assert why_guards_left(None, new, []) is None


def test_a_run_that_goes_on_fences_by_the_plan_of_before(tmp_path: Path) -> None:
    """Laws 8, 12: announced, or holding the lease and owing nothing yet, it may close either center."""
    from starter.applying import why_kept
    from tests.workflows.test_estate_book import ask, entrance
    from workflows.estate.book import EstateBook
    from workflows.plan.snapshot import snapshot

    kept = snapshot(good_plan(tmp_path))
    state = EstateState(estate="e", plan_hash=kept.hash, plan_data=kept.data)
    assert why_kept(None) == why_kept(state) == {}
    EstateBook(state).announce(entrance("declaration/1", "declaration"), 0.0)
    assert why_kept(state) == {c: f"declaration goes on and may fence {c}" for c in ("busan", "seoul")}
    EstateBook(state).acquire(ask("declaration/1", "declaration"), 0.0)
    assert set(why_kept(state)) == {"busan", "seoul"} and not state.announcements


@pytest.mark.parametrize(
    ("wishes", "kind", "words"),
    [
        ({"center": "seol"}, WrongUsage, "--center: unknown center 'seol'; did you mean seoul?"),
        ({"center": "nowhere"}, WrongUsage, "--center: unknown center 'nowhere'; known: busan, seoul"),
        ({"services": ["cor"]}, WrongUsage, "--service: unknown service 'cor'; did you mean core?"),
        ({"by": "kim"}, Refused, "kim may not speak at gate declaration"),
    ],
)
def test_what_is_wrong_with_a_start(
    tmp_path: Path, wishes: dict[str, object], kind: type[Refused], words: str
) -> None:
    """Law 6: who starts a run has no voice in it; a gate that cannot pass without that voice would never open."""
    plan = good_plan(tmp_path, ("then: {people: [ops], within: 10m}", "otherwise: wait"))
    given = {"scenario": "declaration", "by": "sre", "reason": "dark"}
    need_good(plan, Wishes(**given))  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        need_good(plan, Wishes(**given | wishes))  # type: ignore[arg-type]
    assert type(refused.value) is kind and words in str(refused.value)


def test_the_name_of_a_scenario_is_the_name_of_its_workflow() -> None:
    """The class is named, not imported: it would load every driver of the workers."""
    definition = Declaration.__temporal_workflow_definition  # type: ignore[attr-defined]
    assert definition.name == DECLARATION == SCENARIOS["declaration"]


def test_an_approval_is_for_the_open_gate_only() -> None:
    assert open_gate(waiting(), severity=False).token == "k7x2mp"
    with pytest.raises(Refused, match=r"awaits no severity decision now; it waits for gate declaration"):
        open_gate(waiting(), severity=True)
    with pytest.raises(Refused, match=r"asks at declaration: not at 'commit'"):
        open_gate(waiting(), severity=False, gate="commit")


def test_a_retry_finds_who_holds_the_step() -> None:
    """The run itself, one of its children, or nobody; two children of one step name are told apart by the person."""
    record = held()
    assert holder_of(record, "promote-core-banking.ledger") == RUN
    assert holder_of(record, "start-was@was-1") == f"{RUN}/core-banking"
    with pytest.raises(Refused, match=r"held now: promote-core-banking\.ledger, start-was@was-1"):
        holder_of(record, "start-web@web-1")
    twin = record.children[0].model_copy(update={"workflow_id": f"{RUN}/channel"})
    record.children.append(twin)
    with pytest.raises(Refused, match="name one of them"):
        holder_of(record, "start-was@was-1")


def test_log_names_are_read_back() -> None:
    """A device has no center; a name of another shape is no output of a job."""
    log = parse_log(log_name("bank", "", "pdu", "bank/declaration", "r1", "fence-power", "1"))
    assert log and (log.place, log.workflow_id, log.step, log.attempt) == (
        "pdu",
        "bank/declaration",
        "fence-power",
        1,
    )
    assert parse_log(path_part("bank") + "/x/1") is None
