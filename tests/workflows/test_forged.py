"""Messages that must not count: forged, renamed, self-approved, repeated, late, foreign, wrong round (laws 6, 18).

One table, three ways: straight into a run, by signals and by updates of a real server. A row changes a good yes of kim.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from temporalio.client import Client

from activities.models.codes import CodeVerdict
from tests.workflows.conftest import apply, workers
from tests.workflows.test_declaration import decide, record, seen, start, wait_of
from tests.workflows.test_run import gated
from tests.workflows.world import World
from workflows.plan import GateSpec, Plan
from workflows.run.claims import Pending
from workflows.run.gates import Gate, token
from workflows.run.messages import Voice, read
from workflows.run.proofs import BATCH, MOST_SEEN, REFILL_S, TRIES, Proofs
from workflows.run.record import State
from workflows.run.run import Run

OLD, OPEN, FOREIGN = "<old>", "<open>", "<foreign>"
FORGED: dict[str, tuple[dict[str, Any], str]] = {
    # forged
    "a stranger": ({"by": "mallory"}, "it asks"),
    "nobody": ({"by": ""}, "by is wrong"),
    "no name": ({"by": None}, "by is wrong"),
    "two names": ({"by": ["kim", "lee"]}, "by is wrong"),
    "two names in one": ({"by": "kim,lee"}, "it asks"),
    "a person of another gate": ({"by": "ops"}, "it asks"),
    "a guessed token": ({"token": "aaaaaa"}, "not that of the open round"),
    "no token": ({"token": ""}, "token is wrong"),
    "a token that is a number": ({"token": 7}, "token is wrong"),
    "a code for a token": ({"token": "314159"}, "not that of the open round"),
    "a code for a name": ({"by": "314159"}, "it asks"),
    # renamed
    "upper case": ({"by": "KIM"}, "the plan spells it kim"),
    "title case": ({"by": "Kim"}, "the plan spells it kim"),
    "a space before": ({"by": " kim"}, "the plan spells it kim"),
    "a space after": ({"by": "kim "}, "the plan spells it kim"),
    "a space inside": ({"by": "k im"}, "the plan spells it kim"),
    "a no-break space": ({"by": "kim\u00a0"}, "by is wrong"),
    "a tab": ({"by": "kim\t"}, "by is wrong"),
    "a zero-width space": ({"by": "ki\u200bm"}, "by is wrong"),
    "a zero-width joiner": ({"by": "kim\u200d"}, "by is wrong"),
    "a mark that turns the writing": ({"by": "\u202ekim"}, "by is wrong"),
    "full width": ({"by": "ｋｉｍ"}, "the plan spells it kim"),
    "a Cyrillic i": ({"by": "kіm"}, "the plan spells it kim"),
    "Cyrillic all": ({"by": "кім"}, "the plan spells it kim"),
    "a Greek kappa": ({"by": "κim"}, "the plan spells it kim"),
    "a Greek iota": ({"by": "kιm"}, "the plan spells it kim"),
    "a dotless i": ({"by": "kım"}, "the plan spells it kim"),
    "an accent": ({"by": "kím"}, "the plan spells it kim"),
    "a combining accent": ({"by": "ki\u0301m"}, "the plan spells it kim"),
    "a digit for a letter": ({"by": "k1m"}, "the plan spells it kim"),
    "a mathematical letter": ({"by": "𝐤im"}, "the plan spells it kim"),
    # self-approved
    "the starter": ({"by": "sre"}, "started this run"),
    "the starter in upper case": ({"by": "SRE"}, "started this run"),
    "the starter in Cyrillic": ({"by": "ѕre"}, "started this run"),
    # wrong round
    "the token of a round that is over": ({"token": OLD}, "belongs to a round that is over"),
    "the token of another run": ({"token": FOREIGN}, "not that of the open round"),
    "the token in upper case": ({"token": "<OPEN>"}, "not that of the open round"),
}


def made(changes: dict[str, Any], tokens: dict[str, str]) -> dict[str, Any]:
    message = {"by": "kim", "token": OPEN, "reason": "go"} | changes
    return message | {"token": tokens.get(message["token"], message["token"])}


def tokens_of(old: str, now: str) -> dict[str, str]:
    return {
        OLD: old,
        OPEN: now,
        "<OPEN>": now.upper(),
        FOREIGN: token("another run", "declaration", 2, "shown"),
    }


def a_run(**changes: Any) -> Run:
    """sre, whom the gate names, started it; its second round is open."""
    run = gated(people=("kim", "lee", "cho", "sre"))
    run.gates["declaration"] = replace(run.gates["declaration"], starter="sre", **changes)
    run.gates["declaration"].open("shown again", at=120.0)
    return run


def hear(run: Run, message: object, *, yes: bool = True, at: float = 130.0) -> str | None:
    """As the handlers do."""
    voice = read(Voice, json.dumps(message).encode())
    return run.refuse(at, voice) if isinstance(voice, str) else run.hear_voice(voice, yes=yes, at=at)


def tokens(run: Run) -> dict[str, str]:
    old, now = (opened.token for opened in run.gates["declaration"].rounds)
    return tokens_of(old, now)


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize("proof", [True, False])
@pytest.mark.parametrize("row", FORGED)
def test_no_forged_message_counts(row: str, proof: bool, yes: bool) -> None:
    """Law 6: it counts nowhere, also with a code beside it; law 18: it stands in the report, in words."""
    run = a_run(proof=proof)
    run.proofs = Proofs({"kim": "kim-code"})
    changes, says = FORGED[row]
    refusal = hear(run, made({"code": "271828"} | changes, tokens(run)), yes=yes)
    assert refusal is not None and says in refusal
    gate = run.gates["declaration"]
    assert (gate.yes, gate.no, run.proofs.names_at("declaration")) == (0, 0, [])
    [entry] = run.record.journal
    assert entry.kind == "refused" and entry.text == refusal
    assert "314159" not in refusal and "271828" not in refusal


def test_a_message_counts_once() -> None:
    """Law 6: the very same message again, or a no after a yes, changes nothing."""
    run = a_run()
    message = made({}, tokens(run))
    assert hear(run, message) is None
    assert "was heard" in (hear(run, message) or "")
    assert "was heard" in (hear(run, message, yes=False) or "")
    assert (run.gates["declaration"].yes, run.gates["declaration"].no) == (1, 0)


def test_a_late_message_turns_nothing() -> None:
    """Law 6: after the verdict and after the gate nobody is heard."""
    run = a_run()
    for by in ("kim", "lee"):
        assert hear(run, made({"by": by}, tokens(run))) is None
    assert "granted already" in (hear(run, made({"by": "cho"}, tokens(run)), yes=False) or "")
    run.gates["declaration"].close("granted")
    assert "no approval is awaited" in (hear(run, made({"by": "cho"}, tokens(run))) or "")
    assert run.record.refused == 2


def test_a_voice_whose_round_went_over_while_it_was_verified_is_void() -> None:
    """Law 6: the round is looked at again when the code is verified."""
    run = a_run(proof=True)
    run.proofs = Proofs({"kim": "kim-code"})
    assert hear(run, made({"code": "271828"}, tokens(run))) is None
    [item] = run.proofs.batch()
    assert isinstance(item.pending, Pending) and run.proofs.names_at("declaration") == ["kim"]
    run.gates["declaration"].open("something else", at=140.0)
    run.proven(item.pending, None, 141.0)
    assert run.gates["declaration"].yes == 0
    assert "round that is over" in run.record.journal[-1].text


def test_a_deputy_has_one_voice_and_the_starter_none_for_anybody() -> None:
    """Law 6: who stands in for two counts once; standing in for somebody does not help the starter, nor for him."""
    run = a_run()
    gate = run.gates["declaration"] = Gate("declaration", ("kim", "lee", "sre"), 2, "sre", "n")
    gate.open("shown", at=120.0)
    gate.deputies = {"kim": "dan", "lee": "dan"}
    assert list(gate.may_speak) == ["kim", "lee", "dan"]
    now = {"token": gate.rounds[-1].token}
    assert hear(run, made({"by": "dan"} | now, {})) is None
    assert "was heard" in (hear(run, made({"by": "dan"} | now, {})) or "")
    assert "dan was heard for kim" in (hear(run, made({"by": "kim"} | now, {})) or "")
    assert (gate.yes, str(gate.verdict)) == (1, "open")
    gate.deputies = {"kim": "sre", "sre": "eve"}
    assert list(gate.may_speak) == ["kim", "lee"]
    for by in ("sre", "eve"):
        assert hear(run, made({"by": by} | now, {})) is not None
    assert hear(run, made({"by": "lee"} | now, {})) is None
    assert str(gate.verdict) == "granted"


# --- floods


def test_a_flood_of_codes_is_bounded_and_locks_nobody_out() -> None:
    """10,000 wrong codes in kim's name: few are tried, one alarm, kim speaks with two codes; lee is not touched."""
    run = a_run(proof=True)
    run.proofs = Proofs({"kim": "kim-code", "lee": "lee-code"})
    now = tokens(run)
    for number in range(10_000):
        hear(run, made({"code": f"{number:06}"}, now))
        run.proofs.see([f"digest-{number}"], 130.0)
    tried = [item for item in run.proofs.queue if item.pending]
    assert len(tried) == TRIES and len(run.proofs.queue) <= MOST_SEEN + TRIES
    assert (run.proofs.take_alarms(), run.proofs.take_alarms()) == (["kim"], [])
    assert hear(run, made({"code": "314159 271828"}, now)) is None
    assert hear(run, made({"by": "lee", "code": "314159"}, now)) is None


