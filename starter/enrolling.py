"""`muster approver enroll`: the secret that makes a person's one-time codes, and the proof that their device has it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import segno

from activities.codes import ISSUER, enrolment, new_secret, steps_off
from activities.models.codes import DIGITS, STEP_S, TOLERANCE
from starter.asking import can_ask, hidden
from starter.console import line, print_json, remark
from starter.errors import Refused, WrongUsage
from workflows.plan import Plan
from workflows.plan.problems import unknown

TRIES = 3
ASKED = 10  # times; what is no six digits costs no try
WITHIN = 20  # steps either way in which a code still tells by how much a clock is off


@dataclass(frozen=True)
class Wishes:
    """`directory`: where the control worker reads its secrets. `again`: in the place of an older secret."""

    directory: Path
    again: bool = False
    as_json: bool = False


def enroll(plan: Plan, person: str, wishes: Wishes) -> None:
    """Make the secret, show it once, and keep it when a first code was right. Until then nothing is written."""
    name = _secret_of(plan, person)
    file = wishes.directory / name
    _need_room(file, person, wishes)
    secret = new_secret()
    text = enrolment(secret, person, plan.estate)
    if wishes.as_json:
        # A machine cannot read a code off a device: it hands the text on, and the first voice will prove it.
        _keep(file, secret, again=wishes.again)
        print_json({"person": person, "secret": name, "file": str(file), "otpauth": text, "proven": False})
        return
    if not can_ask():
        raise WrongUsage(
            "the QR code is for a person at a terminal: run it at one, or add --json for the otpauth text"
        )
    line(f"{person} scans this with an authenticator app. It is a secret, and shown once:")
    segno.make(text).terminal(compact=True)
    line(f"or types this key there (time-based, six digits): {_in_fours(secret)}")
    line(text)
    line(f"It is kept as {file} once a first code of it was right, not before.")
    _prove(secret, person)
    _keep(file, secret, again=wishes.again)
    line(
        f"{person} is enrolled: the secret {name} is {file}. Copy it to the secrets of each other control worker,"
    )
    line("readable by its user alone. Clear this screen now: whoever has the picture has the codes.")


def _secret_of(plan: Plan, person: str) -> str:
    if person not in plan.people:
        raise WrongUsage(unknown("person", person, plan.people))
    code = plan.people[person].code
    if code is None:
        raise Refused(
            f"the plan names no secret for the codes of {person}: add people.{person}.code: {person}-code"
        )
    return code


def _need_room(file: Path, person: str, wishes: Wishes) -> None:
    if not wishes.directory.is_dir():
        raise Refused(
            f"{wishes.directory} is no directory: run it where the control worker runs, with its MUSTER_SECRETS"
        )
    if os.path.lexists(file) and not wishes.again:
        raise Refused(
            f"{file} is there already: the device of {person} has it; --again makes another and voids it"
        )


def _prove(secret: str, person: str) -> None:
    """Ask for a first code. What is wrong with one is said: another secret, or a clock."""
    tries = TRIES
    for _ in range(ASKED):
        code = "".join(hidden(f"the six digits that the device of {person} shows now:").split())
        if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
            remark(f"these are no six digits: type those that the app shows beside {ISSUER}")
            continue
        off = steps_off(secret, code, time.time(), WITHIN)
        if off is not None and abs(off) <= TOLERANCE:
            return
        remark(_what_is_wrong(off))
        tries -= 1
        if not tries:
            break
    raise Refused(
        f"{person} is not enrolled: no code was right, nothing was written; delete the entry in the app, begin anew"
    )


def _in_fours(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _what_is_wrong(off: int | None) -> str:
    if off is None:
        return "this is no code of this secret: was the newest entry of the app read, and all six digits?"
    seconds, way = abs(off) * STEP_S, "behind" if off < 0 else "ahead of"
    return (
        f"the device's clock is about {seconds} s {way} this machine's: "
        "let both take their time from the network, then type the code that is shown then"
    )


def _keep(file: Path, secret: str, *, again: bool) -> None:
    """Readable by the worker's user alone; an older one is replaced in one step, or not at all."""
    fresh = file.with_name(f".{file.name}.new") if again else file
    try:
        if again:
            with suppress(FileNotFoundError):
                fresh.unlink()
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secret + "\n")
        if again:
            fresh.replace(file)
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}") from None
