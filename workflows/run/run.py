"""One run's state and the voices it hears. No Temporal in here: times come in as arguments.

Handlers call `hear_*` and the orders of `steering`, which record and never raise; the scenario's `run` acts on what
was recorded. Each returns why the message is refused, or None.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from workflows.run.absences import Absences
from workflows.run.claims import Pause, Pending, PendingOrder
from workflows.run.clocks import Clocks
from workflows.run.gates import Gate
from workflows.run.holds import Hold
from workflows.run.messages import Decision, Severity, Voice
from workflows.run.proofs import Proofs
from workflows.run.record import FLOOD, Refusal, RoundRecord, RunRecord, State, VoiceRecord, Wait, Why
from workflows.run.ways import Standing, send
from workflows.texts import text as in_words

NAMED = 12  # names in one line
OVERRIDE = "override:"  # how the gate of a step's override begins


class Stretch(StrEnum):
    """How far a run is: what an abort means (law 8)."""

    FREE = "nothing was changed yet"
    FENCED = "the old center is fenced"
    FORWARD = "data was promoted: there is only forward"


class Aborted(Exception):
    """An operator's abort, raised where the run waits or between two steps."""

    def __init__(self, by: str, reason: str) -> None:
        super().__init__(f"aborted by {by}: {reason or 'no reason given'}")
        self.by = by
        self.reason = reason


