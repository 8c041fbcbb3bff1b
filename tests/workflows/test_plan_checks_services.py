"""Services and components: one small bad plan each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans import Bad, assert_one_problem

BAD = {
    "unknown host": Bad(
        ("[was-1, was-2], busan: [was-1]", "[was-1, was-2], busan: [was-9]"),
        line="was-9",
        field="services.core.components.was.hosts.busan[0]",
        says="unknown host of busan 'was-9'; did you mean was-1?",
    ),
    "host twice": Bad(
        ("[was-1, was-2]", "[was-1, was-1]"),
        line="[was-1, was-1]",
        field="services.core.components.was.hosts.seoul[1]",
        says="was-1 is named twice",
    ),
    "no host at one center": Bad(
        ("[was-1, was-2], busan: [was-1]}", "[was-1, was-2]}"),
        line="[was-1, was-2]}",
        field="services.core.components.was.hosts",
        says="there is no host at busan; add busan",
    ),
    "empty at one center": Bad(
        ("[was-1, was-2], busan: [was-1]}", "[was-1, was-2], busan: []}"),
        line="busan: []",
        field="services.core.components.was.hosts.busan",
        says="there is no host at busan; add busan",
    ),
    "unknown center": Bad(
        ("[was-1, was-2], busan: [was-1]}", "[was-1, was-2], busan: [was-1], pusan: [was-1]}"),
        line="pusan",
        field="services.core.components.was.hosts.pusan",
        says="unknown center 'pusan'; did you mean busan?",
    ),
    "enough": Bad(
        ("enough: 1", "enough: 2"),
        line="enough: 2",
        field="services.core.components.was.enough",
        says="2 is larger than its hosts at one center (1); write 1 or less",
    ),
    "enough is none": Bad(
        ("enough: 1", "enough: 0"),
        line="enough: 0",
        field="services.core.components.was.enough",
        says="0 is too small; write 1 or more",
    ),
    "retries": Bad(
        ("enough: 1", "retries: -1"),
        line="retries",
        field="services.core.components.was.retries",
        says="-1 is below zero",
    ),
    "per center": Bad(
        ("enough: 1", "per_center: {pusan: {}}"),
        line="pusan",
        field="services.core.components.was.per_center.pusan",
        says="unknown center 'pusan'; did you mean busan?",
    ),
    "run as": Bad(
        ("run_as: wasadm", "run_as: was adm"),
        line="run_as:",
        field="services.core.components.was.run_as",
        says="'was adm' is no user name",
    ),
    "environment": Bad(
        ("enough: 1", 'env: {"A B": x}'),
        line="A B",
        field="services.core.components.was.env.A B",
        says="'A B' is no variable name",
    ),
    "check scheme": Bad(
        ("tcp://{host}:5672", "ssh://{host}:22"),
        line="ssh://",
        field="services.channel.components.mq.check",
        says="a check cannot look at ssh://; write tcp://, http://, https:// or a command",
    ),
    "check port": Bad(
        ("tcp://{host}:5672", "tcp://{host}"),
        line="tcp://{host}\n",
        field="services.channel.components.mq.check",
        says="is not host and port; write tcp://HOST:PORT",
    ),
    "check body": Bad(
        ("check: tcp://{host}:5672", 'check: {http: "http://{host}/", body: "("}'),
        line="body",
        field="services.channel.components.mq.check.body",
        says="'(' is no regular expression",
    ),
    "check log": Bad(
        ("check: tcp://{host}:5672", "check: {log: mq.log, says: started}"),
        line="mq.log",
        field="services.channel.components.mq.check.log",
        says="'mq.log' is relative; write the whole path from /",
    ),
    "check kinds": Bad(
        ("check: tcp://{host}:5672", 'check: {run: x, tcp: "tcp://a:1"}'),
        line="run: x",
        field="services.channel.components.mq.check",
        says="a check has exactly one kind; write one of tcp, http, run and log",
    ),
    "check status": Bad(
        ("check: tcp://{host}:5672", 'check: {http: "http://{host}/", status: 20}'),
        line="status: 20",
        field="services.channel.components.mq.check.status",
        says="20 is no HTTP status",
    ),
    "proof in no dataset": Bad(
        ("'{ref}'\", in: ledger", "'{ref}'\", in: leger"),
        line="in: leger",
        field="services.core.proves_itself.in",
        says="unknown dataset 'leger'; did you mean ledger?",
    ),
    "proof of nothing": Bad(
        ("where ref = '{ref}'", ""),
        line="select 1",
        field="services.core.proves_itself.read",
        says="it does not ask for what was written; use {ref}",
    ),
    "proof by what": Bad(
        ("http://{web}/write", "write {web}"),
        line="write {web}",
        field="services.core.proves_itself.write",
        says="does not begin with http://",
    ),
    "service of nothing": Bad(
        ("traffic:", "  empty: {}\ntraffic:"),
        line="empty:",
        field="services.empty",
        says="it has neither components nor data",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_plan(name: str, tmp_path: Path) -> None:
    """A plan with one thing wrong yields exactly one line: file, line, field, what is wrong; what is right."""
    assert_one_problem(tmp_path, BAD[name])
