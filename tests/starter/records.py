"""Records as runs leave them, made by hand: what documents are tested with."""

from __future__ import annotations

from activities.models import LossClass, LossEstimate, Outcome, ProbeResult, Sighting
from workflows.run.clocks import PhaseTime
from workflows.run.holds import Hold
from workflows.run.record import (
    ChildRecord,
    Entry,
    OverrideRecord,
    Paste,
    RoundRecord,
    RunRecord,
    State,
    StepRecord,
    VoiceRecord,
    Wait,
)
from workflows.run.ways import Standing, send

T0 = 1_772_460_180.0  # 2026-03-02 14:03:00 UTC
RUN = "hanbit-bank/declaration"


def waiting(language: str = "en") -> RunRecord:
    """A declaration that waits for its second approval, with a message that was refused."""
    korean = language == "ko"
    return RunRecord(
        scenario="declaration",
        estate="hanbit-bank",
        workflow_id=RUN,
        run_id="0195-run",
        plan_hash="3fa2b1c0d4e5f6a7b8c9",
        started_by="sre",
        reason="서울 무응답" if korean else "seoul does not answer",
        started_at=T0,
        language=language,
        timezone="Asia/Seoul",
        rto_s=600.0,
        rpo_s=30.0,
        state=State.WAITING,
        old="seoul",
        new="busan",
        services=["core-banking", "channel"],
        evidence=_evidence(),
        estimates=_estimates(),
        readiness=["busan/was-2: no answer within 4 s"],
        will_do=["fence seoul (edge, power)", "promote core-banking.ledger at busan"],
        will_stop=["everything of seoul: core-banking, channel, and every program there"],
        warnings=["No writers' fence of seoul is confirmed: it may go on writing."],
        phases=[
            PhaseTime(name="detect", started_at=T0, ended_at=T0 + 2.1),
            PhaseTime(name="decide", started_at=T0 + 2.1, ended_at=T0 + 40.0),
            PhaseTime(name="approve", started_at=T0 + 40.0),
        ],
        rounds=_rounds(),
        waits=[_approval(korean)],
        steps=[_step("estate", "read the estate's record", "detect", 0.1, 0.3, Outcome.DONE, "epoch 7")],
        journal=_journal(),
        refused=1,
    )


def ended(language: str = "en") -> RunRecord:
    """The same, done: a host given up, a step that was tried twice."""
    record = waiting(language)
    starts = [(40.0, 60.0, "approve"), (60.0, 61.2, "fence"), (61.2, 61.5, "verify"), (61.5, 61.8, "promote")]
    starts += [(61.8, 64.0, "start"), (64.0, 64.4, "switch"), (64.4, 64.9, "tell")]
    phases = [PhaseTime(name=name, started_at=T0 + a, ended_at=T0 + b) for a, b, name in starts]
    phases[4] = phases[4].model_copy(update={"settle_s": 1.0})
    kim, lee = record.rounds[1].voices[0], VoiceRecord(by="lee", yes=True, at=T0 + 60.0, reason="")
    record.phases = [*record.phases[:2], *phases]
    record.rounds[1] = record.rounds[1].model_copy(update={"voices": [kim, lee], "closed": "granted"})
    record.waits, record.warnings = [], []
    record.epoch = 8
    record.state, record.ended_at = State.DONE, T0 + 64.9
    record.conclusion = "core-banking, channel run at busan"
    record.facts = {"approved": T0 + 60.0, "fenced": T0 + 61.2, "switched": T0 + 64.4}
    record.steps += [
        _step(
            "fence-power", "fence seoul with power", "fence", 60.1, 61.2, Outcome.DONE, "off, confirmed", 2
        ),
        _step("dns-www", "point www at busan", "switch", 64.0, 64.4, Outcome.FORCED, "by hand | by kim"),
    ]
    record.children = [_child()]
    record.note(T0 + 60.0, "voice", "approves at gate declaration", "lee")
    record.note(T0 + 64.4, "step", "dns-www: forced: by hand | by kim")
    record.note(T0 + 64.9, "end", "done: core-banking, channel run at busan")
    return record


def held() -> RunRecord:
    """A step of the run is held, and one of a child."""
    record = waiting()
    record.state, record.rounds = State.HELD, []
    record.waits = [_hold("promote-core-banking.ledger", "the replica was never in sync")]
    child = _child()
    record.children = [
        child.model_copy(update={"state": State.HELD, "waits": [_hold("start-was@was-1", "exit code 1")]})
    ]
    return record


