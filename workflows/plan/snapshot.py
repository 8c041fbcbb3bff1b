"""The plan that a run carries: pinned at its start, small, and equal for equal plans (law 12)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib

from activities.models import Value

from .estate_plan import Plan

LARGEST_COMPRESSED = 256 * 1024
_LARGEST_PLAIN = 16 * 1024 * 1024


class PlanTooLarge(ValueError):
    """The plan does not fit into a history."""


class SnapshotDamaged(ValueError):
    """A snapshot is not what its hash says."""


class PlanSnapshot(Value):
    """A plan as it travels. `hash`: SHA-256 (hex) of its canonical JSON; `data`: that JSON, zlib, base64."""

    hash: str
    data: str

    def plan(self) -> Plan:
        """The plan, without fields that this version does not know. SnapshotDamaged when the hash differs."""
        text = _unpacked(self.data)
        if hashlib.sha256(text).hexdigest() != self.hash:
            raise SnapshotDamaged(
                f"the snapshot of the plan is damaged: it does not hash to {self.hash[:12]}"
            )
        return Plan.model_validate_json(text)


def snapshot(plan: Plan) -> PlanSnapshot:
    """The snapshot of a plan. PlanTooLarge above 256 KiB compressed.

    The hash covers everything that a run acts by, pinned host keys and defaults included: a changed key is a
    changed plan. Comments, the order of keys and the spelling of durations do not change it.
    """
    text = canonical_json(plan)
    packed = zlib.compress(text, 9)
    if len(packed) > LARGEST_COMPRESSED or len(text) > _LARGEST_PLAIN:
        raise PlanTooLarge(
            f"the plan compresses to {len(packed) // 1024} KiB; split the estate: 256 KiB fit into a run"
        )
    return PlanSnapshot(hash=hashlib.sha256(text).hexdigest(), data=base64.b64encode(packed).decode())


def canonical_json(plan: Plan) -> bytes:
    """One text for equal plans: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        plan.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def _unpacked(data: str) -> bytes:
    """Bounded: a snapshot may come from anybody who can start a workflow."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(base64.b64decode(data, validate=True), _LARGEST_PLAIN)
    except (zlib.error, binascii.Error, ValueError):
        raise SnapshotDamaged("the snapshot of the plan is damaged: it does not unpack") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise SnapshotDamaged("the snapshot of the plan is damaged: it is cut off or too large")
    return text