FLOOD = 2_500


def test_no_flood_keeps_a_right_pair_from_being_verified() -> None:
    """Thousands of pairs in kim's name: kim's own is verified in its turn, and soon also after all a server lets in."""
    run = a_run(proof=True)
    run.proofs = Proofs({"kim": "kim-code"})
    now = tokens(run)
    for number in range(TRIES):
        hear(run, made({"code": f"{number:06}"}, now))
    for number in range(FLOOD):
        assert hear(run, made({"code": f"{number:06} {number + 1:06}"}, now)) is None
    assert hear(run, made({"code": "314159 271828"}, now)) is None
    batches, last = 0, None
    while batch := run.proofs.batch():
        batches += 1
        last = batch[-1]
        for pending, doubt in run.proofs.answered(batch, [CodeVerdict.WRONG] * len(batch)):
            assert isinstance(pending, Pending)
            run.proven(pending, doubt.reason if doubt else None, 131.0)
    assert last is not None and last.pending is not None and last.pending.message.code == "314159 271828"
    assert batches == FLOOD // BATCH + 1
    assert 10_000 / BATCH <= 40, "signals of one run, at a batch each second"


def test_guesses_are_bounded() -> None:
    """Whatever is sent in a name, few single codes are tried in an hour, each right with 3 of a million."""
    proofs = Proofs({"kim": "kim-code"})
    gate = a_run(proof=True).gates["declaration"]
    tried, hour = 0, 3600.0
    for number in range(20_000):
        at = 130.0 + number * hour / 20_000
        voice = Voice(by="kim", token="x", code=f"{number:06}")
        if proofs.why_not(gate, voice, at) is None:
            proofs.wait(Pending("declaration", voice, True, at))
            proofs.answered(proofs.batch(), [CodeVerdict.WRONG])
            tried += 1
    assert TRIES < tried <= TRIES + hour / REFILL_S


