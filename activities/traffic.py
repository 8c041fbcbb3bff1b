"""Moving names to the other center by RFC 2136, fenced by the epoch (laws 3, 5, 17).

DNS cannot be claimed like a host (law 4): a move is harmless to repeat, because each update is a
compare-and-swap of the record together with the epoch record beside it.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from temporalio import activity

from activities.dns_wire import EPOCH_TTL_S, RecordSet, Server, Swap, absolute, ask, key_of, record_set, swap
from activities.errors import BadOrder, DnsRefused, OldEpoch, Refusal, ServerUnreachable
from activities.models import DnsMove, Outcome, StepResult
from activities.secrets import Secrets

CONFIRM_WITHIN_S = 8.0  # secondaries are told at once and fetch within seconds
SETTLE_S = 0.2  # between two confirming looks (law 3)
POLL_S = 0.1


@dataclass(frozen=True)
class Wanted:
    """An order in the terms of DNS."""

    order: DnsMove
    old: RecordSet
    new: RecordSet
    epoch: RecordSet

    @property
    def place(self) -> str:
        return f"{self.new.name} {self.new.type}"


@dataclass(frozen=True)
class Seen:
    """What the server holds now. `epoch` None: no move has carried one yet."""

    records: RecordSet
    epoch_record: RecordSet
    epoch: int | None


def why_not_move(seen: Seen, wanted: Wanted) -> Refusal | None:
    """An equal epoch is the same holder of the lease: another type of the same name, or its own way back."""
    ours = wanted.order.epoch
    if seen.epoch is not None and seen.epoch > ours:
        return OldEpoch(
            f"{wanted.place} was moved in epoch {seen.epoch}: this run is of epoch {ours}, too old"
        )
    if seen.records.values not in (wanted.old.values, wanted.new.values):
        return DnsRefused(
            f"{wanted.place} is {_list(seen.records)}, neither the old {_list(wanted.old)} nor the new "
            f"{_list(wanted.new)}: find out who changed it, set it to one of them, and retry"
        )
    return None


def is_moved(seen: Seen, wanted: Wanted) -> bool:
    return seen.records.values == wanted.new.values and seen.epoch == wanted.order.epoch


class Rfc2136:
    """Names in zones that take signed dynamic updates."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def move(self, order: DnsMove) -> StepResult:
        """ALREADY: all servers held it. FAILED: updated, but not all servers answer so.

        Raises OldEpoch, DnsRefused (with the rcode, or with what is there instead), BadOrder, SecretMissing,
        ServerUnreachable.
        """
        began = time.monotonic()
        wanted = _wanted(order)
        changed = await self._change(wanted)
        waited_for = await _confirm(wanted)
        if waited_for:
            summary = f"{wanted.place} is {_list(wanted.new)} at {order.server}, but {'; '.join(waited_for)}"
            return _result(Outcome.FAILED, summary, began)
        outcome = Outcome.DONE if changed else Outcome.ALREADY
        where = ", ".join(map(str, _servers(order)))
        return _result(
            outcome, f"{wanted.place} is {_list(wanted.new)} at {where}, epoch {order.epoch}", began
        )

    async def _change(self, wanted: Wanted) -> bool:
        """Whether it had to be changed. One who changed it between look and update is looked at once more."""
        key = key_of(self._secrets.resolve(wanted.order.key), wanted.order.key)
        for _ in range(2):
            seen = await _look(wanted)
            if (refusal := why_not_move(seen, wanted)) is not None:
                raise refusal
            if is_moved(seen, wanted):
                return False
            if await swap(_servers(wanted.order)[0], _swap(seen, wanted), key):
                return True
        seen = await _look(wanted)
        raise DnsRefused(
            f"{wanted.place} changes under the update: it is {_list(seen.records)}, epoch {seen.epoch}; "
            "somebody else is moving it"
        )


async def _look(wanted: Wanted) -> Seen:
    server = _servers(wanted.order)[0]
    records, epoch = await asyncio.gather(
        ask(server, wanted.new.name, wanted.new.type), ask(server, wanted.epoch.name, "TXT")
    )
    return Seen(records, epoch, _epoch_of(epoch))


def _epoch_of(record: RecordSet) -> int | None:
    if not record.values:
        return None
    number = "".join(record.values).strip('"')
    if len(record.values) > 1 or not number.isdecimal():
        raise DnsRefused(f"{record.name} TXT is {_list(record)}, not an epoch: set it right by hand")
    return int(number)


def _swap(seen: Seen, wanted: Wanted) -> Swap:
    return Swap(
        zone=absolute(wanted.order.zone),
        only_if=[seen.records, seen.epoch_record],
        put=[(wanted.new, wanted.order.ttl_s), (wanted.epoch, EPOCH_TTL_S)],
    )


async def _confirm(wanted: Wanted) -> list[str]:
    """What the servers lack, by server; nothing when each held it twice."""
    ends = time.monotonic() + CONFIRM_WITHIN_S
    reasons = await asyncio.gather(*[_held(server, wanted, ends) for server in _servers(wanted.order)])
    if not any(reasons):
        await asyncio.sleep(SETTLE_S)
        reasons = await asyncio.gather(*[_why_not_held(server, wanted) for server in _servers(wanted.order)])
    return [reason for reason in reasons if reason]


async def _held(server: Server, wanted: Wanted, ends: float) -> str | None:
    while (reason := await _why_not_held(server, wanted)) is not None:
        if time.monotonic() > ends:
            return reason
        await asyncio.sleep(POLL_S)
    return None


async def _why_not_held(server: Server, wanted: Wanted) -> str | None:
    try:
        found = await ask(server, wanted.new.name, wanted.new.type)
    except (DnsRefused, ServerUnreachable) as error:
        return error.message
    return None if found.values == wanted.new.values else f"{server} still answers {_list(found)}"


def _wanted(order: DnsMove) -> Wanted:
    zone = absolute(order.zone)
    name = absolute(order.name, order.zone)
    if not name.is_subdomain(zone):
        raise BadOrder(f"{name} is not in the zone {zone}")
    if not order.new:
        raise BadOrder(f"{name} {order.type}: no new address")
    epoch_name = absolute("_muster-epoch" if order.name == "@" else f"_muster-epoch.{order.name}", order.zone)
    return Wanted(
        order=order,
        old=record_set(name, order.type, order.old, zone),
        new=record_set(name, order.type, order.new, zone),
        epoch=record_set(epoch_name, "TXT", [f'"{order.epoch}"'], zone),
    )


def _servers(order: DnsMove) -> list[Server]:
    """The one that is updated first. `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`."""
    return [Server(order.server, order.port), *[_server(text, order.port) for text in order.confirm_at]]


def _server(text: str, port: int) -> Server:
    address, colon, number = text.rpartition(":")
    if not colon or text.endswith("]") or (":" in address and not address.startswith("[")):
        return Server(text.strip("[]"), port)
    if not number.isdecimal():
        raise BadOrder(f"confirm_at: not ADDRESS:PORT: {text}")
    return Server(address.strip("[]"), int(number))


def _list(records: RecordSet) -> str:
    return ", ".join(sorted(records.values)) or "not there"


def _result(outcome: Outcome, summary: str, began: float) -> StepResult:
    return StepResult(
        outcome=outcome, summary=summary, seconds=time.monotonic() - began, settle_seconds=SETTLE_S
    )


class TrafficActivities:
    def __init__(self, dns: Rfc2136) -> None:
        self._dns = dns

    @activity.defn
    async def move_dns(self, order: DnsMove) -> StepResult:
        return await self._dns.move(order)
