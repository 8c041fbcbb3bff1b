"""Held steps from the command line, on a real server with real workflows (laws 1, 8, 18)."""

from __future__ import annotations

import json

import pytest

from starter.errors import Refused
from starter.voices import open_gate
from tests.starter.conftest import Desk, until
from tests.starter.records import waiting
from tests.starter.test_runs import assert_refused, assert_usage, has_ended, started, terminate, waits_for
from workflows.run.record import Wait

pytestmark = pytest.mark.usefixtures("desk")

WHY = ("--reason", "the building burns", "--as", "ops")


async def declared(desk: Desk) -> None:
    await started(desk)
    await waits_for(desk, "severity")
    await desk.good("decide", desk.run, "critical", "--reason", "dark", "--as", "ops", "--yes")
    await waits_for(desk, "declaration")
    for name in ("kim", "lee"):
        await desk.good("approve", desk.run, "--as", name, "--yes")


async def says(desk: Desk, words: str) -> None:
    """Until the run says so."""

    async def so() -> bool:
        return words in await desk.good("show", desk.run, "--json")

    await until(so)


async def held_again(desk: Desk, name: str, attempt: int) -> bool:
    content = json.loads(await desk.good("show", desk.run, "--json"))
    return any(
        step["name"] == name and step["attempt"] == attempt and name in [w["name"] for w in child["waits"]]
        for child in content["children"]
        for step in child["steps"]
    )


async def test_steps_of_a_child_and_of_the_run(desk: Desk) -> None:
    """Law 8: retry with another command, confirm, skip and force, through the run's own name; the report tells all."""
    desk.world.failing = {"web@web-1": 2, "mq@web-1": 99, "dns": 99}
    async with desk.workers():
        await declared(desk)
        await waits_for(desk, "start-web@web-1")
        await waits_for(desk, "start-mq@web-1")
        assert_usage(await desk.muster("force", desk.run, "start-web@web-1", *WHY), "add --yes")
        assert_usage(await desk.muster("skip", desk.run, "start-web@web-1", "--as", "ops"), "--reason")
        shown = await desk.good("show", desk.run)
        assert f"muster skip {desk.run}/core-banking start-web@web-1 --reason WHY" in shown
        await desk.good("confirm", desk.run, "start-mq@web-1", *WHY)
        await says(desk, "ops did it by hand (the building burns), but it is refused")
        await desk.good("retry", desk.run, "start-web@web-1", *WHY, "--command", "start-it-otherwise")
        await until(lambda: held_again(desk, "start-web@web-1", attempt=2))
        await desk.good("skip", desk.run, "start-web@web-1", *WHY, "--yes")
        await waits_for(desk, "start-mq@web-1")
        await desk.good("force", desk.run, "start-mq@web-1", *WHY, "--yes")
        await waits_for(desk, "dns-www-A")
        await desk.good("confirm", desk.run, "dns-www-A", *WHY)
        lines = await has_ended(desk)
    assert "done" in lines
    report = await desk.good("report", desk.run)
    told = report[report.index("## Overridden") : report.index("## Clocks")]
    assert "start-it-otherwise" in told and "by hand by ops" in told
    assert "start-web@web-1: skipped: skipped by ops: the building burns" in told
    assert "start-mq@web-1: forced: forced by ops: the building burns" in told
    assert desk.world.commands.count("start-it-otherwise") == 1


async def test_an_override_by_two(desk: Desk) -> None:
    """Laws 1, 8: asked by anybody of the plan, granted by two of them; what it means is shown before they speak."""
    desk.world.devices_gone = True
    async with desk.workers():
        await declared(desk)
        await waits_for(desk, "fence-seoul")
        answer = await desk.muster("force", desk.run, "fence-seoul", *WHY, "--yes")
        assert_refused(answer, f"`muster override {desk.run} fence-seoul --reason WHY`")
        await desk.good("override", desk.run, "fence-seoul", *WHY)
        await waits_for(desk, "override:fence-seoul")
        gate = ("--gate", "override:fence-seoul")
        assert_refused(
            await desk.muster("approve", desk.run, *gate, "--as", "sre", "--yes"), "started this run"
        )
        basis = await desk.good("approve", desk.run, *gate, "--as", "kim", "--yes")
        assert "both centers may accept writes" in " ".join(basis.split())
        await desk.good("approve", desk.run, "--as", "lee", "--yes")
        await has_ended(desk)
    assert "No writers' fence of seoul was confirmed" in " ".join((await desk.good("show", desk.run)).split())
    report = await desk.good("report", desk.run)
    first = report[: report.index("## Overridden")]
    assert "kim, lee went on although: No writers' fence of seoul was confirmed" in first


async def test_a_lost_run_leaves_nothing_to_steer(desk: Desk) -> None:
    """Each refusal is one line: what is held now, or how the run ended."""
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")
        assert_refused(await desk.muster("override", desk.run, "fence-seoul", *WHY), "held now: none")
        await terminate(desk)
        assert_refused(await desk.muster("skip", desk.run, "x", *WHY, "--yes"), "is over")


def test_of_several_gates_one_is_named() -> None:
    """Law 6: a voice is for one question; nobody approves another than was meant."""
    record = waiting()
    record.waits = [
        Wait(kind="gate", name="override:a", title="a", since=1.0),
        Wait(kind="gate", name="override:b", title="b", since=1.0),
    ]
    with pytest.raises(Refused, match="asks at override:a, override:b: say which with --gate"):
        open_gate(record, severity=False)
    assert open_gate(record, severity=False, gate="override:b").name == "override:b"