def test_tries_come_back_with_time() -> None:
    """A minute without wrong codes gives one try back; an honest mistake is not held against anybody for long."""
    run = a_run(proof=True)
    run.proofs = Proofs({"kim": "kim-code"})
    now = tokens(run)
    refused = [hear(run, made({"code": f"{n:06}"}, now), at=130.0) is not None for n in range(TRIES + 1)]
    assert refused == [*([False] * TRIES), True]
    assert hear(run, made({"code": "999999"}, now), at=191.0) is None
    assert hear(run, made({"code": "999998"}, now), at=191.0) is not None


def test_a_right_code_costs_no_try() -> None:
    """Only wrong codes are counted against a name."""
    proofs = Proofs({"kim": "kim-code"})
    gate = a_run(proof=True).gates["declaration"]
    voice = Voice(by="kim", token="x", code="123456")
    for _ in range(3 * TRIES):
        assert proofs.why_not(gate, voice, 130.0) is None
        proofs.wait(Pending("declaration", voice, True, 130.0))
        [(_, reason)] = proofs.answered(proofs.batch(), [CodeVerdict.RIGHT])
        assert reason is None


# --- on a real server


@pytest.mark.parametrize("way", ["signal", "update"])
async def test_none_counts_on_a_real_server(client: Client, plan: Plan, world: World, way: str) -> None:
    """Law 6: the whole table by signals or by updates; all refused, all in the report, and the run goes on."""
    gates = plan.gates | {"declaration": GateSpec(people=["kim", "lee", "cho"], quorum=2)}
    plan = plan.model_copy(update={"gates": gates})
    world.plan = plan
    async with workers(client, world):
        await apply(client, plan)
        run = await start(client, plan)
        severity = (await wait_of(run, "severity")).token
        await decide(run)
        now = (await wait_of(run, "declaration")).token
        rows = {row: made(changes, tokens_of(severity, now)) for row, (changes, _) in FORGED.items()}
        for message in rows.values():
            if way == "signal":
                await run.signal("approve", message)
            else:
                assert await run.execute_update("approve", message, result_type=str) is not None
        told = await seen(run, lambda r: r if r.refused >= len(rows) else None)
        assert told.rounds[-1].voices == [] and world.does == []
        refused = [entry.text for entry in told.journal if entry.kind == "refused"]
        assert len(refused) == len(rows)
        for by in ("kim", "lee"):
            await run.signal("approve", {"by": by, "token": now, "reason": "go"})
        assert (await run.result()).state is State.DONE
        assert (await record(run)).refused >= len(rows)
