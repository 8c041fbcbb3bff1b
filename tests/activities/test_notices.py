"""Notices, delivered by apprise to a real HTTP sink."""

from __future__ import annotations

import asyncio
import json
import logging
import time

import pytest

from activities.errors import SecretMissing
from activities.models import Notice, Outcome
from activities.notices import NoticeActivities, Notices
from tests.activities.wire import http, says, serving


class Channels:
    def __init__(self, **addresses: str) -> None:
        self._addresses = addresses

    def resolve(self, name: str) -> str:
        if name not in self._addresses:
            raise SecretMissing(f"secret {name!r}: not there")
        return self._addresses[name]


class Sink:
    """Takes every message and keeps it."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split()[0])
        self.got.append(json.loads(await reader.readexactly(length)))
        writer.write(http(200, b"ok"))
        await writer.drain()


def notice(*channels: str, dedup: str = "run/1") -> Notice:
    return Notice(
        audience="operators", channels=list(channels), title="재해 선포", body="승인 대기", dedup=dedup
    )


async def test_a_notice_reaches_every_channel_once() -> None:
    """Law 4: made harmless to repeat by its key; another key is another message."""
    sink = Sink()
    async with serving(sink.answer) as at:
        notices = Notices(Channels(ops=f"json://{at}/a", lee=f"json://{at}/b\n"))
        send = NoticeActivities(notices).send_notice
        done = await send(notice("ops", "lee"))
        again = await send(notice("ops", "lee"))
        assert (done.outcome, again.outcome, len(sink.got)) == (Outcome.DONE, Outcome.ALREADY, 2)
        assert "2 of 2" in done.summary
        assert {(m["title"], m["message"]) for m in sink.got} == {("재해 선포", "승인 대기")}
        await send(notice("ops", dedup="run/2"))
        assert len(sink.got) == 3


async def test_one_failing_channel_does_not_hinder_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """Each is counted apart, told by the name of its secret (law 13), and only what failed is sent again."""
    sink = Sink()
    caplog.set_level(logging.DEBUG)
    async with serving(sink.answer) as at, serving(says(http(500))) as broken:
        planted = {
            "ops": f"json://{at}/",
            "broken": f"json://planted-user:planted-pass@{broken}/planted-path",
            "gone": "json://planted-user:planted-pass@127.0.0.1:1/planted-path",
            "odd": "planted-nonsense",
        }
        notices = Notices(Channels(**planted))
        first = await notices.send(notice(*planted, "missing"))
        second = await notices.send(notice(*planted, "missing"))
    assert first.outcome is second.outcome is Outcome.FAILED and len(sink.got) == 1
    assert "1 of 5" in first.summary and "1 of 5" in second.summary
    for name in ("broken: ", "gone: ", "odd: ", "missing: "):
        assert name in first.summary
    assert "planted" not in first.summary and "planted" not in caplog.text


async def test_a_silent_channel_costs_its_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 9: a channel that never answers has a short limit, and the others do not wait for it."""
    monkeypatch.setattr("activities.notices.SEND_WITHIN_S", 0.5)
    sink = Sink()
    began = time.monotonic()
    async with serving(sink.answer) as at, serving(says(b"", then_close=False)) as mute:
        notices = Notices(Channels(ops=f"json://{at}/", mute=f"json://{mute}/"))
        result = await notices.send(notice("mute", "ops"))
        assert time.monotonic() - began < 4 and len(sink.got) == 1
    assert result.outcome is Outcome.FAILED and "mute: no answer within" in result.summary


async def test_no_channel_is_skipped() -> None:
    """A plan without channels for an audience is said, and is no failure."""
    assert (await Notices(Channels()).send(notice())).outcome is Outcome.SKIPPED
