"""Slices of the lab's plan: what activities and children get of it, and in which direction."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import deploy.lab
from activities.models import Command, Target
from starter.plan_file import load_plan
from tests.plans import SEOUL_COMMANDS, good_plan
from workflows import names, slices
from workflows.orders import ServiceOrder
from workflows.plan import Plan, PlanSnapshot, snapshot

SERVICES = ["core-banking", "channel"]
WAYS = [("seoul", "busan"), ("busan", "seoul")]
NET = {"seoul": "10.81.0", "busan": "10.82.0"}


@cache
def lab() -> tuple[Plan, PlanSnapshot]:
    loaded = load_plan(Path(str(deploy.lab.__file__)).parent / "plan.yaml")
    assert loaded.plan is not None and loaded.snapshot is not None, loaded.problems
    return loaded.plan, loaded.snapshot


PLAN = lab()[0]
ALL = sorted(PLAN.services)


def slice_of(service: str, center: str, *, up: bool = True, scope: list[str] | None = None) -> ServiceOrder:
    return slices.service_order(
        PLAN,
        service,
        center,
        SERVICES if scope is None else scope,
        up=up,
        epoch=7,
        parent_id="hanbit-bank/declaration",
        started_by="han",
        reason="fire",
        plan_hash="ab",
    )


# --- services


def test_a_service_order_is_filled_in() -> None:
    """Law 12: a child gets its own slice, ready to run: targets, commands, checks, and what its parent told it."""
    order = slice_of("core-banking", "busan")
    assert (order.estate, order.service, order.center, order.up) == (
        "hanbit-bank",
        "core-banking",
        "busan",
        True,
    )
    assert (order.epoch, order.parent_id, order.started_by) == (7, "hanbit-bank/declaration", "han")
    assert order.people == ["cho", "kim", "lee", "ops"]
    was, web = order.components
    assert (was.label, was.enough, was.max_parallel, was.needs) == ("core-banking.was", 1, 2, [])
    assert (web.label, web.enough, web.needs) == ("core-banking.web", 1, ["core-banking.was"])
    first = was.hosts[0]
    assert first.host == "was-1"
    assert first.target == Target(
        estate="hanbit-bank",
        center="busan",
        host="was-1",
        address="10.82.0.21",
        user="muster",
        key="busan-ssh",
        become="sudo",
    )
    assert first.act == Command(run="sv up was", run_as="root", timeout_s=30.0, kill_after_s=60.0)
    assert (first.check.kind, first.check.url) == ("http", "http://10.82.0.21:8080/health")
    assert web.hosts[0].check.url == "tcp://10.82.0.31:80"


@pytest.mark.parametrize("center", ["seoul", "busan"])
def test_each_host_is_looked_at_by_its_own_address(center: str) -> None:
    """Law 3: the check is of the very host that is started, at the very center."""
    was = slice_of("core-banking", center).components[0]
    assert [host.check.url for host in was.hosts] == [
        f"http://{NET[center]}.{number}:8080/health" for number in (21, 22)
    ]
    assert {host.target.center for host in was.hosts} == {center}


def test_no_brace_is_left() -> None:
    """What is filled in is filled in everywhere: a brace at a host would be found at a disaster."""
    for up in (True, False):
        for service in SERVICES:
            for center in NET:
                assert "{host}" not in slice_of(service, center, up=up).model_dump_json()


def test_a_slice_holds_nothing_of_other_services_and_centers() -> None:
    """Laws 12 and 13: a child cannot do what is not its own."""
    text = slice_of("channel", "busan").model_dump_json()
    assert (
        "10.81." not in text and "sv up was" not in text and "ledger" not in text and "kim-mail" not in text
    )


@pytest.mark.parametrize(
    ("service", "up", "scope", "needs"),
    [
        ("core-banking", True, SERVICES, {"was": [], "web": ["core-banking.was"]}),
        ("channel", True, SERVICES, {"mq": ["core-banking.was"]}),
        ("core-banking", False, SERVICES, {"was": ["channel.mq", "core-banking.web"], "web": []}),
        ("channel", False, SERVICES, {"mq": []}),
        # what is not in the run's scope is waited for by nobody
        ("channel", True, ["channel"], {"mq": []}),
        ("core-banking", False, ["core-banking"], {"was": ["core-banking.web"], "web": []}),
    ],
)
def test_needs_cross_services_and_turn_round_for_a_stop(
    service: str, up: bool, scope: list[str], needs: dict[str, list[str]]
) -> None:
    """Order: what is needed starts first, also in another service; it stops last; only the scope is waited for."""
    order = slice_of(service, "busan", up=up, scope=scope)
    assert {part.name: part.needs for part in order.components} == needs


def test_a_stop_stops_every_host() -> None:
    """Law 1: `enough` is what serves; the old side is down only when all of it is."""
    was = slice_of("core-banking", "seoul", up=False).components[0]
    assert (was.enough, len(was.hosts)) == (2, 2)
    assert was.hosts[0].act == Command(run="sv stop was", run_as="root", timeout_s=600.0, kill_after_s=20.0)


def test_variables_of_the_service_and_of_the_host_are_filled_in(tmp_path: Path) -> None:
    """Law 11: `{host}` is the address at the center of the run, not at the one where the service was born."""
    order = slices.service_order(
        good_plan(tmp_path), "core", "busan", ["core"], up=True, epoch=1,
        parent_id="p", started_by="x", reason="", plan_hash="",
    )  # fmt: skip
    was = order.components[0].hosts[0]
    assert (was.act.run, was.act.run_as) == ("/app/start 10.82.0.21", "wasadm")
    web = order.components[1].hosts[0]
    assert web.check.command == Command(run="sv status web", timeout_s=5.0)


# --- data


@pytest.mark.parametrize("center", ["seoul", "busan"])
def test_a_side_of_a_dataset(center: str) -> None:
    """Law 13: a side names its login and carries none; law 16: the RPO is the plan's."""
    side = slices.side(PLAN, "core-banking.ledger", center)
    assert (side.label, side.kind, side.center) == ("core-banking.ledger", "postgresql", center)
    assert (side.target.label, side.target.address) == (f"{center}/db-1", f"{NET[center]}.11")
    assert (side.port, side.database, side.login, side.run_as) == (5432, "ledger", "ledger-admin", "postgres")
    assert side.rpo_s == 5.0 and side.consistent_when is not None and side.commands == {}


