"""The schedule of a seed: alike at each draw, possible, and of every kind over many seeds."""

from __future__ import annotations

from itertools import combinations

import pytest

from deploy.chaos.schedule import KINDS, OLD, PHASES, VERSION, Fault, draw, why_not_beside

SEEDS = range(1, 301)


def test_a_seed_is_drawn_alike() -> None:
    """A seed that failed is played once more from its number alone."""
    for seed in SEEDS:
        assert draw(seed) == draw(seed)
    assert len({str(draw(seed)) for seed in SEEDS}) == len(SEEDS)


def test_the_schedule_of_a_seed_stays() -> None:
    """The same on any machine: who changes this gives the schedule a new version, for its seeds are others."""
    assert VERSION == 2
    assert [(one.kind, one.target, one.phase, one.after, one.lasts) for one in draw(68).faults] == [
        ("lies", "pdu", "detect", 0.6, 44.9),
        ("power-back", "seoul", "promote", 0.2, 60.0),
    ]


def test_every_kind_target_and_phase_comes_up() -> None:
    faults = [fault for seed in SEEDS for fault in draw(seed).faults]
    drawn = {(fault.kind, fault.target) for fault in faults}
    assert drawn == {(kind.name, target) for kind in KINDS for target in kind.targets}
    assert {fault.phase for fault in faults} == set(PHASES)


def test_each_fault_is_one_of_its_kind() -> None:
    """In the phases of its kind, for as long as that lasts, beside the disaster that it belongs to."""
    for seed in SEEDS:
        schedule = draw(seed)
        assert 2 <= len(schedule.faults) <= 5
        for fault in schedule.faults:
            (kind,) = [one for one in KINDS if one.name == fault.kind and fault.target in one.targets]
            assert fault.phase in kind.phases
            assert kind.lasts[0] - 0.1 <= fault.lasts <= kind.lasts[1] + 0.1
            assert kind.disaster in ("", schedule.disaster)
            assert fault.last_phase == kind.last


def test_faults_of_a_schedule_can_be_side_by_side() -> None:
    for seed in SEEDS:
        for one, other in combinations(draw(seed).faults, 2):
            assert why_not_beside(one, [other]) is None


@pytest.mark.parametrize(
    ("kind", "target", "other"),
    [
        ("cut", "wan", Fault("cut", "wan", "load", 0, 1)),
        ("disk-full", "busan/db-1", Fault("power-off", "busan/db-1", "load", 0, 1)),
        ("devices-gone", "edge", Fault("devices-gone", "pdu", "load", 0, 1)),
        ("lies", "pdu", Fault("cut", "wan", "load", 0, 1)),
        ("throttle", "wan", Fault("lies", "pdu", "load", 0, 1)),
        ("lies", "pdu", Fault("heal", OLD, "detect", 0, 1)),
        ("power-back", OLD, Fault("lies", "edge", "detect", 0, 1)),
        ("devices-gone", "edge", Fault("power-back", OLD, "start", 0, 1)),
    ],
)
def test_what_cannot_be_beside_another(kind: str, target: str, other: Fault) -> None:
    assert why_not_beside(Fault(kind, target, "detect", 0, 1), [other]) is not None
