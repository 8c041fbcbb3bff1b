"""The words of guards, without a wire: where one lies, what it is asked, what its answer means. Pure."""

from __future__ import annotations

import hashlib
import re
import shlex
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from activities.models import GuardOrder

HOME = "/var/lib/muster-guard"
ALIVE_S = 6  # since it last wrote its state, which it does every second
ARMED, CLOSED = "armed", "closed"
_ANSWER = re.compile(r"^muster-guard (\w+)((?: \w+=\S*)*)$", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What `guard.sh status PLACE` printed: times are uptimes of the host, whole seconds.

    `generation`: the newest that it heard from the place, 0 none; `lease`: the end of what that one gave. `asks`: what
    an operator at the host wants, as VERB:NONCE.
    """

    state: str
    boot: str
    now: int
    at: int
    until: int
    digest: str
    generation: int = 0
    lease: int = 0
    asks: str = ""

    @property
    def nonce(self) -> str:
        return self.asks.partition(":")[2]


@dataclass(frozen=True)
class Lease:
    """Until an uptime of one boot. `heard`: the request of an operator that its renewer knows of."""

    place: str
    boot: str
    until: int
    generation: int
    heard: str = ""


@cache
def program() -> str:
    return (files("activities.guarding") / "guard.sh").read_text(encoding="utf-8")


def name_of(order: GuardOrder) -> str:
    """ESTATE.SERVICE.DATASET: a host may carry the guards of several (law 14)."""
    return f"{order.target.estate}.{order.dataset}"


def folder_of(order: GuardOrder) -> str:
    return f"{HOME}/{name_of(order)}"


def digest_of(order: GuardOrder) -> str:
    """Of the program and its terms: a guard that goes by others is not the one that the plan means."""
    text = "\0".join((program(), str(order.after_s), str(order.close_s), order.close, order.kill))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def status_line(order: GuardOrder, place: str) -> str:
    return f"sh {shlex.quote(folder_of(order))}/guard.sh status {shlex.quote(place)}"


def renew_line(order: GuardOrder, lease: Lease) -> str:
    words = shlex.join([lease.place, lease.boot, str(lease.until), str(lease.generation), lease.heard])
    return f"sh {shlex.quote(folder_of(order))}/guard.sh renew {words}"


def install_text(order: GuardOrder) -> str:
    """Puts program and terms in place, each whole, the terms last: a guard that runs takes them over by itself."""
    folder = folder_of(order)
    parts = {"guard.sh": program(), "close": order.close, "kill": order.kill}
    # Whatever hangs must be ended in time: a margin is made of that.
    lines = ["timeout -s KILL 5 true || { echo 'there is no command timeout -s'; exit 1; }"]
    lines.append(f"umask 022; mkdir -p {shlex.quote(folder)} && cd {shlex.quote(folder)} || exit 1")
    for name, text in parts.items():
        lines.append(f"printf %s {shlex.quote(text)} >{name}.new && mv -f {name}.new {name} || exit 1")
    terms = f"{order.after_s} {order.close_s} {digest_of(order)}"
    lines.append(f"printf '%s\\n' {shlex.quote(terms)} >terms.new && mv -f terms.new terms || exit 1")
    return "\n".join([*lines, "sync", "sh ./guard.sh status"])


def installed_line(order: GuardOrder) -> str:
    """Prints the digest of what lies on the host, `none` when nothing does."""
    return f"cd {shlex.quote(folder_of(order))} 2>/dev/null && cut -d' ' -f3 terms 2>/dev/null || echo none"


def parse(output: str) -> Answer | None:
    """The answer in what a host printed, or None."""
    found = _ANSWER.search(output)
    if found is None:
        return None
    fields = dict(word.split("=", 1) for word in found[2].split())
    try:
        return Answer(
            found[1],
            fields["boot"],
            int(fields["now"]),
            int(fields["at"]),
            int(fields["until"]),
            fields["digest"],
            int(fields.get("generation", 0)),
            int(fields.get("lease", 0)),
            fields.get("asks", ""),
        )
    except (KeyError, ValueError):
        return None


def judged(answer: Answer | None, order: GuardOrder) -> str:
    """ARMED or CLOSED, or in words why this guard would not close, or does not show that it would."""
    if answer is None:
        return "not installed, or it cannot tell its state"
    if answer.digest != digest_of(order):
        return "it goes by another program or other terms: muster prepare"
    if answer.now - answer.at > ALIVE_S:
        return "its process does not run"
    if answer.state == ARMED and answer.until <= answer.now:
        return "its lease is over"
    # From here on a lease may let it be disarmed: what is known of it must be older than that.
    if answer.asks.startswith("disarm:"):
        return "an operator asks to disarm it"
    return answer.state