def test_a_promotion_by_a_command_is_filled_in(tmp_path: Path) -> None:
    """What validation lets stand in a plan is filled in before it reaches a host."""
    login = "login: ledger-admin"
    plan = good_plan(
        tmp_path,
        (
            f"{{database: ledger, {login}}}",
            f'{{database: ledger, {login}, promote: "{{app_home}}/up {{host}} {{center}}"}}',
        ),
    )
    side = slices.side(plan, "core.ledger", "busan")
    assert side.commands["promote"] == Command(run="/app/up 10.82.0.11 busan", run_as="postgres")


def test_datasets_are_those_of_the_services_asked_for() -> None:
    """Law 17: all datasets in scope, and no other."""
    assert slices.datasets(PLAN, SERVICES) == ["core-banking.ledger"]
    assert slices.datasets(PLAN, ["channel"]) == []


def test_a_registration_samples_whichever_center_is_active() -> None:
    """Law 16: a loss estimate needs samples in both directions; homes are the primary center of each service."""
    plan, pinned = lab()
    found = slices.registration(plan, pinned)
    assert (found.plan_hash, found.plan_data) == (pinned.hash, pinned.data)
    assert found.homes == {"core-banking": "seoul", "channel": "seoul"}
    assert {
        center: [(one.side.center, one.side.label) for one in targets]
        for center, targets in found.sampling.items()
    } == {center: [(center, "core-banking.ledger")] for center in NET}
    assert [probe.url for probe in found.sampling["busan"][0].neutral] == ["tcp://10.80.8.9:53"]
    assert found.sampling["busan"][0].rpo_s == 5.0


# --- fences


@pytest.mark.parametrize("center", ["seoul", "busan"])
def test_fences_come_in_the_order_of_the_plan_and_lifts_in_reverse(center: str) -> None:
    """Law 1: clients first, then writers, as the plan says; what was closed last is opened first."""
    fences, lifts = slices.fences(PLAN, center), slices.lifts(PLAN, center)
    assert [(one.name, one.stops, one.run and one.run.run) for one in fences] == [
        ("edge", "clients", f"block {center}"),
        ("power", "writers", f"off {center}"),
    ]
    assert [(one.name, one.run and one.run.run) for one in lifts] == [
        ("power", f"on {center}"),
        ("edge", f"unblock {center}"),
    ]
    for one in (*fences, *lifts):
        assert (one.center, one.lives) == (center, "third-site")
        assert one.confirm and one.confirm.run == f"status {center}"
        assert one.says == {"edge": "blocked", "power": "off"}[one.name]


def test_a_fence_device_is_reached_on_its_own(tmp_path: Path) -> None:
    """Law 9: a device of no center, or a host of the other center, is reached without the fenced one."""
    power = slices.fences(PLAN, "seoul")[1]
    assert power.at is not None
    assert (power.at.label, power.at.user, power.at.key) == ("pdu-ctl", "netops", "pdu-ssh")
    elsewhere = slices.fences(good_plan(tmp_path), "busan")[0]
    assert elsewhere.at is not None and elsewhere.confirm_at is not None
    assert (elsewhere.at.label, elsewhere.confirm_at.label) == ("pdu", "seoul/was-2")


def test_a_fence_command_names_its_center(tmp_path: Path) -> None:
    """Law 11: `{center}` in a device's command is the center that is fenced."""
    changes = [
        ("run: {at: pdu, command: off busan}", 'run: {at: pdu, command: "off {center}"}'),
        ("command: status busan, says: is off", 'command: "status {center}", says: "{center} is off"'),
    ]
    order = slices.fences(good_plan(tmp_path, *changes), "busan")[0]
    assert order.run is not None and order.confirm is not None
    assert (order.run.run, order.confirm.run, order.says) == ("off busan", "status busan", "busan is off")


