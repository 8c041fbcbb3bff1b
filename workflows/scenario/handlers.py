"""What people send to a run: signals (Temporal Web UI) and updates (command line), both into the same pure `Run`.

Handlers record and never raise: an exception in one of them would fail the workflow task for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from temporalio import workflow
from temporalio.common import RawValue

from workflows.scenario.telling import Telling

with workflow.unsafe.imports_passed_through():
    from activities.code_words import digests_in, hide
    from workflows.run.holds import Ordered
    from workflows.run.messages import (
        LONGEST,
        Decision,
        Message,
        RetryOrder,
        RunOrder,
        StepOrder,
        Voice,
        read,
    )
    from workflows.run.order_proofs import OrderProofs
    from workflows.run.record import RunRecord, Why
    from workflows.run.steering import Steering

M = TypeVar("M", bound=Message)

KNOWN = (
    *("decide", "approve", "reject", "hold", "resume", "abort"),
    *("retry", "confirm", "skip", "force", "override"),
)
NO_PAYLOAD: Any = None  # the Web UI sends no argument at all when the input is left empty


class Proving(Protocol):
    def wake(self) -> None: ...

    async def finish(self) -> None: ...


class PeopleHandlers(Telling):
    """Every scenario has them; a message that it does not await is refused in words."""

    prover: Proving  # every scenario has one: codes come to each of them

    @property
    def steering(self) -> Steering:
        return Steering(self.state)

    @property
    def orders(self) -> OrderProofs:
        """Orders whose codes are being verified."""
        return OrderProofs(self.state)

    def prove(self) -> None:
        """Have codes verified and burnt."""
        self.prover.wake()

    def take(
        self, name: str, kind: type[M], raw: RawValue | None, act: Callable[[M], str | None]
    ) -> str | None:
        """Read a message by hand and act on it. Returns why it is refused, or None; never raises."""
        message = _read(kind, raw)
        if isinstance(message, str):
            by = message.partition(": ")[0]
            by = by if by in self.state.people or by == self.record.started_by else ""
            refusal: str | None = self.state.refuse(self.now(), message, by, name, Why.UNREADABLE)
        else:
            refusal = act(message)
        self.see_codes(raw)
        self.show()
        return refusal

    def see_codes(self, *raws: RawValue | None) -> None:
        """Burn the codes of a message, in wrong fields too (law 13); after its voice, which needs its own one fresh."""
        for raw in raws:
            if self.state.proofs.secrets and raw is not None:
                self.state.proofs.see(digests_in(raw.payload.data[:LONGEST]), self.now())
        self.prove()

    def unfit(self, name: str, why: str, args: Sequence[Any] = ()) -> str:
        """A message that no handler could take; its codes are burnt all the same."""
        self.state.proofs.see(digests_in(json.dumps(args, default=str).encode()[:LONGEST]), self.now())
        self.prove()
        refusal = self.state.refuse(self.now(), why, kind=name, why=Why.UNREADABLE)
        self.show()
        return refusal

    def forged(self, name: str, why: str, raw: RawValue | None) -> None:
        """What only another run may send, and what none of them sent."""
        self.see_codes(raw)
        self.state.refuse(self.now(), f"signal {name}: {why}", kind=name, why=Why.FORGED)
        self.show()

    def _approve(self, raw: RawValue | None) -> str | None:
        return self.take(
            "approve", Voice, raw, lambda voice: self.state.hear_voice(voice, yes=True, at=self.now())
        )

    def _reject(self, raw: RawValue | None) -> str | None:
        return self.take(
            "reject", Voice, raw, lambda voice: self.state.hear_voice(voice, yes=False, at=self.now())
        )

    def _decide(self, raw: RawValue | None) -> str | None:
        return self.take(
            "decide", Decision, raw, lambda decision: self.state.hear_decision(decision, self.now())
        )

    def _retry(self, raw: RawValue | None) -> str | None:
        return self.take("retry", RetryOrder, raw, lambda order: self.steering.retry(order, self.now()))

    def _settle(self, verb: Ordered, raw: RawValue | None) -> str | None:
        return self.take(verb, StepOrder, raw, lambda order: self.steering.settle(verb, order, self.now()))

    def _override(self, raw: RawValue | None) -> str | None:
        return self.take("override", StepOrder, raw, lambda order: self.steering.override(order, self.now()))

    def _abort(self, raw: RawValue | None) -> str | None:
        return self.take("abort", RunOrder, raw, lambda order: self.steering.abort(order, self.now()))

    def _hold(self, raw: RawValue | None) -> str | None:
        return self.take("hold", RunOrder, raw, lambda order: self.steering.hold(order, self.now()))

    def _resume(self, raw: RawValue | None) -> str | None:
        return self.take("resume", RunOrder, raw, lambda order: self.steering.resume(order, self.now()))

    def _unknown(self, what: str, name: str, args: Sequence[RawValue]) -> str:
        self.state.proofs.see(digests_in(name.encode()), self.now())
        self.see_codes(*args)
        why = f"no {what} is called {hide(name[:60])!r}; there are {', '.join(KNOWN)}"
        refusal = self.state.refuse(self.now(), why, why=Why.UNKNOWN)
        self.show()
        return refusal

    @workflow.signal(
        name="decide", description='재해 판단 · the severity: {"by", "token", "severity", "reason"}'
    )
    def decide_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._decide(raw)

    @workflow.signal(name="approve", description='승인 · a yes at a gate: {"by", "token", "reason"}')
    def approve_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._approve(raw)

    @workflow.signal(name="reject", description='반려 · a no at a gate: {"by", "token", "reason"}')
    def reject_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._reject(raw)

    @workflow.signal(
        name="retry", description='보류된 단계 재시도 · try a held step again: {"by", "step", "reason"}'
    )
    def retry_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._retry(raw)

    @workflow.signal(
        name="skip", description='단계 건너뛰기 · go on without a held step: {"by", "step", "reason"}'
    )
    def skip_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._settle(Ordered.SKIP, raw)

    @workflow.signal(
        name="force", description='강제 처리 · go on as if a held step were good: {"by", "step", "reason"}'
    )
    def force_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._settle(Ordered.FORCE, raw)

    @workflow.signal(
        name="confirm", description='수작업 완료 · a held step was done by hand: {"by", "step", "reason"}'
    )
    def confirm_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._settle(Ordered.CONFIRM, raw)

    @workflow.signal(
        name="override",
        description='우회 요청 · ask two people to let a safety step be: {"by", "step", "reason"}',
    )
    def override_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._override(raw)

    @workflow.signal(
        name="abort", description='중단 · end the run as far as it can be undone: {"by", "reason"}'
    )
    def abort_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._abort(raw)

    @workflow.signal(name="hold", description='보류 · stop before the next step: {"by", "reason"}')
    def hold_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._hold(raw)

    @workflow.signal(name="resume", description='보류 해제 · go on after a hold: {"by", "reason"}')
    def resume_signal(self, raw: RawValue = NO_PAYLOAD) -> None:
        self._resume(raw)

    @workflow.signal(dynamic=True, description="A mistyped name of a signal ends here and is refused")
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:
        self._unknown("signal", name, args)

    @workflow.update(name="decide")
    def decide_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._decide(raw)

    @workflow.update(name="approve")
    def approve_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._approve(raw)

    @workflow.update(name="reject")
    def reject_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._reject(raw)

    @workflow.update(name="retry")
    def retry_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._retry(raw)

    @workflow.update(name="skip")
    def skip_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._settle(Ordered.SKIP, raw)

    @workflow.update(name="force")
    def force_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._settle(Ordered.FORCE, raw)

    @workflow.update(name="confirm")
    def confirm_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._settle(Ordered.CONFIRM, raw)

    @workflow.update(name="override")
    def override_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._override(raw)

    @workflow.update(name="abort")
    def abort_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._abort(raw)

    @workflow.update(name="hold")
    def hold_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._hold(raw)

    @workflow.update(name="resume")
    def resume_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._resume(raw)

    @workflow.update(dynamic=True)
    def unknown_update(self, name: str, args: Sequence[RawValue]) -> str | None:
        return self._unknown("update", name, args)

    @workflow.query(name="record")
    def record_query(self) -> RunRecord:
        """The whole record, for watch, show and report."""
        return self.record


def _read(kind: type[M], raw: RawValue | None) -> M | str:
    if raw is None:
        return read(kind, None)
    encoding = raw.payload.metadata.get("encoding", b"").decode("ascii", "replace")
    return read(kind, raw.payload.data, encoding or "no encoding")
