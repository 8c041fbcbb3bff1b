"""The commit window: people look and accept before customers are told; without the key nothing changes."""

from __future__ import annotations

from typing import Literal

import pytest
from temporalio.client import Client

from starter.documents.figures import clock_rows, spent
from starter.documents.report import markdown
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import Handle, approve, decide, seen, start, wait_of
from tests.workflows.world import World
from workflows.plan import GateSpec, Plan
from workflows.run.record import RunRecord, State


def keeps(
    plan: Plan, within: float | None, otherwise: Literal["accept", "wait"] = "accept", **more: object
) -> Plan:
    gate = GateSpec.model_construct(people=["kim", "lee"], quorum=1, within=within, otherwise=otherwise)
    return plan.model_copy(update={"gates": plan.gates | {"commit": gate}, **more})


def told(world: World) -> list[str]:
    return [
        notice.audience
        for notice in world.notices
        if notice.audience in ("operators", "executives", "customers")
    ]


async def declared(client: Client, plan: Plan) -> Handle:
    await apply(client, plan)
    run = await start(client, plan)
    await decide(run)
    await approve(run, "kim", "lee")
    return run


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_customers_wait_for_it(client: Client, plan: Plan, world: World, language: str) -> None:
    """Law 6: a person of the gate accepts; operators and executives knew at once, customers only after it."""
    plan = keeps(plan, 1800.0, language=language)
    async with workers(client, world):
        run = await declared(client, plan)
        wait = await wait_of(run, "commit")
        assert wait.people == ["kim", "lee"] and wait.about and wait.until is not None
        assert "customers" in " ".join(wait.about)
        page = await run.query("__temporal_workflow_metadata")
        assert wait.about[0] in str(page) and wait.token in str(page)
        before = told(world)
        assert "executives" in before and "customers" not in before
        await run.signal("approve", {"by": "cho", "token": wait.token})
        await approve(run, "lee", gate="commit")
        result = await run.result()
    assert result.state is State.DONE and "customers" in told(world)
    assert told(world).count("executives") == before.count("executives")
    assert any(entry.kind == "refused" and entry.by == "cho" for entry in result.journal)
    assert (
        "lee"
        in markdown(result, 0.0).partition("| " + ("Commit window" if language == "en" else "수용 확인"))[2]
    )


async def test_a_refusal_holds_and_a_retry_asks_again(client: Client, plan: Plan, world: World) -> None:
    """Law 8: there is only forward; the hold says who refused, why, and what can be done."""
    plan = keeps(plan, None, "wait")
    async with workers(client, world):
        run = await declared(client, plan)
        first = await wait_of(run, "commit")
        await run.signal("reject", {"by": "kim", "token": first.token, "reason": "balances look wrong"})
        held = await seen(
            run, lambda r: next((w for w in r.waits if w.kind == "step" and w.name == "commit"), None)
        )
        assert "balances look wrong" in held.title and "kim" in held.title
        assert "abort" not in [paste.signal for paste in held.send]
        assert "customers" not in told(world)
        await run.signal("retry", {"by": "ops", "step": "commit", "reason": "put right"})
        again = await seen(run, lambda r: next((w for w in r.waits if w.kind == "gate"), None))
        assert again.token != first.token
        await approve(run, "kim", gate="commit")
        result = await run.result()
    assert result.state is State.DONE and "customers" in told(world)


async def test_at_its_end_the_plans_default_is_taken_and_said(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 16: nobody spoke; the plan accepts, the report says so, and the window counts into no figure."""
    plan = keeps(plan, 2.0)
    async with workers(client, world):
        run = await declared(client, plan)
        result: RunRecord = await run.result()
    step = next(step for step in result.steps if step.name == "commit")
    assert "accepted by the plan" in step.summary
    assert step.ended_at is not None and step.ended_at - step.started_at >= 2.0
    assert any("silence; the plan says accept" in entry.text for entry in result.journal)
    assert not [voice for opened in result.rounds if opened.gate == "commit" for voice in opened.voices]
    rows = {row.phase: row for row in clock_rows(result, 0.0)}
    assert rows["commit"].seconds >= 2.0 and not rows["commit"].counts
    assert spent(list(rows.values())) <= result.facts["switched"] - result.started_at + 0.1
    done = next(
        notice
        for notice in world.notices
        if notice.audience == "executives" and "From approval" in notice.body
    )
    said = float(done.body.partition("to service: ")[2].partition(" s")[0])
    assert said == pytest.approx(result.facts["switched"] - result.facts["approved"], abs=0.1)


async def test_without_the_key_there_is_no_window(client: Client, plan: Plan, world: World) -> None:
    """Nothing changes for a plan that does not ask for it."""
    async with workers(client, world):
        run = await declared(client, plan)
        result = await run.result()
    assert "commit" not in [phase.name for phase in result.phases]
    assert {"operators", "executives", "customers"} <= set(told(world))


async def test_the_last_notice_names_the_record_and_its_digest(
    client: Client, plan: Plan, world: World
) -> None:
    """Law 15: who reads a report later can hold it against what was told when the run ended."""
    async with workers(client, world):
        run = await declared(client, plan)
        result = await run.result()
    last = world.notices[-1]
    assert last.audience == "operators" and f"{run.id}/{result.run_id}" in last.body
    assert "5ea15ea15ea1" in last.body
    assert world.archived[0].record["state"] == "done"
