"""Names, people, gates and audiences, and what is not done yet: one small bad plan each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans import Bad, assert_one_problem

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
        ("  override:", "  overide:"),
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
    "not yet: codes": Bad(
        ("quorum: 2}", "quorum: 2, proof: code}"),
        line="proof: code",
        field="gates.override.proof",
        says="not yet: one-time codes; write proof: none",
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
