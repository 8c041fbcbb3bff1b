"""The commands together, on a real server with real workflows: from a plan to a report."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE

import pytest

from starter import client
from tests.starter.conftest import Answer, Desk, until

pytestmark = pytest.mark.usefixtures("desk")


async def registered(desk: Desk) -> None:
    await desk.good("apply", str(desk.plan_file), "--unprepared")


async def started(desk: Desk, *more: str) -> None:
    await registered(desk)
    await desk.good("start", "declaration", str(desk.plan_file), "--reason", "seoul is dark", *more)


async def waits_for(desk: Desk, name: str) -> None:
    """Until something of that beginning is awaited: two steps held at once are reported in any order."""

    async def so() -> bool:
        content = json.loads(await desk.good("show", desk.run, "--json"))
        waits = [*content["waits"], *(wait for child in content["children"] for wait in child["waits"])]
        return any(wait["name"].startswith(name) for wait in waits)

    await until(so)


async def has_ended(desk: Desk) -> str:
    answer = await desk.muster("watch", desk.run)
    assert "end" in answer.out, answer
    return answer.out


async def test_from_plan_to_report(desk: Desk) -> None:
    """prepare, apply, start, decide, approve by two, watch, report: the whole path of cli.md."""
    async with desk.workers(without=("seoul",)):
        await desk.good("validate", str(desk.plan_file))
        await started(desk)
        await waits_for(desk, "severity")
        shown = await desk.good("show", desk.run)
        assert f"muster decide {desk.run} critical|major|minor" in shown
        await desk.good("decide", desk.run, "critical", "--reason", "dark", "--as", "ops", "--yes")
        await waits_for(desk, "declaration")
        basis = await desk.good("approve", desk.run, "--as", "kim", "--yes")
        assert "Evidence" in basis or "근거" in basis
        await desk.good("approve", desk.run, "--as", "lee", "--yes")
        lines = await has_ended(desk)
        assert "start-was@was-1: done" in lines, "the ends of child steps are told in plain mode"
        assert "done" in lines.splitlines()[-1] or "core" in lines.splitlines()[-1]
        estate = json.loads(await desk.good("estate", str(desk.plan_file), "--json"))
        assert set(estate["active"].values()) == {"busan"} and estate["epoch"] == 2
    report = desk.plan_file.with_name("report.md")
    assert "archived" in await desk.good("report", desk.run, "-o", str(report))
    text = report.read_text()
    assert text.startswith("# ") and "kim" in text and "ops" in text
    answer = await desk.muster("report", desk.run, "--json")
    assert json.loads(answer.out)["state"] == "done"
    assert "not sealed yet" in answer.err and "Temporal says the same" in answer.err
    await forged_until_the_seal(desk)


async def forged_until_the_seal(desk: Desk) -> None:
    """Law 18: a record that no export has sealed is held against Temporal while it keeps the run."""
    path = next(desk.archive.rglob("record.json"))
    path.write_text(path.read_text().replace("approves at gate", "refuses at gate"))
    answer = await desk.muster("report", desk.run)
    assert answer.code == 0 and "refuses at gate" not in answer.out
    assert "made from what Temporal keeps" in answer.err and "Temporal says otherwise (journal)" in answer.err
    assert (
        "The archive has another record of this run" in answer.out
        and "says otherwise (journal)" in answer.out
    )


async def test_prepare_pins_keys_and_says_what_differs(desk: Desk) -> None:
    """First contact: keys into the file beside the plan, markers on hosts; again: nothing; a new key: refused."""
    async with desk.workers():
        plan = str(desk.plan_file)
        assert "never met" in (await desk.muster("apply", plan)).err
        first = await desk.good("prepare", plan, "--yes")
        assert "new" in first and "for the first time" in first
        keys = desk.plan_file.with_suffix(".hosts").read_text()
        assert all(f"{label} ssh-ed25519 " in keys for label in desk.hosts.markers)
        assert "nothing differs" in await desk.good("prepare", plan)
        await desk.good("apply", plan)

        desk.hosts.rebuilt.add("busan/was-1")
        changed = await desk.muster("prepare", plan, "--yes")
        assert changed.code == 1 and "CHANGED" in changed.out
        assert changed.err.count("\n") == 1 and "--accept-changed-keys busan/was-1" in changed.err
        assert desk.plan_file.with_suffix(".hosts").read_text() == keys
        await desk.good("prepare", plan, "--yes", "--accept-changed-keys", "busan/was-1")
        assert "nothing differs" in await desk.good("prepare", plan)


async def test_a_silent_host_fails_the_preparation_of_itself_only(desk: Desk) -> None:
    async with desk.workers():
        desk.hosts.silent.add("busan/was-2")
        answer = await desk.muster("prepare", str(desk.plan_file), "--yes")
    assert answer.code == 1
    assert "busan/was-2: no SSH server answers" in " ".join(answer.out.split()) or "busan/was-2" in answer.err
    assert "busan/was-1" in desk.hosts.markers and "busan/was-2" not in desk.hosts.markers


async def test_prepare_asks_before_it_trusts(desk: Desk) -> None:
    """Without --yes and without a terminal nothing is written, and nothing hangs."""
    closed = f"{sys.executable} -m starter prepare {desk.plan_file} <&-"
    async with desk.workers():
        answer = await desk.muster("prepare", str(desk.plan_file))
        process = await asyncio.create_subprocess_shell(closed, stdout=PIPE, stderr=PIPE)
        _, said = await process.communicate()
    assert answer.code == 2 and "add --yes" in answer.err
    assert process.returncode == 2 and b"add --yes" in said, said
    assert not desk.hosts.markers and not desk.plan_file.with_suffix(".hosts").exists()


async def test_apply_tells_what_differs(desk: Desk) -> None:
    async with desk.workers():
        plan = str(desk.plan_file)
        first = await desk.good("apply", plan, "--unprepared")
        assert "registered for the first time" in first and "+ services.core-banking" in first
        assert "nothing differs" in await desk.good("apply", plan, "--unprepared")
        desk.plan_file.write_text(desk.plan_file.read_text().replace("rpo: 5s}", "rpo: 45s}"))
        assert "~ objectives.rpo: '5s' -> '45s'" in await desk.good("apply", plan, "--unprepared")


async def test_a_lost_estate_is_rebuilt_by_what_hosts_remember(desk: Desk) -> None:
    """Law 5, 11: its epoch rises above all that hosts have seen; where its services live is said by a person."""
    async with desk.workers():
        plan = str(desk.plan_file)
        await desk.good("prepare", plan, "--yes")
        desk.hosts.markers["busan/was-1"] = 7
        assert_refused(
            await desk.muster("apply", plan), "have seen epoch 7, but Temporal does not know the estate"
        )
        assert_usage(await desk.muster("apply", plan, "--active", "busna"), "did you mean busan?")
        await desk.good("apply", plan, "--active", "busan", "--not-fenced", "seoul")
        estate = json.loads(await desk.good("estate", desk.estate, "--json"))
        assert estate["epoch"] == 8 and set(estate["active"].values()) == {"busan"}
        assert_refused(await desk.muster("apply", plan, "--active", "seoul"), "leave --active out")


async def test_one_run_at_a_time_and_who_may_start_it(desk: Desk) -> None:
    """The id is the lock; a run has a named starter, a reason, and the plan that was applied."""
    plan = str(desk.plan_file)
    words = ("start", "declaration", plan, "--reason", "dark")
    async with desk.workers():
        assert_refused(await desk.muster(*words), "is not registered: run `muster apply PLAN` first")
        await started(desk)
        assert_refused(await desk.muster(*words), f"{desk.run} runs already: `muster watch {desk.run}`")
        desk.plan_file.write_text(desk.plan_file.read_text().replace("rpo: 5s}", "rpo: 45s}"))
        assert_refused(await desk.muster(*words), "is not the plan that was applied")
        assert_usage(await desk.muster(*words, "--center", "busna"), "did you mean busan?")
    await terminate(desk)


async def test_a_person_is_needed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No default from the OS: a run without a named starter would open no gate."""
    monkeypatch.delenv("MUSTER_USER")
    answer = await desk.muster("start", "declaration", str(desk.plan_file), "--reason", "dark")
    assert_usage(
        answer, "start declaration needs a person: say who you are with --as NAME or MUSTER_USER=NAME"
    )
    assert_usage(await desk.muster("approve", desk.run), "approve needs a person")


