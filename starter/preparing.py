"""`muster prepare`: first contact with the hosts of a plan. A person looks at each key before it is trusted."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rich.table import Table
from rich.text import Text

from activities.models import Target
from starter.asking import confirm
from starter.client import Temporal
from starter.console import line, listed, plain, print_json, remark, show
from starter.errors import Refused, WrongUsage
from starter.estate_reading import read_estate
from starter.guards import prepare_guards
from starter.host_keys import host_keys_file, with_host_keys, write_host_keys
from starter.plans import GoodPlan, labels
from starter.trust import Trust, judge
from workflows import names
from workflows.plan import Plan, device_target, host_target
from workflows.prepare import HostAnswer, Prepare, PrepareAnswer, PrepareOrder

SILENCE_S = 15.0  # then a person is told what is waited for
ALL_HOSTS_S = 180.0  # a host that does not answer takes up to 45 s, twenty go side by side


@dataclass(frozen=True)
class Wishes:
    """`accepted`: labels of hosts whose changed key a person has vouched for."""

    yes: bool
    as_json: bool
    accepted: frozenset[str] = field(default_factory=frozenset)


@dataclass
class Contacted:
    """One host after the looks. `error` is one line when it did not answer."""

    label: str
    trust: Trust
    fingerprints: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    marker: str | None = None
    epoch: int | None = None
    error: str = ""

    @property
    def is_settled(self) -> bool:
        """Nothing to do: its key is pinned, it carries its marker and an epoch record."""
        return self.trust is Trust.PINNED and bool(self.marker) and self.epoch is not None and not self.error


async def prepare(temporal: Temporal, good: GoodPlan, wishes: Wishes) -> int:
    """0 when every host is prepared and has its guards, 1 when one is not."""
    keys = pinned_keys(good.plan)
    done = await _prepare_hosts(temporal, good, keys, wishes)
    plan = with_host_keys(_without_keys(good.plan), keys)
    await prepare_guards(temporal, plan, yes=wishes.yes, as_json=wishes.as_json)
    return done


async def _prepare_hosts(
    temporal: Temporal, good: GoodPlan, keys: dict[str, list[str]], wishes: Wishes
) -> int:
    """`keys`: what is pinned; what is accepted comes to it."""
    estate = good.plan.estate
    await temporal.need_worker(names.queue(estate, names.CONTROL))
    found: list[Contacted] = []
    for targets in _waves(good.plan):
        now = await _contact(temporal, estate, [_with_keys(target, keys) for target in targets])
        _show(now, wishes)
        _refuse_changed(now, wishes.accepted)
        _accept(now, keys, wishes)
        found += now
    if all(host.is_settled for host in found):
        return _say_settled(found, wishes)
    write_host_keys(host_keys_file(good.path), keys)
    state = await read_estate(temporal, estate)
    plan = with_host_keys(_without_keys(good.plan), keys)
    reached = {host.label for host in found if not host.error}
    targets = [target for target in all_targets(plan) if target.label in reached]
    answers = await ask_hosts(temporal, estate, targets, write=True, epoch=state.epoch if state else 1)
    return _say_prepared(good, found, answers, wishes)


# --- targets


def all_targets(plan: Plan) -> list[Target]:
    """Devices, then hosts: in the order in which one is reached through the other."""
    devices = [device_target(plan, name) for name in plan.devices]
    return devices + [
        host_target(plan, center, host) for center, found in plan.centers.items() for host in found.hosts
    ]


def _waves(plan: Plan) -> list[list[Target]]:
    """What is reached directly comes first: the key of a jump host must be trusted before it is jumped over."""
    direct = [target for target in all_targets(plan) if target.via is None]
    behind = [target for target in all_targets(plan) if target.via is not None]
    return [wave for wave in (direct, behind) if wave]


def pinned_keys(plan: Plan) -> dict[str, list[str]]:
    return {label: keys.splitlines() for label, keys in labels(plan).items() if keys}


def _with_keys(target: Target, keys: Mapping[str, list[str]]) -> Target:
    via = _with_keys(target.via, keys) if target.via else None
    known = keys.get(target.label)
    return target.model_copy(update={"host_key": "\n".join(known) if known else None, "via": via})


def _without_keys(plan: Plan) -> Plan:
    """An accepted key replaces the old one, wherever that was written."""
    centers = {
        name: center.model_copy(
            update={
                "hosts": {host: at.model_copy(update={"host_key": None}) for host, at in center.hosts.items()}
            }
        )
        for name, center in plan.centers.items()
    }
    devices = {name: at.model_copy(update={"host_key": None}) for name, at in plan.devices.items()}
    return plan.model_copy(update={"centers": centers, "devices": devices})


def need_known(plan: Plan, accepted: Iterable[str]) -> None:
    """Before any server is asked: WrongUsage for a host that the plan does not have."""
    known = labels(plan)
    for label in accepted:
        if label not in known:
            raise WrongUsage(
                f"--accept-changed-keys {label}: the plan has no such host; write CENTER/HOST or a device"
            )


# --- looks


async def _contact(temporal: Temporal, estate: str, targets: list[Target]) -> list[Contacted]:
    """First the keys alone, trusting nothing; then, where the key is the pinned one, marker and epoch."""
    strangers = [target.model_copy(update={"host_key": None}) for target in targets]
    shown = await ask_hosts(temporal, estate, strangers, write=False)
    pinned = {target.label: target for target in targets}
    found = [_judged(answer, pinned[answer.label]) for answer in shown]
    trusted = [pinned[host.label] for host in found if host.trust is Trust.PINNED]
    for answer in await ask_hosts(temporal, estate, trusted, write=False) if trusted else []:
        host = next(host for host in found if host.label == answer.label)
        host.error = answer.error
        if answer.contact:
            host.marker, host.epoch = answer.contact.marker, answer.contact.epoch
    return found


def _judged(answer: HostAnswer, target: Target) -> Contacted:
    if answer.contact is None:
        return Contacted(answer.label, Trust.SILENT, error=answer.error or "no answer")
    keys = [" ".join(key.line.split()[:2]) for key in answer.contact.host_keys]
    trust = judge((target.host_key or "").splitlines(), keys)
    return Contacted(answer.label, trust, [key.fingerprint for key in answer.contact.host_keys], keys)


async def ask_hosts(
    temporal: Temporal, estate: str, targets: list[Target], *, write: bool, epoch: int = 1
) -> list[HostAnswer]:
    """One run of Prepare; a host that does not answer is an answer with an error."""
    order = PrepareOrder(estate=estate, targets=targets, write=write, epoch=epoch)
    running = temporal.client.execute_workflow(
        Prepare.run,
        order,
        id=f"{estate}/prepare/{uuid.uuid4().hex[:8]}",
        task_queue=names.queue(estate, names.CONTROL),
        static_summary=f"prepare · {estate} · {'write' if write else 'look'}",
        execution_timeout=timedelta(seconds=ALL_HOSTS_S),
    )
    asking = asyncio.create_task(temporal.bounded(running, f"prepare of {estate}", ALL_HOSTS_S))
    if not (await asyncio.wait({asking}, timeout=SILENCE_S))[0]:
        remark(
            f"{len(targets)} hosts are asked; one that does not answer takes up to 45 s. Nothing comes without a "
            "control worker: Ctrl-C ends it, and it may be run again"
        )
    answer: PrepareAnswer = await asking
    return answer.hosts


# --- decisions


def _refuse_changed(found: list[Contacted], accepted: frozenset[str]) -> None:
    changed = [host.label for host in found if host.trust is Trust.CHANGED and host.label not in accepted]
    if changed:
        raise Refused(
            f"the host key of {listed(changed)} has CHANGED: the machine was built anew, or it is another one. "
            f"Ask who built it; when the fingerprint is right: --accept-changed-keys {changed[0]}"
        )


def _accept(found: list[Contacted], keys: dict[str, list[str]], wishes: Wishes) -> None:
    """Take the keys of hosts never met, and changed ones that were vouched for, into `keys`."""
    new = [host for host in found if host.trust in (Trust.NEW, Trust.CHANGED)]
    for host in new:
        if host.trust is Trust.CHANGED:
            remark(f"the changed key of {host.label} is accepted: {listed(host.fingerprints)}")
    if new:
        confirm(f"Trust {len(new)} key(s) shown above and prepare the hosts?", yes=wishes.yes)
    keys.update({host.label: host.keys for host in new})


# --- what is said


def _show(found: list[Contacted], wishes: Wishes) -> None:
    if wishes.as_json:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in ("host", "key", "fingerprint", "marker", "epoch"):
        table.add_column(head, overflow="fold")
    for host in found:
        table.add_row(*_row(host))
    show(table)


def _row(host: Contacted) -> list[Any]:
    if host.error:
        return [host.label, Text(host.trust, host.trust.style), Text(plain(host.error), "red"), "", ""]
    known = host.trust is Trust.PINNED
    return [
        host.label,
        Text(host.trust, host.trust.style),
        "\n".join(plain(fingerprint) for fingerprint in host.fingerprints),
        plain(host.marker or "none") if known else "?",
        ("none" if host.epoch is None else str(host.epoch)) if known else "?",
    ]


def _say_settled(found: list[Contacted], wishes: Wishes) -> int:
    if wishes.as_json:
        print_json({"ok": True, "hosts": [_as_json(host) for host in found]})
    else:
        line(f"{len(found)} hosts are prepared; nothing differs")
    return 0


def _say_prepared(good: GoodPlan, found: list[Contacted], answers: list[HostAnswer], wishes: Wishes) -> int:
    failed = {host.label: host.error for host in found if host.error}
    failed |= {answer.label: answer.error for answer in answers if answer.prepared is None}
    prepared = [answer for answer in answers if answer.prepared is not None]
    if wishes.as_json:
        hosts = [_as_json(host) | {"error": failed.get(host.label, "")} for host in found]
        print_json({"ok": not failed, "keys": str(host_keys_file(good.path)), "hosts": hosts})
    else:
        first = sum(answer.prepared.first for answer in prepared if answer.prepared)
        keys = host_keys_file(good.path)
        line(f"{len(prepared)} hosts prepared, {first} for the first time; keys in {keys}")
    for label, error in failed.items():
        remark(f"{label}: {error}")
    if failed:
        raise Refused(
            f"{len(failed)} of {len(found)} hosts are not prepared: put that right and run it again"
        )
    return 0


def _as_json(host: Contacted) -> dict[str, Any]:
    return {
        "host": host.label,
        "key": str(host.trust),
        "fingerprints": host.fingerprints,
        "marker": host.marker,
        "epoch": host.epoch,
        "error": host.error,
    }
