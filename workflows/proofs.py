"""Voices that are being verified, and codes that are to be burnt. No Temporal in here: times come in as arguments.

**Guessing, and why nobody is locked out.** A code is one of a million and three of them are right at a time, so wrong
ones must be few. But whoever may send a signal may send thousands in anybody's name: a limit that shuts a person out
would hand strangers the key to the gate. So the limit asks for more instead of shutting: each person has a bucket of
`TRIES` codes that turned out wrong, refilled by one each `REFILL_S`. While it is empty, a single code in that name is
not even tried, and the voice needs **two codes that follow each other**, the one shown now and the next. A pair is one
of 10^12, so it needs no limit; the real person waits half a minute longer, and needs no secret word over a channel that
may be lost with the center. That the bucket ran empty is told to the operators and over the person's own channel.

Memory is bounded: single codes by the buckets, pairs by `MOST_PAIRS` for each person, codes to burn by `MOST_SEEN`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from activities.code_words import codes_of, why_not_code
from activities.models.codes import STEP_S, CodeVerdict, SaidCodes
from workflows.gates import Gate
from workflows.messages import Severity, Voice

TRIES = 5
REFILL_S = 60.0
QUIET_S = TRIES * REFILL_S  # without a wrong try, until the next alarm is news
MOST_PAIRS = 20
MOST_SEEN = 500
BATCH = 100  # messages that are checked at once
AUTHENTICATOR = 'add "code": "123456", the six digits of your authenticator'
PAIR = 'wrong codes came in this name: send two that follow each other, the one shown now and the next, "123456 234567"'


@dataclass
class Bucket:
    """Wrong tries that are left, as of `at`."""

    left: float = TRIES
    at: float = 0.0

    def has_one(self, at: float) -> bool:
        self.left = min(self.left + max(at - self.at, 0.0) / REFILL_S, TRIES)
        self.at = at
        return self.left >= 1


@dataclass(frozen=True)
class Pending:
    """A voice that counts nowhere yet."""

    gate: str
    voice: Voice
    yes: bool
    at: float
    severity: Severity | None = None

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

    @property
    def codes(self) -> list[str]:
        return codes_of(self.voice.code or "")

    @property
    def is_pair(self) -> bool:
        return len(self.codes) > 1


@dataclass(frozen=True)
class Item:
    """A message on its way to a control worker; without `pending` its codes are only burnt."""

    said: SaidCodes
    pending: Pending | None = None

    @property
    def known(self) -> set[tuple[str, int]]:
        return {(code, int(self.said.at // STEP_S)) for code in self.said.codes}


@dataclass
class Proofs:
    """`secrets`: person -> name of the secret that makes their codes. Whom it does not name cannot prove a voice."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    queue: list[Item] = field(default_factory=list)
    overflowed: int = 0  # codes that could not be burnt: there were too many
    _known: set[tuple[str, int]] = field(default_factory=set)  # codes in the queue, with their steps
    _pairs: Counter[str] = field(default_factory=Counter)
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _alarms: list[str] = field(default_factory=list)
    _alarmed: dict[str, float] = field(default_factory=dict)

    # --- what comes in

    def why_not(self, gate: Gate, voice: Voice, at: float) -> str | None:
        """Why this voice is not worth a try at a gate that asks for a code, or None. Its name is one of the gate's."""
        if not voice.code:
            return f"gate {gate.name} asks for a one-time code: {AUTHENTICATOR}"
        if reason := why_not_code(voice.code):
            return reason
        if len(codes_of(voice.code)) > 1:
            is_much = self._pairs[voice.by] >= MOST_PAIRS
            return "too many codes of this name are being verified; try again" if is_much else None
        if self._bucket(voice.by).has_one(at):
            return None
        self._alarm(voice.by, at)
        return PAIR

    def wait(self, pending: Pending) -> None:
        """Have a voice verified. A single code is a try until it turns out right."""
        by = pending.voice.by
        if pending.is_pair:
            self._pairs[by] += 1
        else:
            self._bucket(by).left -= 1
        self._append(Item(SaidCodes(codes=pending.codes, at=pending.at, by=by), pending))

    def see(self, codes: Sequence[str], at: float) -> None:
        """Have the codes of a message burnt, whatever becomes of the message."""
        if not codes or not self.secrets:
            return
        fresh = [code for code in codes if (code, int(at // STEP_S)) not in self._known]
        if fresh and len(self.queue) >= MOST_SEEN:
            self.overflowed += len(fresh)
        elif fresh:
            self._append(Item(SaidCodes(codes=fresh, at=at)))

    def _append(self, item: Item) -> None:
        self.queue.append(item)
        self._known.update(item.known)

    # --- what goes out

    def batch(self) -> list[Item]:
        """The next to be checked; they stay in the queue until `answered`."""
        return list(islice(self.queue, BATCH))

    def answered(self, batch: list[Item], verdicts: list[CodeVerdict]) -> list[tuple[Pending, str | None]]:
        """The voices of a batch, each with why it does not count, or None."""
        del self.queue[: len(batch)]
        self._known = set().union(*(item.known for item in self.queue))
        self._pairs = Counter(item.said.by for item in self.queue if item.pending and item.pending.is_pair)
        pairs = zip(batch, verdicts, strict=True)
        return [
            (item.pending, self._why_not(item.pending, verdict)) for item, verdict in pairs if item.pending
        ]

    def _why_not(self, pending: Pending, verdict: CodeVerdict) -> str | None:
        by, bucket = pending.voice.by, self._bucket(pending.voice.by)
        if verdict is CodeVerdict.WRONG:
            bucket.left = max(bucket.left - pending.is_pair, 0)
            if bucket.left < 1:
                self._alarm(by, pending.at)
            return "the code is wrong, or older than half a minute: send the one that is shown now"
        if not pending.is_pair:
            bucket.left += 1
        if verdict is CodeVerdict.BURNT:
            return "this code was sent before and counts nowhere again: wait for the next one"
        if verdict is CodeVerdict.UNREADABLE:
            secret = self.secrets.get(by)
            return f"the control worker has no secret {secret}: `muster approver enroll {by} PLAN` there makes one"
        return None

    @property
    def is_urgent(self) -> bool:
        """Whether a person waits for what is next, and not a flood for its turn."""
        is_flood = any(bucket.left < 1 for bucket in self._buckets.values())
        return not self.queue or (not is_flood and any(item.pending for item in self.batch()))

    def drop(self) -> list[Pending]:
        """Nobody will verify what is left: its voices."""
        left, self.queue = self.queue, []
        return [item.pending for item in left if item.pending]

    # --- what is shown

    def names_at(self, gate: str, before: float = math.inf) -> list[str]:
        """Whose voices at a gate, taken before a moment, are being verified."""
        voices = [item.pending for item in self.queue if item.pending and item.pending.gate == gate]
        return list(dict.fromkeys(one.voice.by for one in voices if one.at <= before))

    def pair_from(self, people: Sequence[str]) -> list[str]:
        """Who has to send two codes now."""
        return [name for name in people if name in self._buckets and self._buckets[name].left < 1]

    def refill(self, at: float) -> None:
        """Time has passed."""
        for bucket in self._buckets.values():
            bucket.has_one(at)

    def take_alarms(self) -> list[str]:
        """In whose names too many wrong codes came, each told once until it has been quiet."""
        alarms, self._alarms = self._alarms, []
        return alarms

    def _alarm(self, by: str, at: float) -> None:
        if at - self._alarmed.get(by, at - QUIET_S) >= QUIET_S:
            self._alarms.append(by)
        self._alarmed[by] = at

    def _bucket(self, by: str) -> Bucket:
        return self._buckets.setdefault(by, Bucket())