def overridden() -> RunRecord:
    """The same as `ended`, without a fence: two people answer for it; a child has its own orders."""
    record = ended()
    without = "No writers' fence of seoul was confirmed: both centers may accept writes."
    record.overrides = [
        OverrideRecord(
            step="fence-seoul",
            title="fence seoul",
            people=["kim", "lee"],
            reason="no device answers",
            failed="power does not answer",
            without=without,
            at=T0 + 61.0,
        )
    ]
    record.rounds.append(
        RoundRecord(gate="override:fence-seoul", number=1, token="zzz999", opened_at=T0 + 60.5, voices=[])
    )
    journal = [
        Entry(at=T0 + 62, kind="order", text="skip start-was@was-2: the machine burns", by="ops"),
        Entry(at=T0 + 62.5, kind="changed", text="start-was@was-1: 'a' → 'b': renamed", by="ops"),
    ]
    child = record.children[0]
    skipped = child.steps[0].model_copy(
        update={"name": "start-was@was-2", "outcome": Outcome.SKIPPED, "summary": "skipped by ops: it burns"}
    )
    record.children[0] = child.model_copy(update={"journal": journal, "steps": [*child.steps, skipped]})
    return record


def _evidence() -> list[Sighting]:
    dark = ProbeResult(url="http://10.81.0.31/health", serves=False, seconds=1.0, error="timed out")
    light = ProbeResult(url="http://10.82.0.31/health", serves=True, seconds=0.012)
    return [
        Sighting(
            vantage="control", failure_domain="third-site", at=T0 + 2, blind=False, results=[dark, light]
        ),
        Sighting(
            vantage="seoul", failure_domain="seoul", at=T0 + 2, blind=True, results=[], error="no answer"
        ),
    ]


def _estimates() -> list[LossEstimate]:
    known = LossEstimate(
        dataset="core-banking.ledger",
        loss_class=LossClass.WITHIN,
        lower_s=0.4,
        upper_s=2.1,
        lower_bytes=81920,
        sample_age_s=3.0,
        rpo_s=30.0,
    )
    unknown = LossEstimate(
        dataset="core-banking.cards", loss_class=LossClass.UNKNOWN, rpo_s=30.0, reason="no sample"
    )
    return [known, unknown]


def _rounds() -> list[RoundRecord]:
    lee = VoiceRecord(by="lee", yes=True, at=T0 + 40, reason="no vantage point sees it", severity="critical")
    kim = VoiceRecord(by="kim", yes=True, at=T0 + 55, reason="")
    return [
        RoundRecord(
            gate="severity", number=1, token="q4m2xz", opened_at=T0 + 2.1, voices=[lee], closed="granted"
        ),
        RoundRecord(gate="declaration", number=1, token="k7x2mp", opened_at=T0 + 40, voices=[kim]),
    ]


def _approval(korean: bool) -> Wait:
    title = "임원진 승인: seoul 재해 선포" if korean else "Executive approval: declare a disaster of seoul"
    return Wait(
        kind="gate",
        name="declaration",
        title=title,
        people=["kim", "lee", "cho"],
        quorum=2,
        yes=1,
        token="k7x2mp",
        since=T0 + 40,
        until=T0 + 940,
        then="이후 ops에게도 요청" if korean else "then ops are asked too",
        send=[
            Paste(signal="approve", json_text='{"by": "YOUR NAME", "token": "k7x2mp"}'),
            Paste(signal="reject", json_text='{"by": "YOUR NAME", "token": "k7x2mp"}'),
        ],
    )


def _hold(step: str, reason: str) -> Wait:
    safety = step.startswith("promote")
    hold = Hold(step, step, reason, T0 + 70, safety, command="" if safety else "sv start was")
    sends = send(hold, Standing("", no_abort="only forward"))
    return Wait(kind="step", name=step, title=f"Step held: {step}: {reason}", since=T0 + 70, send=sends)


def _journal() -> list[Entry]:
    return [
        Entry(at=T0, kind="phase", text="detect"),
        Entry(at=T0 + 0.3, kind="step", text="estate: done: epoch 7"),
        Entry(at=T0 + 2.1, kind="gate", text="severity: round 1 opens, token q4m2xz"),
        Entry(
            at=T0 + 30, kind="refused", text="sre: sre started this run and may not decide on it", by="sre"
        ),
        Entry(at=T0 + 40, kind="voice", text="decides critical: no vantage point sees it", by="lee"),
        Entry(at=T0 + 55, kind="voice", text="approves at gate declaration", by="kim"),
    ]


def _step(
    name: str,
    title: str,
    phase: str,
    began: float,
    end: float,
    outcome: Outcome,
    summary: str,
    attempt: int = 1,
) -> StepRecord:
    return StepRecord(
        name=name,
        title=title,
        phase=phase,
        attempt=attempt,
        started_at=T0 + began,
        ended_at=T0 + end,
        outcome=outcome,
        summary=summary,
    )


def _child() -> ChildRecord:
    up = _step(
        "start-was@was-1", "start core-banking.was on busan/was-1", "start", 61.9, 63.4, Outcome.DONE, "up"
    )
    return ChildRecord(
        workflow_id=f"{RUN}/core-banking",
        title="core-banking up at busan",
        state=State.DONE,
        steps=[up],
    )
