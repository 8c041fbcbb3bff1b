"""Moving names, against a real DNS server with signed updates."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from activities.errors import BadOrder, DnsRefused, OldEpoch, Refusal, ServerUnreachable
from activities.models import DnsMove, Outcome
from activities.traffic import Rfc2136, TrafficActivities
from tests.activities.knot import KEY, OTHER_KEY, UNKNOWN_KEY, ZONES, Knot, knot

OLD, NEW = "10.81.0.31", "10.82.0.31"


class Keys:
    def resolve(self, name: str) -> str:
        return {
            "dns-key": KEY,
            "other": OTHER_KEY,
            "unknown": UNKNOWN_KEY,
            "bad": "hmac:x",
            "worse": "a:b:c",
        }[name]


@pytest.fixture(scope="module")
def zones() -> Iterator[Iterator[Knot]]:
    with knot() as one:
        yield (Knot(one.port, f"z{number}.example") for number in range(ZONES))


@pytest.fixture
def server(zones: Iterator[Knot]) -> Knot:
    """A zone that no test has touched."""
    return next(zones)


def move(server: Knot, **more: object) -> DnsMove:
    values: dict[str, object] = {
        "server": "127.0.0.1",
        "port": server.port,
        "zone": server.zone,
        "key": "dns-key",
        "name": "www",
        "type": "A",
        "ttl_s": 30,
        "old": [OLD],
        "new": [NEW],
        "epoch": 7,
    }
    return DnsMove.model_validate(values | more)


DNS = Rfc2136(Keys())


async def refused(order: DnsMove, kind: type[Refusal] = DnsRefused) -> str:
    with pytest.raises(kind) as caught:
        await DNS.move(order)
    return caught.value.message


async def test_a_name_is_moved_once(server: Knot) -> None:
    """Laws 3, 5: the record and its epoch change together; the second time it is already so."""
    done = await TrafficActivities(DNS).move_dns(move(server))
    assert done.outcome is Outcome.DONE and done.settle_seconds > 0 and "epoch 7" in done.summary
    assert server.dig("www", "A") == [NEW] and server.dig("_muster-epoch.www", "TXT") == ['"7"']
    assert (await DNS.move(move(server))).outcome is Outcome.ALREADY


async def test_a_higher_epoch_is_not_undone(server: Knot) -> None:
    """Law 5: a run of an older epoch is refused, also to confirm what is there already."""
    await DNS.move(move(server))
    assert "epoch 7" in await refused(move(server, epoch=6, old=[NEW], new=[OLD]), OldEpoch)
    assert "epoch 7" in await refused(move(server, epoch=6), OldEpoch)
    assert server.dig("www", "A") == [NEW]
    assert (await DNS.move(move(server, epoch=8, old=[NEW], new=[OLD]))).outcome is Outcome.DONE
    assert server.dig("www", "A") == [OLD] and server.dig("_muster-epoch.www", "TXT") == ['"8"']


async def test_new_addresses_of_an_old_epoch_are_raised(server: Knot) -> None:
    """Somebody set the addresses by hand: the epoch is still to be written."""
    done = await DNS.move(move(server, old=["10.9.9.9"], new=[OLD]))
    assert done.outcome is Outcome.DONE and server.dig("_muster-epoch.www", "TXT") == ['"7"']


async def test_several_addresses_and_types(server: Knot) -> None:
    """A set of addresses is one value; two types of one name share an epoch."""
    await DNS.move(move(server, name="pool", old=["10.81.0.32", OLD], new=[NEW, "10.82.0.32"]))
    assert server.dig("pool", "A") == [NEW, "10.82.0.32"]
    await DNS.move(move(server, name="v6", type="AAAA", old=["2001:DB8:0::1"], new=["2001:db8::2"]))
    assert server.dig("v6", "AAAA") == ["2001:db8::2"]
    await DNS.move(move(server, name="v6", old=[], new=[NEW]))
    assert server.dig("v6", "A") == [NEW]
    await DNS.move(
        move(server, name="app", type="CNAME", old=["seoul-app"], new=[f"Busan-app.{server.zone}."])
    )
    assert server.dig("app", "CNAME") == [f"busan-app.{server.zone}."]
    await DNS.move(move(server, name="@", old=[], new=[NEW]))


async def test_what_somebody_else_set_is_not_overwritten(server: Knot) -> None:
    """Neither old nor new: a person must look; the refusal says what is there and the way out."""
    message = await refused(move(server, old=["10.81.0.99"]))
    assert f"is {OLD}, neither the old 10.81.0.99 nor the new {NEW}" in message
    assert "not there" in await refused(move(server, name="bare"))
    assert "not an epoch" in await refused(move(server, name="odd"))
    assert "is a CNAME" in await refused(move(server, name="app", old=["10.81.0.31"]))
    assert server.dig("www", "A") == [OLD]


async def test_a_refusal_of_the_server_is_a_refusal(server: Knot) -> None:
    """The rcode is checked: nothing is done that the server did not take."""
    assert "NOTAUTH, BADSIGNATURE" in await refused(move(server, key="other"))
    assert "NOTAUTH, BADKEY" in await refused(move(server, key="unknown"))
    assert "REFUSED" in await refused(move(server, zone="elsewhere.example"))
    assert "NOTAUTH" in await refused(move(server, zone="locked.example"))
    assert server.dig("www", "A") == [OLD] and server.dig("_muster-epoch.www", "TXT") == []


async def test_two_who_move_at_once(server: Knot) -> None:
    """Compare-and-swap: of many at once one moves it, the rest find it moved or are too old; never back."""
    orders = [move(server, epoch=epoch, new=[f"10.82.0.{epoch}"]) for epoch in range(10, 16)]
    results = await asyncio.gather(*map(DNS.move, orders), return_exceptions=True)
    won = [order for order, result in zip(orders, results, strict=True) if not isinstance(result, Exception)]
    assert len(won) == 1 and server.dig("www", "A") == won[0].new
    assert all(
        isinstance(result, DnsRefused | OldEpoch) for result in results if isinstance(result, Exception)
    )


async def test_every_server_must_answer_with_it(server: Knot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 3: confirmed by what users would be told, at each server; not by the update's own success."""
    monkeypatch.setattr("activities.traffic.CONFIRM_WITHIN_S", 0.3)
    with knot() as second:
        ask_both = move(server, confirm_at=[f"127.0.0.1:{second.port}"])
        failed = await DNS.move(ask_both)
        assert (
            failed.outcome is Outcome.FAILED
            and f"127.0.0.1:{second.port} still answers {OLD}" in failed.summary
        )
        there = Knot(second.port, server.zone)
        await DNS.move(move(there))
        assert (await DNS.move(ask_both)).outcome is Outcome.ALREADY


async def test_a_silent_server_is_trouble_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 9: no answer is retried, and never hangs."""
    monkeypatch.setattr("activities.dns_wire.ANSWER_S", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        began = time.monotonic()
        with pytest.raises(ServerUnreachable, match="does not answer"):
            await DNS.move(move(Knot(silent.getsockname()[1])))
        assert 0.6 <= time.monotonic() - began < 3


@pytest.mark.parametrize(
    "more",
    [
        {"new": ["not an address"]},
        {"new": ["2001:db8::1"]},
        {"new": []},
        {"old": ["10.0.0.300"]},
        {"name": "a..b"},
        {"name": "www.other.example."},
        {"key": "bad"},
        {"key": "worse"},
        {"confirm_at": ["127.0.0.1:x"]},
    ],
)
async def test_a_bad_order_touches_nothing(more: dict[str, object]) -> None:
    """Refused before a question is asked, and no secret is in the words."""
    message = await refused(move(Knot(1), **more), BadOrder)
    assert "c2Vj" not in message and "hmac:x" not in message
