"""The models of a plan, and what a run carries of it."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.plans import GOOD, good_plan, load, spoiled
from workflows.plan import (
    CheckSpec,
    Dataset,
    Plan,
    PlanSnapshot,
    SnapshotDamaged,
    component_graph,
    datasets_needed,
    device_target,
    duration_text,
    fill,
    find_cycles,
    host_target,
    parse_duration,
    resolve_need,
    service_graph,
    snapshot,
    target_at,
    values_at,
)
from workflows.plan_reading import read_plan


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("4h", 14400), ("1d", 86400), ("1.5h", 5400), ("0s", 0)],
)
def test_durations(text: str, seconds: float) -> None:
    """A duration is a number and a unit; its one spelling reads back as the same."""
    assert parse_duration(text) == seconds
    assert parse_duration(duration_text(seconds)) == seconds


@pytest.mark.parametrize(
    "value",
    [30, 1.5, True, None, "", "30", "s", "-1s", "1 h", "1h30m", "0.0005s", "0.1ms", "400d", "١s", [], {}],
)
def test_no_durations(value: object) -> None:
    """What has no unit, or could be read in two ways, is refused with what is right."""
    with pytest.raises(ValueError, match="; write"):
        parse_duration(value)


def test_hash_is_stable(tmp_path: Path) -> None:
    """Comments, the order of keys and equal spellings change nothing; everything that a run acts by does."""
    one = load(tmp_path, GOOD).hash
    same = spoiled(
        ("rto: 10m, rpo: 30s", "rpo: 30000ms, rto: 600s"),
        ("start: sv start mq", "start: {timeout: 10m, run: sv start mq}   # as ever"),
        ("check: tcp://{host}:5672", 'check: {tcp: "tcp://{host}:5672", timeout: 2s}'),
        ("muster: 1\nestate: bank\n", "estate: 'bank'\nlanguage: en\nmuster: 1\n"),
    )
    assert load(tmp_path, same).hash == one is not None
    assert load(tmp_path, spoiled(("rpo: 30s", "rpo: 31s"))).hash not in (one, None)


def test_snapshot_round_trip(tmp_path: Path) -> None:
    """Law 12: a run carries the plan itself, and can tell that it is that plan."""
    plan = good_plan(tmp_path)
    pinned = snapshot(plan)
    assert pinned.plan() == plan
    assert len(pinned.hash) == 64
    with pytest.raises(SnapshotDamaged, match="does not hash"):
        pinned.model_copy(update={"hash": "0" * 64}).plan()
    with pytest.raises(SnapshotDamaged, match="does not unpack"):
        pinned.model_copy(update={"data": "%"}).plan()
    with pytest.raises(SnapshotDamaged, match="cut off"):
        pinned.model_copy(update={"data": pinned.data[:400]}).plan()


def test_a_snapshot_cannot_fill_the_memory() -> None:
    """What unpacks to more than a plan can be is refused before it is unpacked."""
    bomb = base64.b64encode(zlib.compress(b" " * 100_000_000, 9)).decode()
    with pytest.raises(SnapshotDamaged, match="too large"):
        PlanSnapshot(hash="0" * 64, data=bomb).plan()


def test_old_histories_load_in_newer_code(tmp_path: Path) -> None:
    """Stored payloads never forbid a field that this version does not know, at any depth."""
    data = good_plan(tmp_path).model_dump(mode="json")
    data["later"] = 1
    data["services"]["core"]["components"]["was"]["start"]["later"] = {"a": 1}
    text = json.dumps(data).encode()
    pinned = PlanSnapshot(
        hash=hashlib.sha256(text).hexdigest(), data=base64.b64encode(zlib.compress(text)).decode()
    )
    assert pinned.plan() == good_plan(tmp_path)
    component = data["services"]["core"]["components"]["was"]
    slice_ = type(good_plan(tmp_path).services["core"].components["was"]).model_validate(component)
    assert slice_ == good_plan(tmp_path).services["core"].components["was"]


def test_people_are_told_what_histories_are_not(tmp_path: Path) -> None:
    """The same unknown fields in what people write are problems."""
    data = good_plan(tmp_path).model_dump(mode="json")
    data["services"]["core"]["components"]["was"]["start"]["later"] = {"a": 1}
    [problem] = read_plan(data).problems
    assert problem.field == "services.core.components.was.start.later"


@pytest.mark.parametrize(
    "data", [None, 1, "x", [], {}, {"estate": 1}, {"centers": [], "gates": 5}, {"services": {"a": None}}]
)
def test_reading_never_raises(data: object) -> None:
    """Whatever stands in a file, there are problems and no plan."""
    reading = read_plan(data)
    assert reading.plan is None and reading.problems


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("tcp://{host}:80", "tcp"),
        ("http://{host}/x", "http"),
        ("https://{host}/x", "http"),
        ("curl http://x", "command"),
        ({"log": "/l", "says": "x"}, "log"),
        ({"run": "true"}, "command"),
    ],
)
def test_checks(written: Any, kind: str) -> None:
    """A URL says what it is; every other string is a command."""
    assert CheckSpec.model_validate(written).kind == kind


def test_frozen(tmp_path: Path) -> None:
    """A plan never changes under a run."""
    with pytest.raises(ValidationError):
        good_plan(tmp_path).estate = "other"  # type: ignore[misc]


def test_what_differs_at_a_center(tmp_path: Path) -> None:
    """A center's own command, check, user and environment are laid over the component's."""
    busan = "per_center: {busan: {run_as: other, env: {B: x}, start: go, check: stat}}"
    here = f"{busan}\n        env: {{A: a, B: b}}\n        run_as: wasadm"
    was = good_plan(tmp_path, ("run_as: wasadm", here)).services["core"].components["was"]
    assert was.env_at("busan") == {"A": "a", "B": "x"}
    assert was.env_at("seoul") == {"A": "a", "B": "b"}
    assert (was.act_at("busan", "start").run, was.act_at("busan", "start").run_as) == ("go", "other")
    assert (was.act_at("seoul", "stop").run, was.act_at("seoul", "stop").run_as) == ("sv stop was", "wasadm")
    assert (was.check_at("busan").run, was.check_at("busan").run_as) == ("stat", "other")
    assert was.act_at("seoul", "stop").timeout == 60


def test_objectives_of_parts(tmp_path: Path) -> None:
    """A service's RTO and a dataset's RPO are the plan's unless they have their own."""
    plan = good_plan(
        tmp_path,
        ("database: ledger, login: ledger-admin}", "database: ledger, login: ledger-admin}\n        rpo: 5s"),
    )
    assert plan.rpo_of("core", "ledger") == 5
    assert (plan.rto_of("core"), plan.rto_of("channel")) == (300, 600)
    assert (plan.primary, plan.other("seoul"), plan.dataset("core.ledger").kind) == (
        "seoul",
        "busan",
        "postgresql",
    )