async def test_refusals_of_a_run_reach_the_terminal(desk: Desk) -> None:
    """Law 6: the starter has no voice; a gate that is not open takes none; each refusal is one line, exit 1."""
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")
        decide = ("decide", desk.run, "critical", "--reason", "dark", "--yes")
        assert_refused(await desk.muster(*decide), "sre started this run and may not decide on it")
        assert_refused(await desk.muster(*decide, "--as", "nobody"), "may not speak at gate severity")
        assert_refused(
            await desk.muster("approve", desk.run, "--as", "kim", "--yes"), "awaits no approval now"
        )
        assert_usage(await desk.muster("decide", desk.run, "critical", "--reason", "x"), "add --yes")
        assert_usage(await desk.muster("decide", desk.run, "huge", "--reason", "x"), "critical, major, minor")
        await desk.good(
            "decide", desk.run, "minor", "--reason", "a drill of the network", "--as", "lee", "--yes"
        )
        answer = await desk.muster("watch", desk.run)
        assert answer.code == 0, answer
        assert_refused(await desk.muster(*decide), "is over (stood down)")


async def test_hold_resume_retry_abort(desk: Desk) -> None:
    """A step of a child is retried through the run's own name; an abort before the fence stands down."""
    desk.world.failing = {"was@was-1": 3, "was@was-2": 3}  # more than the plan retries by itself
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")
        await desk.good("hold", desk.run, "--as", "ops")
        assert_refused(await desk.muster("hold", desk.run, "--as", "ops"), "held by ops already")
        await desk.good("resume", desk.run, "--as", "ops")
        await desk.good("decide", desk.run, "critical", "--reason", "dark", "--as", "ops", "--yes")
        await waits_for(desk, "declaration")
        for name in ("kim", "lee"):
            await desk.good("approve", desk.run, "--as", name, "--yes")
        await waits_for(desk, "start-was@")
        assert_refused(
            await desk.muster("retry", desk.run, "start-web@web-9", "--as", "ops"), "held now: start-"
        )
        forward = await desk.muster("abort", desk.run, "--reason", "no", "--as", "ops", "--yes")
        assert_refused(forward, "there is only forward")
        desk.world.failing.clear()
        await desk.good("retry", desk.run, "start-was@was-1", "--as", "ops")
        assert "start-was@was-1: done" in await has_ended(desk)


