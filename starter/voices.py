"""What people say to a run: at its gates, about all of it, about a held step. Sent as updates, answered at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from starter.asking import confirm
from starter.client import Temporal
from starter.console import line, listed, print_json, show
from starter.documents.page import basis
from starter.errors import Refused
from starter.proving_voices import ask_code, follow, follow_order
from starter.run_reading import read_run
from starter.run_ref import RunRef
from starter.seen import Seen
from workflows.plan.problems import shown
from workflows.run.record import RunRecord, Wait
from workflows.texts import text

SEVERITY = "severity"
MILD = ("retry", "confirm", "override")  # orders that end nothing by themselves: nobody has to be asked twice


@dataclass(frozen=True)
class Speaker:
    """Who speaks, why, and how it is asked and answered."""

    by: str
    reason: str
    yes: bool = False
    as_json: bool = False


async def speak(
    temporal: Temporal,
    ref: RunRef,
    verb: str,
    speaker: Speaker,
    severity: str | None = None,
    gate: str | None = None,
) -> None:
    """`decide`, `approve` or `reject` the open round, after its evidence was shown. The token is of what was shown.

    `gate`: which one, when several are open.
    """
    seen = await read_run(temporal, ref)
    _need_open(seen, ref)
    wait = open_gate(seen.record, severity=verb == "decide", gate=gate)
    if not speaker.as_json:
        _show_basis(seen.record)
    what = f"{verb} {severity}" if severity else verb
    confirm(f"{what} as {speaker.by}, token {wait.token}?", yes=speaker.yes)
    message = {"by": speaker.by, "token": wait.token, "reason": speaker.reason}
    if severity:
        message["severity"] = severity
    where = _of(seen, ref)
    if wait.proof:
        await _send_proven(temporal, where, verb, message, speaker, seen.record)
    else:
        await _send(temporal, where, verb, message, speaker)


async def order(temporal: Temporal, ref: RunRef, verb: str, speaker: Speaker) -> None:
    """`hold`, `resume` or `abort` a whole run."""
    seen = await read_run(temporal, ref)
    _need_open(seen, ref)
    if verb == "abort" and not speaker.as_json:
        _show_basis(seen.record)
    if verb == "abort":
        confirm(f"abort {ref} as {speaker.by}?", yes=speaker.yes)
    message = {"by": speaker.by, "reason": speaker.reason}
    await _send_order(temporal, _of(seen, ref), verb, message, speaker, seen.record)


async def order_step(
    temporal: Temporal, ref: RunRef, verb: str, step: str, speaker: Speaker, command: str | None = None
) -> None:
    """`retry`, `skip`, `force`, `confirm` or `override` one held step, at the run that holds it: itself or a child.

    `command`: what a retry runs instead of what the plan says.
    """
    seen = await read_run(temporal, ref)
    _need_open(seen, ref)
    await _refresh_children(temporal, seen.record)
    owner = holder_of(seen.record, step, verb)
    where = _of(seen, ref) if owner == seen.record.workflow_id else RunRef(owner)
    if verb not in MILD:
        confirm(f"{verb} {step} of {owner} as {speaker.by}?", yes=speaker.yes)
    message = {"by": speaker.by, "step": step, "reason": speaker.reason}
    if command is not None:
        message["command"] = command
    await _send_order(temporal, where, verb, message, speaker, seen.record)
    if verb == "force" and not speaker.as_json and (then := if_forced(seen.record, owner, step)):
        line(f"{step} " + text(seen.record.language, "forced_word", by=speaker.by, then=then))


def if_forced(record: RunRecord, owner: str, step: str) -> str:
    """By what it will be found out whether a forced step is as it should be; empty when nothing is said of it."""
    children = [child.waits for child in record.children if child.workflow_id == owner]
    waits = record.waits if owner == record.workflow_id else [wait for found in children for wait in found]
    return next((wait.if_forced for wait in waits if wait.kind == "step" and wait.name == step), "")


async def _refresh_children(temporal: Temporal, record: RunRecord) -> None:
    """What children hold, by their own word: reports to the parent may come late or in another order."""
    for child in record.children:
        if child.state.is_end:
            continue
        try:
            own = await temporal.query(child.workflow_id, None, "record", RunRecord)
        except Refused:
            continue  # the parent's word is the best there is
        record.child(child.model_copy(update={"state": own.state, "waits": own.waits}))


def open_gate(record: RunRecord, *, severity: bool, gate: str | None = None) -> Wait:
    """The gate that is open for this kind of voice. Refused when none is, with what is awaited instead."""
    found = [wait for wait in record.waits if wait.kind == "gate" and (wait.name == SEVERITY) is severity]
    wanted = [wait for wait in found if gate in (None, wait.name)]
    if len(wanted) == 1:
        return wanted[0]
    if found:
        open_now = listed(wait.name for wait in found)
        which = f"not at {shown(gate)}" if gate is not None else "say which with --gate NAME"
        raise Refused(f"{record.workflow_id} asks at {open_now}: {which}")
    asked = "no severity decision" if severity else "no approval"
    instead = listed(f"{wait.kind} {wait.name}" for wait in record.waits) or "nobody"
    raise Refused(f"{record.workflow_id} awaits {asked} now; it waits for {instead}")


def holder_of(record: RunRecord, step: str, verb: str = "retry") -> str:
    """The id of the run that holds a step."""
    if step in _held(record.waits):
        return record.workflow_id
    owners = [child.workflow_id for child in record.children if step in _held(child.waits)]
    if len(owners) == 1:
        return owners[0]
    if owners:
        raise Refused(
            f"step {step} is held by {listed(owners)}: name one of them, `muster {verb} {owners[0]} {step}`"
        )
    held = [*_held(record.waits), *(name for child in record.children for name in _held(child.waits))]
    raise Refused(
        f"step {shown(step)} of {record.workflow_id} is not held; held now: {listed(held) or 'none'}"
    )


def _held(waits: list[Wait]) -> list[str]:
    return [wait.name for wait in waits if wait.kind == "step"]


def _need_open(seen: Seen, ref: RunRef) -> None:
    if seen.is_over or seen.record.state.is_end:
        raise Refused(f"{ref} is over ({seen.record.state}): `muster report {ref}` tells how")


def _of(seen: Seen, ref: RunRef) -> RunRef:
    """The very run that was shown: a later one of the same id has other tokens anyway."""
    return RunRef(ref.workflow_id, seen.record.run_id)


def _show_basis(record: RunRecord) -> None:
    show(*basis(record, time.time()))
    line("")


async def _send_proven(
    temporal: Temporal, ref: RunRef, verb: str, message: dict[str, Any], speaker: Speaker, shown: RunRecord
) -> None:
    """With a one-time code, which is told to nobody but the run; then what became of the voice."""
    code = ask_code(open_gate(shown, severity=verb == "decide").pairs, speaker.by)
    refusal = await temporal.update(ref.workflow_id, ref.run_id, verb, message | {"code": code})
    if refusal is not None:
        raise Refused(refusal)
    counts = await follow(temporal, ref, shown, speaker.by, message["token"])
    if speaker.as_json:
        print_json({"ok": True, "run": ref.workflow_id, "verb": verb, **message, "proven": counts})
    elif counts:
        line(f"{ref.workflow_id}: {verb} of {speaker.by} is taken, the code was right")
    else:
        run = ref.workflow_id
        line(f"{run}: {verb} of {speaker.by} is being verified: `muster show {run}` tells how it went")


async def _send_order(
    temporal: Temporal, ref: RunRef, verb: str, message: dict[str, Any], speaker: Speaker, shown: RunRecord
) -> None:
    """To the run that takes it, itself or a child; with a one-time code where the plan says so."""
    if not shown.orders_proof:
        await _send(temporal, ref, verb, message, speaker)
        return
    before = await temporal.query(ref.workflow_id, ref.run_id, "record", RunRecord)
    code = ask_code(before.orders_pairs, speaker.by)
    refusal = await temporal.update(ref.workflow_id, ref.run_id, verb, message | {"code": code})
    if refusal is not None:
        raise Refused(refusal)
    is_followed = await follow_order(temporal, ref, before, speaker.by)
    if speaker.as_json:
        print_json({"ok": True, "run": ref.workflow_id, "verb": verb, **message, "proven": is_followed})
    elif is_followed:
        line(f"{ref.workflow_id}: {verb} of {speaker.by} is followed")
    else:
        run = ref.workflow_id
        line(f"{run}: {verb} of {speaker.by} is being verified: `muster show {run}` tells how it went")


async def _send(
    temporal: Temporal, ref: RunRef, verb: str, message: dict[str, Any], speaker: Speaker
) -> None:
    refusal = await temporal.update(ref.workflow_id, ref.run_id, verb, message)
    if refusal is not None:
        raise Refused(refusal)
    if speaker.as_json:
        print_json({"ok": True, "run": ref.workflow_id, "verb": verb, **message})
    else:
        line(f"{ref.workflow_id}: {verb} of {speaker.by} is taken")
