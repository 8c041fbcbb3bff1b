"""Needs, variables, data and traffic: one small bad plan each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans import Bad, assert_one_problem

BAD = {
    "need": Bad(
        ("needs: [data.ledger]", "needs: [data.leger]"),
        line="leger",
        field="services.core.components.was.needs[0]",
        says="unknown need 'data.leger'; did you mean data.ledger?",
    ),
    "need of a service": Bad(
        ("needs: [core.was]", "needs: [cor]"),
        line="needs: [cor]",
        field="services.channel.needs[0]",
        says="unknown need 'cor'; did you mean core?",
    ),
    "cycle of components": Bad(
        ("needs: [data.ledger]", "needs: [web]"),
        line="needs: [web]",
        field="services.core.components.was.needs",
        says="a cycle: core.was -> core.web -> core.was; leave one of these needs out",
    ),
    "cycle of services": Bad(
        ("    rto: 5m\n", "    rto: 5m\n    needs: [channel]\n"),
        ("needs: [core.was]", "needs: [core]"),
        line="needs: [core]",
        field="services.channel.needs",
        says="a cycle: channel -> core -> channel; leave one of these needs out",
    ),
    "variable": Bad(
        ("{app_home}/start", "{app_hom}/start"),
        line="app_hom}",
        field="services.core.components.was.start",
        says="unknown variable 'app_hom'; did you mean app_home?; for the braces themselves write {{app_hom}}",
    ),
    "variable of another service": Bad(
        ("start: sv start mq", 'start: "{app_home}/mq"'),
        line="{app_home}/mq",
        field="services.channel.components.mq.start",
        says="unknown variable 'app_home'",
    ),
    "lone brace": Bad(
        ("start: sv start mq", "start: \"awk '{print $1}' x\""),
        line="awk",
        field="services.channel.components.mq.start",
        says='a lone brace at "{print $1}\' "; double it ({{) when a brace is meant',
    ),
    "variable is taken": Bad(
        ("{app_home: /app}", "{app_home: /app, host: x}"),
        line="host: x",
        field="services.core.vars.host",
        says="{host} has a meaning already; choose another name",
    ),
    "variable in a variable": Bad(
        ("{app_home: /app}", '{app_home: /app, bin: "{app_home}/bin"}'),
        line="bin:",
        field="services.core.vars.bin",
        says="unknown variable 'app_home'",
    ),
    "clone outside a drill": Bad(
        ("start: sv start web", 'start: "x {clone.ledger}"'),
        line="clone",
        field="services.core.components.web.start",
        says="unknown variable 'clone.ledger'",
    ),
    "clone that is not there": Bad(
        ("start: sv start web", 'start: x\n        drill: {start: "x {clone.leger}"}'),
        line="clone",
        field="services.core.components.web.drill.start",
        says="unknown variable 'clone.leger'; did you mean clone.ledger?",
    ),
    "dataset host": Bad(
        ("{seoul: db-1, busan: db-1}", "{seoul: db-1, busan: db-2}"),
        line="db-2",
        field="services.core.data.ledger.hosts.busan",
        says="unknown host of busan 'db-2'; did you mean db-1?",
    ),
    "dataset at one center": Bad(
        ("{seoul: db-1, busan: db-1}", "{seoul: db-1}"),
        line="{seoul: db-1}",
        field="services.core.data.ledger.hosts",
        says="there is no host at busan; add busan",
    ),
    "dataset of two kinds": Bad(
        (
            "login: ledger-admin}",
            "login: ledger-admin}\n        script: {status: a, drain: b, promote: c, demote: d}",
        ),
        line="ledger:\n",
        field="services.core.data.ledger",
        says="a dataset has exactly one kind",
    ),
    "login is a secret": Bad(
        ("login: ledger-admin", 'login: "admin:pw"'),
        line="admin:pw",
        field="services.core.data.ledger.postgresql.login",
        says="is no name of a secret",
    ),
    "record at one center": Bad(
        (", busan: [10.82.0.21]}", "}"),
        line="name: www",
        field="traffic[0].records[0]",
        says="there is no address at busan; add busan",
    ),
    "record address": Bad(
        ("busan: [10.82.0.21]", "busan: [10.82.0]"),
        line="10.82.0]",
        field="traffic[0].records[0].busan[0]",
        says="'10.82.0' is no IPv4 address; write for example 10.81.0.31",
    ),
    "record address six": Bad(
        ("type: A,", "type: AAAA,"),
        ("seoul: [10.81.0.21], busan: [10.82.0.21]", "seoul: ['2001:db8::1'], busan: [10.82.0.21]"),
        line="AAAA",
        field="traffic[0].records[0].busan[0]",
        says="'10.82.0.21' is no IPv6 address",
    ),
    "record twice": Bad(
        (
            "busan: [10.82.0.21]}\n",
            "busan: [10.82.0.21]}\n      - {name: www, type: A, ttl: 3s, seoul: [10.81.0.2], busan: [10.82.0.2]}\n",
        ),
        line="ttl: 3s",
        field="traffic[0].records[1].name",
        says="www A is there already; write each record once",
    ),
    "ttl": Bad(
        ("ttl: 30s", "ttl: 500ms"),
        line="500ms",
        field="traffic[0].records[0].ttl",
        says="DNS counts whole seconds",
    ),
    "traffic of no kind": Bad(
        ("rfc2136: {server: 10.80.8.9, zone: bank.example., key: dns-key}\n    records", "records"),
        line="- records",
        field="traffic[0]",
        says="exactly one kind moves traffic",
    ),
    "dns key": Bad(
        ("key: dns-key", 'key: "hmac-sha256:k:AAAA"'),
        line="hmac",
        field="traffic[0].rfc2136.key",
        says="is no name of a secret",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_plan(name: str, tmp_path: Path) -> None:
    """A plan with one thing wrong yields exactly one line: file, line, field, what is wrong; what is right."""
    assert_one_problem(tmp_path, BAD[name])