async def test_report_of_a_run_that_goes_on_says_so(desk: Desk) -> None:
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")
        text = await desk.good("report", desk.run)
        assert "> " in text.split("##")[0]
        await desk.good("abort", desk.run, "--reason", "false alarm", "--as", "ops", "--yes")
        await has_ended(desk)


async def test_list(desk: Desk) -> None:
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")

        async def listed() -> bool:
            rows = json.loads(await desk.good("list", "--estate", desk.estate, "--json"))
            return bool(rows and rows[0]["run"] == desk.run and rows[0]["waits_for"] == "severity")

        await until(listed)
        await desk.good("abort", desk.run, "--reason", "false alarm", "--as", "ops", "--yes")
        await has_ended(desk)

    async def over() -> bool:
        return "no run goes on" in await desk.good("list", "--estate", desk.estate)

    await until(over)
    assert desk.run in await desk.good("list", "--estate", desk.estate, "--all")


async def test_no_worker_is_a_line_within_seconds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hang: whoever needs a worker says that none is there, and what to start."""
    monkeypatch.setattr(client, "STARTING_S", 0.5)
    monkeypatch.setattr(client, "WORKER_S", 1.0)
    assert_refused(
        await desk.muster("apply", str(desk.plan_file), "--unprepared"), "python -m worker --control"
    )
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")
    for words in (("show", desk.run), ("approve", desk.run, "--as", "kim"), ("estate", desk.estate)):
        assert_refused(await desk.muster(*words), "no worker answers for")
    assert "waits for severity" in (await desk.muster("show", desk.run)).err
    await terminate(desk)


async def test_a_run_that_is_not_there(desk: Desk) -> None:
    for words in (("show",), ("watch",), ("approve",), ("report",), ("hold",)):
        assert_refused(await desk.muster(words[0], desk.run), f"there is no run {desk.run}")
    assert_refused(await desk.muster("estate", desk.estate), "is not registered")
    async with desk.workers():
        await started(desk)
        other = f"{desk.run}#01a20961-ec60-79a0-990d-1decd66cbd62"
        for ref in (other, f"{desk.run}#no-uuid"):
            assert_refused(await desk.muster("show", ref), f"there is no run {ref}")
    await terminate(desk)


async def test_a_terminated_run_says_so(desk: Desk) -> None:
    """The server's word stands beside the record: a terminated run wrote no end of its own."""
    async with desk.workers():
        await started(desk)
        await waits_for(desk, "severity")
        await terminate(desk)
        shown = await desk.good("show", desk.run)
        assert "terminated" in shown and "waiting" not in shown.splitlines()[0]
        assert "muster decide" not in shown, "nothing is offered that would be refused"
        answer = await desk.muster("watch", desk.run)
        assert answer.code == 1
        report = await desk.good("report", desk.run)
        assert "end of the test" in report, "who ended it and why, as the archived report says"
        rounds = json.loads(await desk.good("report", desk.run, "--json"))["rounds"]
        assert rounds and all(one["closed"] for one in rounds)


def assert_usage(answer: Answer, words: str) -> None:
    """Exit 2: it was typed in a way that cannot be meant."""
    assert_refused(answer, words, code=2)


def assert_refused(answer: Answer, words: str, *, code: int = 1) -> None:
    """One line on stderr that holds the words."""
    assert answer.code == code, answer
    assert words in answer.err, answer
    assert answer.err.startswith("muster: ") and answer.err.count("\n") == 1, answer


async def terminate(desk: Desk) -> None:
    await desk.client.get_workflow_handle(desk.run).terminate(reason="end of the test")
