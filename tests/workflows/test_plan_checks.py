"""Cross-checks together: all problems at once, none that only follows from another."""

from __future__ import annotations

from pathlib import Path

import pytest

from starter.plan_file import load_plan
from tests.plans import GOOD, load, spoiled


def _told(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Line, field and text of all problems of the spoiled plan."""
    prefix = f"{tmp_path}/plan.yaml:"
    return [problem.removeprefix(prefix) for problem in load(tmp_path, spoiled(*changes)).problems]


def test_two_primaries(tmp_path: Path) -> None:
    """One center is primary and one is dr."""
    told = _told(tmp_path, ("role: dr", "role: primary"))
    assert told == [
        "30: centers.busan.role: seoul has the role primary already; write role: dr at one of them"
    ]


def test_two_dr(tmp_path: Path) -> None:
    """One center is primary and one is dr."""
    told = _told(tmp_path, ("role: primary", "role: dr"))
    assert told == [
        "30: centers.busan.role: seoul has the role dr already; write role: primary at one of them"
    ]


def test_center_named_as_a_vantage_point(tmp_path: Path) -> None:
    """Law 14: `control` names the third site, so no center may."""
    told = load(tmp_path, GOOD.replace("busan:", "control:")).problems
    assert [line.split(": ", 1)[1] for line in told] == [
        "centers.control: control has a meaning of its own in plans; choose another name"
    ]


def test_three_centers(tmp_path: Path) -> None:
    """A plan has exactly two centers."""
    third = "  daegu: {role: dr, ssh: {user: a, key: b}, hosts: {}}\ndevices:"
    assert "13: centers: 3 centers; a plan has exactly two, one primary and one dr" in _told(
        tmp_path, ("devices:", third)
    )


def test_a_component_that_needs_itself(tmp_path: Path) -> None:
    """A cycle of one is a cycle."""
    [told] = _told(tmp_path, ("needs: [data.ledger]", "needs: [was]"))
    assert "services.core.components.was.needs: a cycle: core.was -> core.was; leave" in told


def test_cycle_over_two_services(tmp_path: Path) -> None:
    """A cycle is printed along its needs, over the borders of services."""
    [told] = _told(tmp_path, ("needs: [data.ledger]", "needs: [channel]"))
    assert "services.channel.needs: a cycle: channel.mq -> core.was -> channel.mq; leave one" in told


def test_a_misspelt_key_of_a_record_is_an_unknown_center(tmp_path: Path) -> None:
    """All other keys of a record are centers."""
    told = _told(tmp_path, ("ttl: 30s,", "ttl: 30s, pusan: [10.1.1.1],"))
    assert told == ["81: traffic[0].records[0].pusan: unknown center 'pusan'; did you mean busan?"]


def test_all_at_once(tmp_path: Path) -> None:
    """Problems of fields and cross-checks are told in one go, by line, and none that only follows from another."""
    told = _told(
        tmp_path,
        ("rto: 10m", "rto: 10"),
        ("title: CIO", "titel: CIO"),
        ("[ops, lee], within", "[ops, nobody], within"),
        ("address: 10.81.0.22", "adress: 10.81.0.22"),
        ("      mq:", "      mq:\n        enough: two"),
        ("needs: [was]", "needs: [wax]"),
        ("key: dns-key", 'key: "a b"'),
    )
    assert [line.split(": ", 2)[:2] for line in told] == [
        ["4", "objectives.rto"],
        ["7", "people.lee.titel"],
        ["10", "gates.severity.people[1]"],
        ["20", "centers.seoul.hosts.was-2.adress"],
        ["64", "services.core.components.web.needs[0]"],
        ["74", "services.channel.components.mq.enough"],
        ["80", "traffic[0].rfc2136.key"],
    ]


def test_a_misspelt_section_hides_nothing(tmp_path: Path) -> None:
    """A key that is nearly right is read as the right one for the rest of the checks."""
    told = _told(
        tmp_path,
        ("    components:\n      was", "    component:\n      was"),
        ("in: ledger}\n", "in: leger}\n"),
    )
    assert [line.split(": ", 2)[1:] for line in told] == [
        ["services.core.component", "unknown key 'component'; did you mean components?"],
        ["services.core.proves_itself.in", "unknown dataset 'leger'; did you mean ledger?"],
    ]


def test_the_example_waits_for_later_work_only(tmp_path: Path) -> None:
    """All forms of a plan are read and checked from the start; what does not run yet is said, and nothing else."""
    told = load_plan(Path(__file__).with_name("plan-example.yaml")).problems
    assert [line.partition("plan-example.yaml:")[2].split(": ", 2)[:2] for line in told] == [
        ["53", "centers.busan.fence"],
        ["70", "services.core-banking.data.cards.script"],
        ["91", "services.core-banking.manual"],
        ["99", "traffic[1].command"],
        ["106", "batches"],
        ["116", "maintenance"],
        ["122", "schedules"],
    ]
    assert all("not yet: " in line or "no fence stops writers" in line for line in told)


OPERATIONS = """
batches:
  eod:
    must_finish_by: "06:00"
    jobs:
      extract: {service: core, hosts: [was-1], run: "{app_home}/x {business_date}"}
      post: {needs: [extract], hosts: [db-1], run: post}
maintenance:
  patch: {window: 4h, services: [core], tasks: [{run: apt-get -y upgrade, batch_size: 1}]}
schedules:
  - {scenario: drill, level: full, when: "first saturday 03:00"}
  - {scenario: batch eod, when: "mon-fri 23:30"}
  - {scenario: readiness, every: 30m}
"""


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        (
            "[extract]",
            "[extrct]",
            "batches.eod.jobs.post.needs[0]",
            "unknown job 'extrct'; did you mean extract?",
        ),
        (
            "{service: core,",
            "{needs: [post],",
            "batches.eod.jobs.extract.needs",
            "a cycle: extract -> post -> extract; leave",
        ),
        (
            "{service: core,",
            "{service: cor,",
            "batches.eod.jobs.extract.service",
            "unknown service 'cor'; did you mean core?",
        ),
        ("[db-1]", "[db-2]", "batches.eod.jobs.post.hosts[0]", "unknown host of seoul 'db-2'"),
        ("[db-1]", "[was-2]", "batches.eod.jobs.post.hosts[0]", "unknown host of busan 'was-2'"),
        (
            "run: post",
            "at: pusan, run: post",
            "batches.eod.jobs.post.at",
            "unknown place 'pusan'; did you mean busan?",
        ),
        (
            '"06:00"',
            '"6:00"',
            "batches.eod.must_finish_by",
            "'6:00' is no time of day; write hours and minutes in quotes",
        ),
        ("{business_date}", "{busines_date}", "batches.eod.jobs.extract.run", "did you mean business_date?"),
        ("services: [core]", "services: [cor]", "maintenance.patch.services[0]", "unknown service 'cor'"),
        ("batch_size: 1", "batch_size: 0", "maintenance.patch.tasks[0].batch_size", "0 is too small"),
        ("window: 4h", "window: 4", "maintenance.patch.window", "4 has no unit; write 4s"),
        ("batch eod", "batch eof", "schedules[1].scenario", "unknown batch 'eof'; did you mean eod?"),
        (
            "readiness",
            "readines",
            "schedules[2].scenario",
            "unknown scenario 'readines'; did you mean readiness?",
        ),
        ("every: 30m", "level: full, every: 30m", "schedules[2].level", "only a drill has a level"),
        ("every: 30m", 'every: 30m, when: "daily 03:00"', "schedules[2]", "a schedule has exactly one clock"),
        ("first saturday 03:00", "0 3 * * SAT#1", "schedules[0].when", "#, L and W cannot be compiled"),
    ],
)
def test_operations_are_checked_before_they_run(
    tmp_path: Path, old: str, new: str, field: str, words: str
) -> None:
    """Batches, maintenance and schedules are refused as not yet, and their mistakes are told all the same."""
    assert OPERATIONS.count(old) == 1
    told = load(tmp_path, GOOD + OPERATIONS.replace(old, new)).problems
    mistakes = [line for line in told if "not yet" not in line]
    assert mistakes and all(f": {field}: " in line for line in mistakes)
    assert words in mistakes[0]


def test_the_centers_share_nothing(tmp_path: Path) -> None:
    """Law 1: a machine of both centers would be fenced and promoted at once; a name would not move."""
    told = _told(
        tmp_path,
        ("was-1: {address: 10.82.0.21}", "was-1: {address: 10.81.0.22}"),
        ("busan: [10.82.0.21]", "busan: [10.81.0.21]"),
    )
    assert [line.split(": ", 1)[1] for line in told] == [
        "centers.busan.hosts.was-1.address: 10.81.0.22 is the address of seoul/was-2 already; "
        "the centers share no machine",
        "traffic[0].records[0]: www points to the same place at both centers; it would not move",
    ]