def test_a_fence_by_redfish_names_its_machines(tmp_path: Path) -> None:
    """Laws 1, 13: each machine at its controller, by its own address or below one; secrets by their names."""
    written = (
        "redfish: {url: https://oob.example:8443/, login: bmc-login, "
        "systems: [db-1, https://10.9.0.5/redfish/v1/Systems/1]}"
    )
    order = slices.fences(good_plan(tmp_path, (SEOUL_COMMANDS, f"        {written}\n")), "seoul")[0]
    assert order.redfish is not None and order.kind == "redfish" and order.run is None
    assert [(one.name, one.controller, one.path) for one in order.redfish.machines] == [
        ("db-1", "https://oob.example:8443", "/redfish/v1/Systems/db-1"),
        ("1 at 10.9.0.5", "https://10.9.0.5", "/redfish/v1/Systems/1"),
    ]
    assert (order.redfish.login, order.redfish.insecure) == ("bmc-login", False)
    assert (
        slices.by_hand(order) == "power on db-1, 1 at 10.9.0.5 at https://oob.example:8443, https://10.9.0.5"
    )


# --- traffic


@pytest.mark.parametrize(("old", "new"), WAYS)
def test_names_move_by_direction_and_never_by_role(old: str, new: str) -> None:
    """Law 11: after a failover the way back is the same code: old and new are the estate's record."""
    (move,) = slices.dns_moves(PLAN, old, new, 9, ALL)
    assert (move.old, move.new) == ([f"{NET[old]}.31"], [f"{NET[new]}.31"])
    assert (move.server, move.port, move.zone, move.key) == ("10.80.8.9", 53, "hanbit.example.", "dns-key")
    assert (move.name, move.type, move.ttl_s, move.epoch) == ("www", "A", 1, 9)


def test_every_record_of_every_server_moves(tmp_path: Path) -> None:
    """Law 17: the traffic of an estate moves as a whole."""
    record = "      - {name: www, type: A, ttl: 30s, seoul: [10.81.0.21], busan: [10.82.0.21]}\n"
    more = record + record.replace("www", "api")
    plan = good_plan(tmp_path, (record, more))
    moves = slices.dns_moves(plan, "busan", "seoul", 3, plan.services)
    assert [(move.name, move.new) for move in moves] == [("www", ["10.81.0.21"]), ("api", ["10.81.0.21"])]


# --- names


def test_names_hold_estate_and_place() -> None:
    """Law 14: estate and center stand in every queue and id; two estates, centers or services never share one."""
    assert names.queue("bank", "seoul") == "bank.seoul"
    assert names.queue("bank", names.CONTROL) == "bank.control"
    assert names.jobs_queue("bank", "seoul") == "bank.seoul.jobs"
    assert names.estate_id("bank") == "bank/estate"
    run = names.scenario_id("bank", "declaration")
    assert (run, names.service_run_id(run, "core")) == ("bank/declaration", "bank/declaration/core")
    assert names.component("core", "was") == "core.was"


def test_a_snapshot_gives_the_same_slices() -> None:
    """Law 12: the run acts by the snapshot that it carries, and that is the plan that was read."""
    plan = snapshot(PLAN).plan()
    for old, new in WAYS:
        assert slices.dns_moves(plan, old, new, 1, ALL) == slices.dns_moves(PLAN, old, new, 1, ALL)
        assert slices.fences(plan, old) == slices.fences(PLAN, old)
        assert slices.side(plan, "core-banking.ledger", new) == slices.side(PLAN, "core-banking.ledger", new)


def test_a_name_moves_with_what_it_leads_to() -> None:
    """Law 17: a name of all services stays when only one of them moves; a name of one service moves with it."""
    assert slices.dns_moves(PLAN, "seoul", "busan", 1, ["core-banking"]) == []
    way = PLAN.traffic[0]
    own = way.model_copy(update={"records": [way.records[0].model_copy(update={"service": "channel"})]})
    plan = PLAN.model_copy(update={"traffic": [own]})
    assert slices.dns_moves(plan, "seoul", "busan", 1, ["core-banking"]) == []
    assert [move.name for move in slices.dns_moves(plan, "seoul", "busan", 1, ["channel"])] == ["www"]


def test_data_that_others_stand_on_is_not_taken_away() -> None:
    """Law 17: the same dataset serves two services; a run moves both or neither."""
    channel = PLAN.services["channel"].model_copy(update={"needs": ["core-banking.data.ledger"]})
    plan = PLAN.model_copy(update={"services": {**PLAN.services, "channel": channel}})
    assert slices.datasets(plan, ["channel"]) == ["core-banking.ledger"]
    reason = slices.why_not_scope(plan, ["core-banking"], ALL, "seoul")
    assert reason == "core-banking.ledger serves channel too: name it in the same run"
    assert slices.why_not_scope(plan, ALL, ALL, "seoul") is None
    assert slices.why_not_scope(PLAN, ["core-banking"], ALL, "seoul") is None
