"""Messages that count once their code is verified. No Temporal in here: times come in as arguments."""

from __future__ import annotations

from dataclasses import dataclass

from activities.code_words import codes_of
from activities.models.codes import STEP_S, SaidCodes
from workflows.run.holds import Hold
from workflows.run.messages import Message, Severity, StepOrder, Voice


class Claim:
    """A message that counts once its code is verified."""

    at: float

    @property
    def message(self) -> Message:
        raise NotImplementedError

    @property
    def by(self) -> str:
        return self.message.by

    @property
    def codes(self) -> list[str]:
        return codes_of(self.message.code or "")

    @property
    def is_pair(self) -> bool:
        return len(self.codes) > 1


@dataclass(frozen=True)
class Pending(Claim):
    """A voice that counts nowhere yet."""

    gate: str
    voice: Voice
    yes: bool
    at: float
    severity: Severity | None = None

    @property
    def message(self) -> Message:
        return self.voice

    @property
    def spoken(self) -> str:
        """What it says, for the journal."""
        if self.severity is not None:
            return f"decides {self.severity}"
        return f"{'approves' if self.yes else 'refuses'} at gate {self.gate}"

    @property
    def verb(self) -> str:
        """The message that it came in."""
        return "decide" if self.severity is not None else "approve" if self.yes else "reject"


@dataclass(frozen=True, eq=False)
class PendingOrder(Claim):
    """An order that is not followed yet. `about`: the very hold that stood when it came, if it is about one."""

    verb: str
    order: Message
    at: float
    about: Hold | Pause | None = None

    @property
    def message(self) -> Message:
        return self.order

    @property
    def step(self) -> str:
        return self.order.step if isinstance(self.order, StepOrder) else ""


@dataclass(eq=False)
class Pause:
    """An operator's hold of a whole run. `claim`: the order that it stands on while its code may still prove wrong."""

    by: str
    is_unproven: bool = False
    claim: PendingOrder | None = None


@dataclass(frozen=True)
class Doubt:
    """Why a message does not count. `is_open`: its code was not found wrong, nobody can tell."""

    reason: str
    is_open: bool = False


@dataclass(frozen=True)
class Item:
    """A message on its way to a control worker; without `pending` its codes are only burnt."""

    said: SaidCodes
    pending: Pending | PendingOrder | None = None

    @property
    def known(self) -> set[tuple[str, int]]:
        return {(code, int(self.said.at // STEP_S)) for code in self.said.codes}


Proven = tuple[Pending | PendingOrder, Doubt | None]
