"""One-time codes by RFC 6238, as authenticator apps show them. The one file that imports pyotp.

Codes are looked up among those that the people's secrets make around the moment of a message, compared in constant
time, and burnt in the Estate in the same breath: what was seen once counts nowhere again (law 13).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import pyotp
from temporalio import activity

from activities.errors import SecretMissing
from activities.models.codes import (
    STEP_S,
    TOLERANCE,
    Burn,
    Burnt,
    CodeOrder,
    CodeVerdict,
    SaidCodes,
    digest,
)
from activities.secrets import Secrets

ISSUER = "muster"


def new_secret() -> str:
    """A new secret for an authenticator: 160 bits in base 32."""
    return pyotp.random_base32()


def enrolment(secret: str, person: str, estate: str) -> str:
    """The otpauth text that an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=f"{person}@{estate}", issuer_name=ISSUER)


def steps_off(secret: str, code: str, at: float, within: int) -> int | None:
    """By how many steps of time a code is ahead (+) or behind (-); None when no code within so many is it."""
    maker = _Maker(secret)
    now = int(at // STEP_S)
    offsets = sorted(range(-within, within + 1), key=abs)
    found = [off for off in offsets if maker.makes(digest(code), now + off)]
    return found[0] if found else None


@dataclass
class _Maker:
    """What one secret makes; each code is made once. ValueError for a text that is no secret."""

    secret: str = field(repr=False)
    _made: dict[int, str] = field(default_factory=dict, repr=False)

    @cached_property
    def _totp(self) -> pyotp.TOTP:
        return pyotp.TOTP("".join(self.secret.split()), interval=STEP_S)

    def makes(self, wanted: str, step: int) -> bool:
        if step < 0:
            return False
        if step not in self._made:
            self._made[step] = digest(self._totp.generate_otp(step))
        return hmac.compare_digest(self._made[step], wanted)


class Burner(Protocol):
    """Where burnt codes are kept: the Estate."""

    async def burn(self, estate: str, burns: list[Burn]) -> list[Burnt]:
        """What was known of each; asked again by the same activity, the same answer. Raises ServerUnreachable."""
        ...


class CodeActivities:
    def __init__(self, secrets: Secrets, estate: Burner) -> None:
        self._secrets = secrets
        self._estate = estate

    @activity.defn
    async def check_codes(self, order: CodeOrder) -> list[CodeVerdict]:
        """A verdict for each message, in order; every code of anybody that was found in one is burnt by then."""
        info = activity.info()
        uses = [
            _use(said, info.workflow_run_id, info.activity_id, place) for place, said in enumerate(order.said)
        ]
        makers = self._makers(order.secrets)
        found = [_found(makers, said) for said in order.said]
        burns = [
            Burn(person=person, step=step, use=use)
            for use, matches in zip(uses, found, strict=True)
            for person, step in matches
        ]
        known = await self._estate.burn(order.estate, burns) if burns else []
        as_known = {(one.person, one.step, one.use): so for one, so in zip(burns, known, strict=True)}
        return [
            _verdict(makers, said, {at: as_known[(*at, use)] for at in matches})
            for use, said, matches in zip(uses, order.said, found, strict=True)
        ]

    def _makers(self, names: dict[str, str]) -> dict[str, _Maker]:
        """Of all people whose secrets this worker can read."""
        makers = {}
        for person, name in names.items():
            try:
                maker = _Maker(self._secrets.resolve(name))
                maker.makes(digest(""), 0)  # a text that is no secret shows here
            except (SecretMissing, ValueError, OSError):  # a file that only root may read
                continue
            makers[person] = maker
        return makers


Match = tuple[str, int]  # person, step


def _use(said: SaidCodes, run_id: str | None, activity_id: str, place: int) -> str:
    """The same for a retry and for a run that asks again after no answer; another after a workflow reset."""
    return f"{run_id}:said {said.number}" if said.number else f"{run_id}:{activity_id}:{place}"


def _found(makers: dict[str, _Maker], said: SaidCodes) -> list[Match]:
    """Whose codes these are, and of which steps."""
    now = int(said.at // STEP_S)
    # Two codes that follow each other were begun one step earlier.
    steps = range(now - TOLERANCE - (len(said.codes) > 1), now + TOLERANCE + 1)
    return [
        (person, step)
        for person, maker in makers.items()
        for step in steps
        for code in said.codes
        if maker.makes(code, step)
    ]


def _verdict(makers: dict[str, _Maker], said: SaidCodes, known: dict[Match, Burnt]) -> CodeVerdict:
    if said.by and said.by not in makers:
        return CodeVerdict.UNREADABLE
    own = sorted(step for person, step in known if person == said.by)
    if not _proves(own, said.codes):
        return CodeVerdict.WRONG
    found = {known[said.by, step] for step in own}
    if Burnt.SEEN in found:
        return CodeVerdict.BURNT
    return CodeVerdict.FORGOTTEN if Burnt.FORGOTTEN in found else CodeVerdict.RIGHT


def _proves(steps: Sequence[int], codes: Sequence[str]) -> bool:
    """One code, or two of which the second follows the first."""
    return len(steps) == len(codes) and all(b - a == 1 for a, b in pairwise(steps))
