"""A small good plan, for tests to spoil."""

from __future__ import annotations

from pathlib import Path

from starter.plan_file import LoadedPlan, load_plan
from workflows.plan import Plan

SEOUL_COMMANDS = """\
        run: {at: pdu, command: off seoul}
        lift: {at: pdu, command: on seoul}
        confirm: {at: pdu, command: status seoul, says: is off}
"""
"""How the good plan fences seoul, to be replaced."""

GOOD = """\
muster: 1
estate: bank
timezone: Asia/Seoul
objectives: {rto: 10m, rpo: 30s}
people:
  kim: {title: CEO, notice: kim-mail}
  lee: {title: CIO}
  ops: {title: duty manager}
gates:
  severity: {people: [ops, lee], within: 10m}
  declaration: {people: [kim, lee], quorum: 2, within: 15m, then: {people: [ops], within: 10m}}
  override: {people: [kim, lee], quorum: 2}
centers:
  seoul:
    role: primary
    ssh: {user: muster, key: seoul-ssh, become: sudo}
    hosts:
      db-1: {address: 10.81.0.11}
      was-1: {address: 10.81.0.21}
      was-2: {address: 10.81.0.22}
    seen_by: [http://10.81.0.21/health]
    fence:
      - name: seoul-power
        stops: writers
        lives: third-site
        run: {at: pdu, command: off seoul}
        lift: {at: pdu, command: on seoul}
        confirm: {at: pdu, command: status seoul, says: is off}
  busan:
    role: dr
    ssh: {user: muster, key: busan-ssh}
    hosts:
      db-1: {address: 10.82.0.11}
      was-1: {address: 10.82.0.21}
    seen_by: [tcp://10.82.0.21:80]
    fence:
      - name: busan-power
        stops: writers
        lives: third-site
        run: {at: pdu, command: off busan}
        lift: {at: pdu, command: on busan}
        confirm: {at: seoul/was-2, command: status busan, says: is off}
devices:
  pdu: {address: 10.80.8.3, ssh: {user: netops, key: pdu-ssh}}
neutral_targets: [tcp://10.80.8.9:53]
services:
  core:
    rto: 5m
    vars: {app_home: /app}
    data:
      ledger:
        postgresql: {database: ledger, login: ledger-admin}
        hosts: {seoul: db-1, busan: db-1}
    components:
      was:
        needs: [data.ledger]
        hosts: {seoul: [was-1, was-2], busan: [was-1]}
        enough: 1
        run_as: wasadm
        start: "{app_home}/start {host}"
        stop: {run: sv stop was, timeout: 1m}
        check: http://{host}:8080/health
      web:
        needs: [was]
        hosts: {seoul: [was-1], busan: [was-1]}
        start: sv start web
        stop: sv stop web
        check: sv status web
    proves_itself: {write: "http://{web}/write", read: "select 1 from t where ref = '{ref}'", in: ledger}
  channel:
    needs: [core.was]
    components:
      mq:
        hosts: {seoul: [was-1], busan: [was-1]}
        start: sv start mq
        stop: sv stop mq
        check: tcp://{host}:5672
traffic:
  - rfc2136: {server: 10.80.8.9, zone: bank.example., key: dns-key}
    records:
      - {name: www, type: A, ttl: 30s, seoul: [10.81.0.21], busan: [10.82.0.21]}
notices:
  operators: [ops-hook]
"""


def spoiled(*changes: tuple[str, str]) -> str:
    """The good plan with pieces of text replaced; each piece must be there exactly once."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the good plan"
        text = text.replace(old, new)
    return text


def load(directory: Path, text: str | bytes, hosts: str | None = None) -> LoadedPlan:
    """What is read from a file of this text, with host keys beside it."""
    path = directory / "plan.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if hosts is not None:
        path.with_suffix(".hosts").write_text(hosts)
    return load_plan(path)


def good_plan(directory: Path, *changes: tuple[str, str]) -> Plan:
    """The good plan, changed, and still good."""
    loaded = load(directory, spoiled(*changes))
    assert loaded.plan is not None, loaded.problems
    return loaded.plan


class Bad:
    """A small bad plan: what is changed in the good one, a text that only the named line holds, and what is told."""

    def __init__(self, *changes: tuple[str, str], line: str, field: str, says: str) -> None:
        self.text = spoiled(*changes)
        assert self.text.count(line) == 1, f"{line!r} does not name one line"
        self.line = self.text[: self.text.index(line)].count("\n") + 1
        self.field = field
        self.says = says


def assert_one_problem(directory: Path, bad: Bad) -> None:
    """The plan is refused by exactly one line, with the line number, the field and both halves."""
    loaded = load(directory, bad.text)
    assert loaded.plan is None
    assert len(loaded.problems) == 1, loaded.problems
    assert loaded.problems[0].startswith(f"{directory}/plan.yaml:{bad.line}: {bad.field}: "), loaded.problems
    assert bad.says in loaded.problems[0]
    assert "; " in loaded.problems[0]
