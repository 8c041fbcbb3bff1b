"""What people send to a run: signals (Temporal Web UI) and updates (command line), both into the same pure `Run`.

Handlers record and never raise: an exception in one of them would fail the workflow task for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from workflows.code_words import digests_in, hide
    from workflows.messages import LONGEST, Decision, Message, RunOrder, StepOrder, Voice, read
    from workflows.record import RunRecord
    from workflows.run import Run

M = TypeVar("M", bound=Message)

NO_PAYLOAD: Any = None  # the Web UI sends no argument at all when the input is left empty


class PeopleHandlers:
    """Every scenario has them; a message that it does not await is refused in words."""

    state: Run

    @property
    def record(self) -> RunRecord:
        return self.state.record

    def now(self) -> float:
        """Seconds since the epoch, the same in a replay."""
        return workflow.now().timestamp()

    def show(self) -> None:
        """Bring record and Web UI up to date."""
        raise NotImplementedError

    def prove(self) -> None:
        """Have codes verified and burnt. A run without gates has no voices to prove."""

    def take(self, kind: type[M], raw: RawValue | None, act: Callable[[M], str | None]) -> str | None:
        """Read a message by hand and act on it. Returns why it is refused, or None; never raises."""
        message = _read(kind, raw)
        if isinstance(message, str):
            refusal: str | None = self.state.refuse(self.now(), message)
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

    def _approve(self, raw: RawValue | None) -> str | None:
        return self.take(Voice, raw, lambda voice: self.state.hear_voice(voice, yes=True, at=self.now()))

    def _reject(self, raw: RawValue | None) -> str | None:
        return self.take(Voice, raw, lambda voice: self.state.hear_voice(voice, yes=False, at=self.now()))

    def _decide(self, raw: RawValue | None) -> str | None:
        return self.take(Decision, raw, lambda decision: self.state.hear_decision(decision, self.now()))

    def _retry(self, raw: RawValue | None) -> str | None:
        return self.take(StepOrder, raw, lambda order: self.state.order_retry(order, self.now()))

    def _abort(self, raw: RawValue | None) -> str | None:
        return self.take(RunOrder, raw, lambda order: self.state.order_abort(order, self.now()))

    def _hold(self, raw: RawValue | None) -> str | None:
        return self.take(RunOrder, raw, lambda order: self.state.order_hold(order, self.now()))

    def _resume(self, raw: RawValue | None) -> str | None:
        return self.take(RunOrder, raw, lambda order: self.state.order_resume(order, self.now()))

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
        known = "decide, approve, reject, retry, abort, hold, resume"
        self.state.refuse(self.now(), f"no signal is called {hide(name[:60])!r}; there are {known}")
        self.see_codes(*args)
        self.show()

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

    @workflow.update(name="abort")
    def abort_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._abort(raw)

    @workflow.update(name="hold")
    def hold_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._hold(raw)

    @workflow.update(name="resume")
    def resume_update(self, raw: RawValue = NO_PAYLOAD) -> str | None:
        return self._resume(raw)

    @workflow.query(name="record")
    def record_query(self) -> RunRecord:
        """The whole record, for watch, show and report."""
        return self.record


def _read(kind: type[M], raw: RawValue | None) -> M | str:
    if raw is None:
        return read(kind, None)
    encoding = raw.payload.metadata.get("encoding", b"").decode("ascii", "replace")
    return read(kind, raw.payload.data, encoding or "no encoding")
