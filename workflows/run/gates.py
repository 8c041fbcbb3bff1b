"""A gate where a run waits for people (law 6): rounds, tokens, voices. No Temporal in here."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from workflows.run.look_alike import looks_like
from workflows.run.messages import Severity, Voice

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else over the phone


class Verdict(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


def token(nonce: str, gate: str, number: int, shown: str) -> str:
    """The word of a round: six letters bound to its own `nonce`, the gate, its number and what is shown.

    `nonce` is drawn when the round opens: one that opens again after a workflow reset has another, so an old
    voice fits no new round. Its first letter is none of a number: six digits are a one-time code.
    """
    digest = hashlib.sha256(f"{nonce}\n{gate}\n{number}\n{shown}".encode()).digest()
    first = _LETTERS.rstrip("0123456789")
    return first[digest[0] % len(first)] + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[1:6])


@dataclass(frozen=True)
class Heard:
    """A voice that counts. `seat`: for whom, the person or whom they stand in for."""

    by: str
    yes: bool
    at: float
    reason: str
    severity: Severity | None = None
    seat: str = ""


@dataclass
class Round:
    """One frozen showing of evidence."""

    gate: str
    number: int
    token: str
    shown: str  # digest of what was shown
    opened_at: float
    voices: list[Heard] = field(default_factory=list)
    closed: str = ""  # why; empty while it is open
    about: str = ""  # what was asked: one gate may ask for more than one thing


@dataclass
class Gate:
    """Who may speak, how many must agree, and what has been said in the rounds so far.

    `people` may speak from the start; `later` after an escalation. `starter` may never, however it is spelled, and
    nobody for them. Each of them has one seat; `deputies` (absent person -> deputy) may take that of whom they stand
    in for, and nobody has two. `proof`: a voice carries a one-time code.
    Once a round has its verdict it hears nobody any more: what comes late cannot turn it.
    """

    name: str
    people: tuple[str, ...]
    quorum: int
    starter: str
    nonce: str
    later: tuple[str, ...] = ()
    escalated: bool = False
    proof: bool = False
    deputies: dict[str, str] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)

    @property
    def now(self) -> Round | None:
        """The open round."""
        last = self.rounds[-1] if self.rounds else None
        return last if last and not last.closed else None

    @property
    def seats(self) -> tuple[str, ...]:
        """Whom the gate asks now: each is one voice of the quorum."""
        named = self.people + tuple(name for name in self.later if self.escalated and name not in self.people)
        return tuple(dict.fromkeys(name for name in named if not looks_like(name, self.starter)))

    @property
    def may_speak(self) -> tuple[str, ...]:
        deputies = [self.deputies[seat] for seat in self.seats if seat in self.deputies]
        speakers = (*self.seats, *(name for name in deputies if not looks_like(name, self.starter)))
        return tuple(dict.fromkeys(speakers))

    def _seat_of(self, by: str) -> str:
        """The own seat, else the first free one of somebody they stand in for; the first one when none is free."""
        if by in self.seats:
            return by
        stood_in = [seat for seat in self.seats if self.deputies.get(seat) == by]
        return next((seat for seat in stood_in if self._holder(seat) is None), stood_in[0])

    def _holder(self, seat: str) -> Heard | None:
        return next((heard for heard in self.now.voices if heard.seat == seat), None) if self.now else None

    @property
    def _silent(self) -> int:
        """How many seats may still be taken in the open round."""
        spoke = {heard.by for heard in self.now.voices} if self.now else set()
        free = [seat for seat in self.seats if self._holder(seat) is None]
        return sum(not {seat, self.deputies.get(seat, seat)} <= spoke for seat in free)

    @property
    def yes(self) -> int:
        """How many agree; for a severity, how many agree on the same one."""
        if self.now is None:
            return 0
        counted = Counter(heard.severity for heard in self.now.voices if heard.yes)
        return max(counted.values(), default=0)

    @property
    def severity(self) -> Severity | None:
        """What the last round's quorum decided."""
        voices = self.rounds[-1].voices if self.rounds else []
        counted = Counter(heard.severity for heard in voices if heard.severity)
        decided = [severity for severity, count in counted.items() if count >= self.quorum]
        return decided[0] if decided else None

    @property
    def no(self) -> int:
        return sum(not heard.yes for heard in self.now.voices) if self.now else 0

    @property
    def verdict(self) -> Verdict:
        """Yes and no are counted against the same quorum: refusing is as easy as approving.

        A quorum that can no longer be reached is a refusal too.
        """
        if self.now is None:
            return Verdict.OPEN
        quorum = max(self.quorum, 1)  # silence never approves
        if self.yes >= quorum:
            return Verdict.GRANTED
        everybody_may = self.escalated or not self.later
        if self.no >= quorum or (everybody_may and self.yes + self._silent < quorum):
            return Verdict.REFUSED
        return Verdict.OPEN

    @property
    def needs_later(self) -> bool:
        """Without the people of the escalation the quorum is out of reach: there is no silence to wait for."""
        if self.now is None or self.escalated or not self.later:
            return False
        return self.yes + self._silent < max(self.quorum, 1) and self.no < max(self.quorum, 1)

    @property
    def is_split(self) -> bool:
        """Every voice was for something, and no quorum for one thing: nobody has refused."""
        last = self.rounds[-1] if self.rounds else None
        return last is not None and bool(last.voices) and all(heard.yes for heard in last.voices)

    def open(self, shown: str, at: float, about: str = "") -> Round:
        """A new round; an open one is closed as overtaken, and its voices count no more."""
        if self.now:
            self.now.closed = "overtaken by a new round"
        number = len(self.rounds) + 1
        self.rounds.append(
            Round(
                self.name,
                number,
                token(self.nonce, self.name, number, shown),
                shown,
                opened_at=at,
                about=about,
            )
        )
        return self.rounds[-1]

    def close(self, why: str) -> None:
        if self.now:
            self.now.closed = why

    def why_not(self, voice: Voice) -> str | None:
        """Why this voice does not count, or None."""
        if self.now is None:
            return f"gate {self.name} is not open"
        if voice.token != self.now.token:
            return self._why_not_token(voice.token)
        if self.verdict is not Verdict.OPEN:
            return f"gate {self.name} is {self.verdict} already"
        if looks_like(voice.by, self.starter):
            return f"{voice.by} started this run and may not decide on it"
        if voice.by not in self.may_speak:
            return f"{voice.by!r} may not speak at gate {self.name}: {self._asked(voice.by)}"
        if any(heard.by == voice.by for heard in self.now.voices):
            return f"{voice.by} was heard in this round already"
        seat = self._seat_of(voice.by)
        if holder := self._holder(seat):
            return f"{holder.by} was heard for {seat} in this round already: one of them speaks, not both"
        return None

    def _asked(self, by: str) -> str:
        meant = next((name for name in self.may_speak if looks_like(name, by)), None)
        return f"the plan spells it {meant}" if meant else f"it asks {', '.join(self.may_speak) or 'nobody'}"

    def _why_not_token(self, given: str) -> str:
        """A word that is no token is not repeated: it may be a one-time code in the wrong field (law 13)."""
        assert self.now is not None
        if any(given == old.token for old in self.rounds[:-1]):
            return (
                f"token {given} belongs to a round that is over; what is shown now has token {self.now.token}"
            )
        return f"the token is not that of the open round of gate {self.name}"

    def hear(self, voice: Voice, *, yes: bool, at: float, severity: Severity | None = None) -> str | None:
        """Count a voice. Returns why it does not count, or None."""
        reason = self.why_not(voice)
        if reason is None:
            assert self.now is not None
            seat = self._seat_of(voice.by)
            self.now.voices.append(Heard(voice.by, yes, at, voice.reason, severity, seat))
        return reason


def why_no_quorum(name: str, people: tuple[str, ...], quorum: int, starter: str) -> str | None:
    """Why nobody could ever grant a gate of a run that `starter` starts, or None. `people`: of the escalation too."""
    able = sorted({person for person in people if not looks_like(person, starter)})
    if len(able) >= quorum:
        return None
    left = ", ".join(able) or "nobody"
    return f"gate {name} needs {quorum} voices, and without the starter {starter} only {left} may speak"
