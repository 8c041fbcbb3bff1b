"""Voices and orders that are being verified, and codes to be burnt. No Temporal in here: times come in as arguments.

**Guessing, and why nobody is locked out.** A code is one of a million and three of them are right at a time, so wrong
ones must be few. But whoever may send a signal may send thousands in anybody's name: a limit that shuts a person out
would hand strangers the key to the gate. So the limit asks for more instead of shutting: each person has a bucket of
`TRIES` codes that turned out wrong, refilled by one each `REFILL_S`. While it is empty, a single code in that name is
not even tried, and the voice needs **two codes that follow each other**, neither sent before. Of 10^12 pairs three are
right: they need no limit and have none. Every pair is verified, in the order of arrival, by the time of its arrival; so
the real person waits for another code, and for the queue. That the bucket ran empty is told to the operators and over
the person's own channel.

The bounds, for one name in one run: in an hour 65 single codes are tried, 3 of a million are right, which finds one in
5,000 such hours. A server lets 10,000 signals into a run: as pairs they find one in 3 * 10^7 such runs, and `BATCH` of
them are verified each second, so none waits for longer than 40 s while a control worker and the Estate answer.

**When nobody can verify** a voice waits, and so does every order that brings a run forward. What only stops it does
not wait for long: an emergency stop that hangs on a worker or an Estate which may be lost with the center is none
(law 9). `OrderProofs` says how it is followed unproven.

Memory is bounded: single codes by the buckets, pairs by the server, codes to burn by `MOST_SEEN`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from activities.code_words import codes_of, why_not_code
from activities.models.codes import STEP_S, CodeVerdict, SaidCodes
from workflows.run.claims import Doubt, Item, Pending, PendingOrder, Proven
from workflows.run.gates import Gate
from workflows.run.messages import Message, Voice
from workflows.run.record import ProvingOrder

TRIES = 5
REFILL_S = 60.0
QUIET_S = TRIES * REFILL_S  # without a wrong try, until the next alarm is news
MOST_SEEN = 500
BATCH = 250  # messages that are checked at once
STOP_S = 15.0  # seconds without any verdict, until an order that only stops is followed without its own
STOPS = ("hold", "abort")
AUTHENTICATOR = 'add "code": "123456", the six digits of your authenticator'
REBUILT = "the Estate began just now, as a new one or after it was lost, and cannot know which codes were used before"
PAIR = (
    "wrong codes came in this name: wait for the next one, "
    'and send two that follow each other and were not sent before, "123456 234567"'
)


@dataclass
class Bucket:
    """Wrong tries that are left, as of `at`."""

    left: float = TRIES
    at: float = 0.0

    def has_one(self, at: float) -> bool:
        self.left = min(self.left + max(at - self.at, 0.0) / REFILL_S, TRIES)
        self.at = at
        return self.left >= 1


@dataclass
class Proofs:
    """`secrets`: person -> name of the secret that makes their codes. Whom it does not name cannot prove a voice.

    `for_orders`: orders carry a code too.
    """

    secrets: Mapping[str, str] = field(default_factory=dict)
    for_orders: bool = False
    queue: list[Item] = field(default_factory=list)
    heard_at: float = 0.0  # when a control worker last said something
    overflowed: int = 0  # codes that could not be burnt: there were too many
    _known: set[tuple[str, int]] = field(default_factory=set)  # codes in the queue, with their steps
    _count: int = 0  # messages so far
    _only_seen: int = 0  # messages in the queue that prove nothing
    _voices: dict[tuple[str, str], float] = field(
        default_factory=dict
    )  # gate, person -> the first in the queue
    _orders: dict[tuple[str, str, str], float] = field(default_factory=dict)  # person, verb, step -> the same
    orders: list[PendingOrder] = field(default_factory=list)  # that are being verified, as they arrived
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _alarms: list[str] = field(default_factory=list)
    _alarmed: dict[str, float] = field(default_factory=dict)

    # --- what comes in

    def why_not(self, gate: Gate, voice: Voice, at: float) -> str | None:
        """Why this voice is not worth a try at a gate that asks for a code, or None. Its name is one of the gate's."""
        return self._why_not_tried(f"gate {gate.name} asks for a one-time code", voice, at)

    def why_not_order(self, order: Message, at: float) -> str | None:
        """The same of an order, where orders carry codes. Its name is one of the plan, or of who started the run."""
        if order.by not in self.secrets:
            return f"orders carry a one-time code here, and the plan names no secret that makes those of {order.by}"
        return self._why_not_tried("orders carry a one-time code here", order, at)

    def _why_not_tried(self, asks: str, message: Message, at: float) -> str | None:
        if not message.code:
            return f"{asks}: {AUTHENTICATOR}"
        if reason := why_not_code(message.code):
            return reason
        # A limit on pairs would be one that others use up.
        if len(codes_of(message.code)) > 1 or self._bucket(message.by).has_one(at):
            return None
        self._alarm(message.by, at)
        return PAIR

    def wait(self, pending: Pending | PendingOrder) -> None:
        """Have a voice or an order verified. A single code is a try until it turns out right."""
        if not pending.is_pair:
            self._bucket(pending.by).left -= 1
        self._append(pending.codes, pending.at, pending)

    def see(self, codes: Sequence[str], at: float) -> None:
        """Have the codes of a message burnt, whatever becomes of the message."""
        if not codes or not self.secrets:
            return
        fresh = [code for code in codes if (code, int(at // STEP_S)) not in self._known]
        if fresh and self._only_seen >= MOST_SEEN:
            self.overflowed += len(fresh)
        elif fresh:
            self._append(fresh, at)

    def _append(self, codes: list[str], at: float, pending: Pending | PendingOrder | None = None) -> None:
        self._count += 1
        by = pending.by if pending else ""
        item = Item(SaidCodes(codes=codes, at=at, by=by, number=self._count), pending)
        self.queue.append(item)
        self._enter(item)

    def _enter(self, item: Item) -> None:
        """What is known of the queue without a walk through it: a flood must not pay one for each message."""
        self._known.update(item.known)
        one = item.pending
        if one is None:
            self._only_seen += 1
        elif isinstance(one, PendingOrder):
            self.orders.append(one)
            self._orders.setdefault((one.by, one.verb, one.step), one.at)
        else:
            self._voices.setdefault((one.gate, one.by), one.at)

    # --- what goes out

    def batch(self) -> list[Item]:
        """The next to be checked; they stay in the queue until `answered`."""
        return list(islice(self.queue, BATCH))

    def answered(self, batch: list[Item], verdicts: list[CodeVerdict]) -> list[Proven]:
        """The voices and orders of a batch, each with why it does not count, or None."""
        self._leave(self.queue[len(batch) :])
        pairs = zip(batch, verdicts, strict=True)
        return [(item.pending, self._doubt(item.pending, verdict)) for item, verdict in pairs if item.pending]

    def _leave(self, left: list[Item]) -> None:
        self.queue, self.orders, self._only_seen = left, [], 0
        self._known, self._voices, self._orders = set(), {}, {}
        for item in left:
            self._enter(item)

    def _doubt(self, pending: Pending | PendingOrder, verdict: CodeVerdict) -> Doubt | None:
        by, bucket = pending.by, self._bucket(pending.by)
        if verdict is CodeVerdict.WRONG:
            bucket.left = max(bucket.left - pending.is_pair, 0)
            if bucket.left < 1:
                self._alarm(by, pending.at)
            return Doubt("the code is wrong, or older than half a minute: send the one that is shown now")
        if not pending.is_pair:
            bucket.left += 1
        if verdict is CodeVerdict.BURNT:
            return Doubt("this code was sent before and counts nowhere again: wait for the next one")
        if verdict is CodeVerdict.FORGOTTEN:
            return Doubt(f"{REBUILT}: wait a minute, then send the code that is shown then", is_open=True)
        if verdict is CodeVerdict.UNREADABLE:
            secret = self.secrets.get(by)
            way = f"`muster approver enroll {by} PLAN` there makes one"
            return Doubt(f"the control worker has no secret {secret}: {way}", is_open=True)
        return None

    @property
    def is_urgent(self) -> bool:
        """Whether a person waits for what is next, and not a flood for its turn."""
        is_flood = any(bucket.left < 1 for bucket in self._buckets.values())
        return not self.queue or (not is_flood and any(item.pending for item in self.batch()))

    def drop(self) -> list[Pending | PendingOrder]:
        """Nobody will verify what is left: its voices and orders."""
        left = [item.pending for item in self.queue if item.pending]
        self._leave([])
        return left

    def due(self, order: PendingOrder) -> float:
        """When an order that only stops is followed without a verdict: while some come, it waits for its own."""
        return max(order.at, self.heard_at) + STOP_S

    # --- what is shown

    def names_at(self, gate: str, before: float = math.inf) -> list[str]:
        """Whose voices at a gate, taken before a moment, are being verified."""
        return [by for (where, by), at in self._voices.items() if where == gate and at <= before]

    @property
    def orders_shown(self) -> list[ProvingOrder]:
        """Orders that are being verified, those that say the same once."""
        return [
            ProvingOrder(by=by, verb=verb, step=step, at=at) for (by, verb, step), at in self._orders.items()
        ]

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