def test_targets(tmp_path: Path) -> None:
    """A host is reached as its center says, with what differs at the host laid over it, by way of the jump host."""
    plan = good_plan(
        tmp_path,
        ("{address: 10.81.0.22}", "{address: 10.81.0.22, ssh: {port: 2222, via: pdu}}"),
    )
    target = host_target(plan, "seoul", "was-2")
    assert (target.user, target.port, target.become, target.label) == ("muster", 2222, "sudo", "seoul/was-2")
    assert target.via == device_target(plan, "pdu") == target_at(plan, "pdu")
    assert target_at(plan, "seoul/was-2") == target
    assert host_target(plan, "seoul", "was-1").via is None


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("x {a} y", "x 1 y"),
        ("{a}{b.c}", "12"),
        ("{{a}}", "{a}"),
        ("{{{a}}}", "{1}"),
        ("awk '{{print $1}}'", "awk '{print $1}'"),
        ("{unknown}", "{unknown}"),
        ("{ lone", "{ lone"),
        ("", ""),
    ],
)
def test_fill(text: str, filled: str) -> None:
    """Names are filled in, doubled braces are braces, and nothing raises; values are not filled in again."""
    assert fill(text, {"a": "1", "b.c": "2"}) == filled
    assert fill("{a}", {"a": "{a}"}) == "{a}"


def test_values(tmp_path: Path) -> None:
    """What can be filled in at a host: its address and name, the center, components' addresses, the service's vars."""
    values = values_at(good_plan(tmp_path), "core", "busan", "was-1")
    assert values == {
        "host": "10.82.0.21",
        "host_name": "was-1",
        "center": "busan",
        "was": "10.82.0.21",
        "web": "10.82.0.21",
        "app_home": "/app",
    }


def test_graph(tmp_path: Path) -> None:
    """Edges go over services; what is out of scope is not waited for; datasets are no nodes."""
    plan = good_plan(tmp_path)
    whole = {"core.was": set(), "core.web": {"core.was"}, "channel.mq": {"core.was"}}
    assert component_graph(plan, plan.services) == whole
    assert component_graph(plan, ["channel"]) == {"channel.mq": set()}
    assert service_graph(plan) == {"core": set(), "channel": {"core"}}
    assert datasets_needed(plan, "core") == {"core.ledger"}
    more = good_plan(tmp_path, ("needs: [core.was]", "needs: [core, core.data.ledger]"))
    assert component_graph(more, more.services)["channel.mq"] == {"core.was", "core.web"}
    assert datasets_needed(more, "channel") == {"core.ledger"}


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("was", ("component", "core", "was")),
        ("data.ledger", ("dataset", "core", "ledger")),
        ("channel", ("service", "channel", "")),
        ("channel.mq", ("component", "channel", "mq")),
        ("core.data.ledger", ("dataset", "core", "ledger")),
        ("mq", None),
        ("data", None),
        ("channel.data.x", None),
        ("a.b.c.d", None),
        ("", None),
    ],
)
def test_needs(tmp_path: Path, entry: str, found: tuple[str, str, str] | None) -> None:
    """An entry names a dataset, a component or a service, its own ones first."""
    need = resolve_need(good_plan(tmp_path), "core", entry)
    assert (need and (need.kind, need.service, need.name)) == found


def test_cycles() -> None:
    """A cycle is printed along its needs; several are found; long chains do not overflow."""
    assert find_cycles({"b": {"c"}, "c": {"a"}, "a": {"b"}}) == [["a", "b", "c", "a"]]
    assert find_cycles({"a": {"b"}, "b": {"a"}, "x": {"x"}}) == [["a", "b", "a"], ["x", "x"]]
    assert find_cycles({str(n): {str(n + 1)} for n in range(50_000)}) == []


def test_a_plan_is_a_payload(tmp_path: Path) -> None:
    """Parts of a plan travel as JSON to other versions of the code and come back equal."""
    dataset = good_plan(tmp_path).dataset("core.ledger")
    assert Dataset.model_validate_json(dataset.model_dump_json()) == dataset
    plan = good_plan(tmp_path)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
