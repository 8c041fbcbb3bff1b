"""Names, people, gates and audiences, and what is not done yet: one small bad plan each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans import Bad, assert_one_problem, good_plan
from workflows.plan.periods import away_until

BAD = {
    "estate": Bad(
        ("estate: bank", "estate: Bank.1"),
        line="estate:",
        field="estate",
        says="'Bank.1' is no name; use small letters",
    ),
    "host name": Bad(
        ("was-2: {", "was_2: {"),
        ("[was-1, was-2]", "[was-1, was_2]"),
        ("at: seoul/was-2", "at: pdu"),
        line="was_2: {",
        field="centers.seoul.hosts.was_2",
        says="is no name; use small letters",
    ),
    "component called host": Bad(
        ("      mq:", "      host:"),
        line="host:\n",
        field="services.channel.components.host",
        says="host has a meaning of its own in plans; choose another name",
    ),
    "service called data": Bad(
        ("  channel:", "  data:"),
        line="  data:\n    needs",
        field="services.data",
        says="choose another name",
    ),
    "timezone": Bad(
        ("Asia/Seoul", "Asia/Seol"),
        line="timezone:",
        field="timezone",
        says="unknown timezone 'Asia/Seol'; did you mean Asia/Seoul?",
    ),
    "timezone a path": Bad(
        ("Asia/Seoul", "../../etc/passwd"), line="timezone:", field="timezone", says="unknown timezone"
    ),
    "severity is missing": Bad(
        ("  severity: {people: [ops, lee], within: 10m}\n", ""),
        line="gates:",
        field="gates",
        says="the gate severity is missing; add severity: {people: [NAME]}",
    ),
    "override is missing": Bad(
        ("  override: {people: [kim, lee], quorum: 2}\n", ""),
        line="gates:",
        field="gates",
        says="the gate override is missing; add override: {people: [NAME, NAME], quorum: 2}",
    ),
    "declaration is missing": Bad(
        (
            "  declaration: {people: [kim, lee], quorum: 2, within: 15m, then: {people: [ops], within: 10m}}\n",
            "",
        ),
        line="gates:",
        field="gates",
        says="the gate declaration is missing",
    ),
    "unknown gate": Bad(
        ("centers:\n  seoul:", "  overide: {people: [kim, lee], quorum: 2}\ncenters:\n  seoul:"),
        line="overide",
        field="gates.overide",
        says="unknown gate 'overide'; did you mean override?",
    ),
    "unknown person": Bad(
        ("[ops, lee]", "[ops, le]"),
        line="[ops, le]",
        field="gates.severity.people[1]",
        says="unknown person 'le'; did you mean lee?",
    ),
    "person twice": Bad(
        ("[ops, lee]", "[ops, ops]"),
        line="[ops, ops]",
        field="gates.severity.people[1]",
        says="ops is named twice; a voice counts once",
    ),
    "nobody": Bad(
        ("[ops, lee]", "[]"),
        line="severity:",
        field="gates.severity.people",
        says="nobody is named; name at least one person",
    ),
    "quorum": Bad(
        ("override: {people: [kim, lee], quorum: 2}", "override: {people: [kim, lee], quorum: 3}"),
        line="quorum: 3",
        field="gates.override.quorum",
        says="a quorum of 3 is larger than its people (2); name more or lower the quorum",
    ),
    "quorum of one person": Bad(
        ("declaration: {people: [kim, lee], quorum: 2", "declaration: {people: [kim], quorum: 2"),
        line="[kim],",
        field="gates.declaration.quorum",
        says="a quorum of 2 is larger than its people (1)",
    ),
    "quorum of none": Bad(
        ("override: {people: [kim, lee], quorum: 2}", "override: {people: [kim, lee], quorum: 0}"),
        line="quorum: 0",
        field="gates.override.quorum",
        says="0 is too small; write 1 or more",
    ),
    "override by one": Bad(
        ("override: {people: [kim, lee], quorum: 2}", "override: {people: [kim, lee]}"),
        line="override:",
        field="gates.override.quorum",
        says="one person alone must not override a safety step; write quorum: 2",
    ),
    "commit stands down": Bad(
        (
            "  override: {",
            "  commit: {people: [kim], within: 30m, otherwise: stand-down}\n  override: {",
        ),
        line="commit:",
        field="gates.commit.otherwise",
        says="there is only forward; write accept or wait",
    ),
    "commit rejects": Bad(
        ("  override: {", "  commit: {people: [kim], within: 30m, otherwise: reject}\n  override: {"),
        line="commit:",
        field="gates.commit.otherwise",
        says="unknown value 'reject'; known: accept, wait",
    ),
    "a declaration's silence rejects": Bad(
        ("within: 15m, then", "otherwise: xyzzy, within: 15m, then"),
        line="declaration:",
        field="gates.declaration.otherwise",
        says="unknown value 'xyzzy'; known: stand-down, wait",
    ),
    "commit accepts at no time": Bad(
        ("  override: {", "  commit: {people: [kim], otherwise: accept}\n  override: {"),
        line="commit:",
        field="gates.commit.otherwise",
        says="it never comes, for the gate has no limit of time; add within: 30m",
    ),
    "silence approves": Bad(
        ("within: 15m, then", "otherwise: accept, within: 15m, then"),
        line="declaration:",
        field="gates.declaration.otherwise",
        says="silence never approves; write wait or stand-down",
    ),
    "escalation never": Bad(
        ("within: 15m, then", "then"), line="then:", field="gates.declaration.then", says="it never comes"
    ),
    "escalation to nobody": Bad(
        ("then: {people: [ops]", "then: {people: [op]"),
        line="then:",
        field="gates.declaration.then.people[0]",
        says="unknown person 'op'; did you mean ops?",
    ),
    "secret in the plan": Bad(
        ("kim-mail", '"mailto://kim:pw@x"'),
        line="mailto",
        field="people.kim.notice",
        says="is no name of a secret",
    ),
    "audience": Bad(
        ("  operators:", "  operater:"),
        line="operater",
        field="notices.operater",
        says="unknown audience 'operater'; did you mean operators?",
    ),
    "proof without a secret": Bad(
        ("notice: kim-mail", "notice: kim-mail, code: kim-code"),
        ("quorum: 2}", "quorum: 2, proof: code}"),
        line="proof: code",
        field="gates.override.proof",
        says="lee has no code: to prove it with; add people.lee.code: lee-code, or write proof: none",
    ),
    "proof without a secret of the deputy": Bad(
        ("notice: kim-mail", "code: kim-code, deputy: ops"),
        ("title: CIO", "code: lee-code"),
        ("quorum: 2}", "quorum: 2, proof: code}"),
        line="proof: code",
        field="gates.override.proof",
        says="ops has no code: to prove it with",
    ),
    "orders without a secret": Bad(
        ("notice: kim-mail", "code: kim-code"),
        ("title: CIO", "code: lee-code"),
        ("quorum: 2}", "quorum: 2, proof: code}"),
        ("centers:\n", "steering: {proof: code}\ncenters:\n"),
        line="steering",
        field="steering.proof",
        says="ops has no code: to prove it with; add people.ops.code: ops-code, or write proof: none",
    ),
    "orders with a code beside an override without": Bad(
        ("notice: kim-mail", "code: kim-code"),
        ("title: CIO", "code: lee-code"),
        ("{title: duty manager}", "{code: ops-code}"),
        ("centers:\n", "steering: {proof: code}\ncenters:\n"),
        line="override: ",
        field="gates.override.proof",
        says="an override does more than any of them; write proof: code here too, or steering: {proof: none}",
    ),
    "one secret for two": Bad(
        ("notice: kim-mail", "code: our-code"),
        ("title: CIO", "code: our-code"),
        line="lee: {code",
        field="people.lee.code",
        says="our-code is the secret of kim already; give each person their own",
    ),
    "code in the plan": Bad(
        ("notice: kim-mail", 'code: "JBSW Y3DP"'),
        line="JBSW",
        field="people.kim.code",
        says="is no name of a secret",
    ),
    "names that look alike": Bad(
        ("  ops: {title: duty manager}", "  ops: {title: duty manager}\n  k1m: {}"),
        line="k1m",
        field="people.k1m",
        says="k1m is read as kim; choose another name for one of them",
    ),
    "unknown deputy": Bad(
        ("title: CIO", "deputy: kin"),
        line="lee: {deputy",
        field="people.lee.deputy",
        says="unknown person 'kin'; did you mean kim?",
    ),
    "own deputy": Bad(
        ("title: CIO", "deputy: lee"),
        line="lee: {deputy",
        field="people.lee.deputy",
        says="lee cannot speak for lee; name somebody else",
    ),
    "deputy away too": Bad(
        ("notice: kim-mail", "away: [2026-12-01..2026-12-10]"),
        ("title: CIO", "deputy: kim, away: [2026-11-20..2026-11-21, 2026-12-10..2026-12-24]"),
        line="lee: {deputy",
        field="people.lee.deputy",
        says="kim is away too on 2026-12-10; name somebody who is there",
    ),
    "period of one day": Bad(
        ("title: CIO", "deputy: kim, away: ['2026-12-01']"),
        line="lee: {deputy",
        field="people.lee.away[0]",
        says="is no period; write its first and last day: 2026-12-01..2026-12-10",
    ),
    "period of no days": Bad(
        ("title: CIO", "deputy: kim, away: [2026-02-30..2026-03-01]"),
        line="lee: {deputy",
        field="people.lee.away[0]",
        says="is no period",
    ),
    "period backwards": Bad(
        ("title: CIO", "deputy: kim, away: [2026-12-10..2026-12-01]"),
        line="lee: {deputy",
        field="people.lee.away[0]",
        says="ends before it begins",
    ),
    "not yet: manual": Bad(
        (
            "    components:\n      mq",
            "    manual: [{before: traffic, ask: L4?, owner: ops}]\n    components:\n      mq",
        ),
        line="manual",
        field="services.channel.manual",
        says="not yet: manual steps",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_plan(name: str, tmp_path: Path) -> None:
    """A plan with one thing wrong yields exactly one line: file, line, field, what is wrong; what is right."""
    assert_one_problem(tmp_path, BAD[name])


def test_two_may_stand_in_for_each_other(tmp_path: Path) -> None:
    """A deputy is not followed to a deputy of their own, so that two may be each other's, one away at a time."""
    plan = good_plan(
        tmp_path,
        ("notice: kim-mail", "deputy: lee, away: [2026-12-01..2026-12-10]"),
        ("title: CIO", "deputy: kim, away: [2026-12-11..2026-12-24]"),
    )
    assert (plan.people["kim"].deputy, plan.people["lee"].deputy) == ("lee", "kim")


def test_an_absence_is_counted_in_days_of_the_plans_timezone() -> None:
    """Both days of a period are included, from midnight to midnight where the plan is read."""
    seoul_midnight = 1796050800.0  # 2026-12-01 00:00 in Seoul, 15:00 of the day before in UTC
    periods = ["2026-11-01..2026-11-02", "2026-12-01..2026-12-10"]
    assert away_until(periods, seoul_midnight - 1, "Asia/Seoul") is None
    assert str(away_until(periods, seoul_midnight, "Asia/Seoul")) == "2026-12-10"
    assert str(away_until(periods, seoul_midnight + 10 * 86400 - 1, "Asia/Seoul")) == "2026-12-10"
    assert away_until(periods, seoul_midnight + 10 * 86400, "Asia/Seoul") is None
    assert away_until(periods, seoul_midnight, "UTC") is None