@dataclass
class Run:
    """What the run has been told and where it stands.

    `people` are the names of the plan. `no_override`: why no override can be asked for here; empty when one can.
    """

    record: RunRecord
    people: frozenset[str]
    clocks: Clocks = field(default_factory=Clocks)
    gates: dict[str, Gate] = field(default_factory=dict)
    proofs: Proofs = field(default_factory=Proofs)
    absences: Absences = field(default_factory=Absences)
    holds: dict[str, Hold] = field(default_factory=dict)
    stretch: Stretch = Stretch.FREE
    pause: Pause | None = None  # this run alone
    pause_above: Pause | None = None  # the run above, and with it this one
    unproven: list[PendingOrder] = field(default_factory=list)  # followed, and still to be verified
    aborted: Aborted | None = None
    aborted_by: str = ""  # stays when `aborted` was taken up: a run is aborted once
    no_override: str = "nobody can be asked for it in this run: retry the step"

    def __post_init__(self) -> None:
        self.record.orders_proof = "code" if self.proofs.for_orders else ""

    def refuse(self, at: float, text: str, by: str = "", kind: str = "", why: Why = Why.REFUSED) -> str:
        """`kind`: the name of the message. Who is no person of the plan is counted as a stranger, whatever it was."""
        known = by in self.people or by == self.record.started_by
        self.record.refuse(at, text, by, Refusal(kind, by if known else "", _class(why, by, known)))
        if self.record.refused == FLOOD:
            self.record.note(at, "warning", in_words(self.record.language, "page_flood"))
        return text

    # --- gates

    def hear_voice(self, voice: Voice, *, yes: bool, at: float) -> str | None:
        """A yes or no, at whichever gate has the token's round open."""
        verb = "approve" if yes else "reject"
        gate = self._gate_of(voice.token, but="severity")
        if gate is None:
            why = self._why_no_gate(voice.token, "severity")
            return self.refuse(at, f"{voice.by}: {why}", voice.by, verb)
        return self._hear(Pending(gate.name, voice, yes, at))

    def hear_decision(self, decision: Decision, at: float) -> str | None:
        gate = self.gates.get("severity")
        if gate is None or gate.now is None:
            return self.refuse(
                at, f"{decision.by}: no severity decision is awaited now", decision.by, "decide"
            )
        if decision.severity not in list(Severity):
            known = ", ".join(Severity)
            text = f"{decision.by}: severity {decision.severity!r} is none of {known}"
            return self.refuse(at, text, decision.by, "decide")
        return self._hear(Pending(gate.name, decision, True, at, Severity(decision.severity)))

    def _hear(self, said: Pending) -> str | None:
        """Count a voice; at a gate that asks for a code, only once the code is verified."""
        gate, voice = self.gates[said.gate], said.voice
        if not gate.proof:
            return self.count(said, said.at)
        if reason := gate.why_not(voice) or self.proofs.why_not(gate, voice, said.at):
            return self.refuse(said.at, f"{voice.by}: {reason}", voice.by, said.verb)
        is_shown = voice.by in self.proofs.names_at(gate.name)
        self.proofs.wait(said)
        if not is_shown:
            self.mirror_gates()
        return None

    def proven(self, said: Pending, reason: str | None, at: float) -> None:
        """The verdict on a code; the voice counts if its round is still the open one."""
        if reason:
            self.refuse(at, f"{said.voice.by}: {reason}", said.voice.by, said.verb)
        else:
            self.count(said, at)
        self.mirror_gates()

    def count(self, said: Pending, at: float) -> str | None:
        """A voice that needs no proof, or is proven."""
        gate, voice = self.gates[said.gate], said.voice
        if reason := gate.hear(voice, yes=said.yes, at=said.at, severity=said.severity):
            return self.refuse(at, f"{voice.by}: {reason}", voice.by, said.verb)
        self.record.note(at, "voice", said.spoken + _because(voice.reason), voice.by)
        self.mirror_gates()
        return None

    def _gate_of(self, token: str, but: str) -> Gate | None:
        open_gates = [gate for gate in self.gates.values() if gate.now and gate.name != but]
        for gate in open_gates:
            if gate.now and gate.now.token == token:
                return gate
        return open_gates[0] if open_gates else None

    def _why_no_gate(self, token: str, but: str) -> str:
        severity = self.gates.get(but)
        if severity and severity.now and severity.now.token == token:
            return 'a severity is asked, not a yes or no: send signal "decide"'
        return "no approval is awaited now"

    def mirror_gates(self) -> None:
        """Copy the rounds of all gates into the record."""
        self.record.rounds = [
            RoundRecord(
                gate=opened.gate,
                number=opened.number,
                token=opened.token,
                opened_at=opened.opened_at,
                closed=opened.closed,
                about=opened.about,
                voices=[
                    VoiceRecord(
                        by=voice.by,
                        yes=voice.yes,
                        at=voice.at,
                        reason=voice.reason,
                        severity=voice.severity or "",
                        proof="code" if gate.proof else "",
                        seat=voice.seat if voice.seat != voice.by else "",
                    )
                    for voice in opened.voices
                ],
            )
            for gate in self.gates.values()
            for opened in gate.rounds
        ]

        for wait in self.record.waits:
            gate = self.gates.get(wait.name)
            if wait.kind == "gate" and gate is not None:
                voices = {
                    "yes": gate.yes,
                    "no": gate.no,
                    "people": list(gate.may_speak),
                    "proving": self.proofs.names_at(gate.name),
                    "pairs": self.proofs.pair_from(gate.may_speak) if gate.proof else [],
                }
                self.wait(wait.model_copy(update=voices))

    def mirror_orders(self) -> None:
        """Copy the orders that are being verified into the record."""
        self.record.orders_proving = self.proofs.orders_shown
        pairs = self.proofs.pair_from(sorted(self.people)) if self.proofs.for_orders else []
        self.record.orders_pairs = pairs
        if self.proofs.for_orders:
            self.record.waits = [
                wait.model_copy(update={"pairs": pairs}) if wait.kind != "gate" else wait
                for wait in self.record.waits
            ]

    # --- hold and abort

    @property
    def paused(self) -> Pause | None:
        """By which hold the whole run stands still."""
        return self.pause or self.pause_above

    @property
    def paused_by(self) -> str:
        return self.paused.by if self.paused else ""

    @property
    def open_gates(self) -> list[str]:
        return [name for name, gate in self.gates.items() if gate.now]

    @property
    def no_abort(self) -> str:
        """Why nobody can abort it; empty when somebody can."""
        if self.stretch is Stretch.FORWARD:
            return str(Stretch.FORWARD)
        return f"{self.aborted_by} aborted it already: it is being undone" if self.aborted_by else ""

    def abort(self, aborted: Aborted) -> None:
        self.aborted = aborted
        self.aborted_by = aborted.by

    def begin_undo(self) -> None:
        """From here on there is nothing left to abort: what was ordered is being done."""
        self.aborted = None
        self.aborted_by = self.aborted_by or "a refusal of the approvers"
        self.pause = self.pause_above = None

    # --- what is awaited

    def state_now(self) -> State:
        """Derived from what is open, unless the run is over."""
        if self.record.state.is_end:
            return self.record.state
        if self.holds or self.paused_by or any(child.state is State.HELD for child in self.record.children):
            return State.HELD
        return State.WAITING if any(gate.now for gate in self.gates.values()) else State.RUNNING

    def wait(self, wait: Wait) -> None:
        """Show a wait, in the place of an older one of its name."""
        others = [known for known in self.record.waits if known.name != wait.name]
        self.record.waits = [*others, wait]

    @property
    def standing(self) -> Standing:
        asked = [name.removeprefix(OVERRIDE) for name in self.open_gates if name.startswith(OVERRIDE)]
        return Standing(
            self.record.workflow_id,
            self.no_abort,
            self.no_override,
            frozenset(asked),
            proof=self.record.orders_proof,
        )

    def mirror_ways(self) -> None:
        """Bring what is offered for held steps up to date with what would be accepted (law 8)."""
        self.record.waits = [self._with_ways(wait) for wait in self.record.waits]

    def _with_ways(self, wait: Wait) -> Wait:
        hold = self.holds.get(wait.name) if wait.kind == "step" else None
        return wait.model_copy(update={"send": send(hold, self.standing)}) if hold else wait

    def wait_over(self, name: str) -> None:
        self.record.waits = [known for known in self.record.waits if known.name != name]


def some(found: list[str]) -> str:
    """The first few: a hundred refusals that name a thousand hosts would not fit into a record."""
    more = len(found) - NAMED
    return ", ".join(found[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _class(why: Why, by: str, known: bool) -> Why:
    return Why.STRANGER if why is Why.REFUSED and by and not known else why


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
