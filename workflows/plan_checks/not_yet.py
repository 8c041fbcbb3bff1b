"""What a plan may say and Muster does not do yet. A row goes when its work is done."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan import Plan
from workflows.plan.problems import Path, Problem

NOT_YET: dict[str, str] = {
    "services.*.data.*.script": "not yet: datasets by script; use postgresql, or leave it out",
    "services.*.manual": "not yet: manual steps; leave them out and keep them in your runbook",
    "traffic.*.command": "not yet: traffic moved by a command; use rfc2136, or move it by hand",
    "batches": "not yet: batches; leave the section out and keep your scheduler",
    "maintenance": "not yet: maintenance; leave the section out",
    "schedules": "not yet: schedules; leave the section out and start scenarios by hand",
}
"""Path pattern -> sentence. `*` is any key or place; `=VALUE` asks for this value, else for anything."""


def not_yet(plan: Plan) -> Iterator[Problem]:
    written = plan.model_dump(mode="json", exclude_defaults=True)
    for pattern, sentence in NOT_YET.items():
        keys, _, value = pattern.partition("=")
        for path, found in _matches(written, keys.split("."), ()):
            if found == value or (not value and found):
                yield Problem(path, sentence)


def _matches(tree: object, keys: list[str], at: Path) -> Iterator[tuple[Path, object]]:
    if not keys:
        yield at, tree
        return
    for key, part in _parts(tree):
        if keys[0] in ("*", key):
            yield from _matches(part, keys[1:], (*at, key))


def _parts(tree: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(tree, dict):
        yield from tree.items()
    elif isinstance(tree, list):
        yield from enumerate(tree)
