"""The host keys beside a plan: `PLAN-STEM.hosts`, kept in git with it.

One key on a line, `CENTER/HOST KEYTYPE BASE64` or `DEVICE KEYTYPE BASE64`; # begins a comment; a host may
have several keys. `muster prepare` writes it after a person has looked at the keys.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workflows.plan import Plan
from workflows.plan.problems import unknown

_TYPE = re.compile(r"[a-z0-9][a-z0-9@.-]{2,63}")


@dataclass(frozen=True)
class HostKeys:
    """Keys by label, each "KEYTYPE BASE64", and what is wrong: (line, label, text)."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def host_keys_file(plan_file: Path) -> Path:
    """Where the keys of a plan's hosts are."""
    return plan_file.with_suffix(".hosts")


def parse_host_keys(text: str, known: Collection[str]) -> HostKeys:
    """The keys of a file. `known`: the labels that the plan has."""
    found = HostKeys()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        label, key = words[0], " ".join(words[1:])
        if reason := _why_not_key(words[1:]):
            found.problems.append((number, label, reason))
        elif label not in known:
            reason = unknown("host or device", label, known) + "; or delete this line"
            found.problems.append((number, label, reason))
        elif key not in found.keys.setdefault(label, []):
            found.keys[label].append(key)
    return found


def _why_not_key(words: list[str]) -> str | None:
    right = "write CENTER/HOST KEYTYPE BASE64, or have muster prepare write it"
    if len(words) != 2 or not _TYPE.fullmatch(words[0]):
        return f"no host key; {right}"
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return f"the key is no base64; {right}"
    # RFC 4253, 6.6: the blob begins with the length of the type and the type itself
    kind = words[0].encode()
    if blob[4 : 4 + len(kind)] != kind or int.from_bytes(blob[:4], "big") != len(kind):
        return f"the key is no {words[0]} key or is cut off; {right}"
    return None


def with_host_keys(plan: Plan, keys: Mapping[str, Iterable[str]]) -> Plan:
    """The plan with the keys of its hosts and devices, sorted, one on a line."""
    centers = {}
    for name, center in plan.centers.items():
        hosts = {
            host: found.model_copy(
                update={"host_key": _joined(found.host_key, keys.get(f"{name}/{host}", ()))}
            )
            for host, found in center.hosts.items()
        }
        centers[name] = center.model_copy(update={"hosts": hosts})
    devices = {
        name: device.model_copy(update={"host_key": _joined(device.host_key, keys.get(name, ()))})
        for name, device in plan.devices.items()
    }
    return plan.model_copy(update={"centers": centers, "devices": devices})


def _joined(written: str | None, keys: Iterable[str]) -> str | None:
    return "\n".join(sorted({*(written or "").splitlines(), *keys} - {""})) or None


def write_host_keys(path: Path, keys: Mapping[str, Iterable[str]]) -> None:
    """Write all keys, sorted, so that git shows what changed; the old file stays until the new is whole."""
    lines = [f"{label} {key}" for label in sorted(keys) for key in sorted(set(keys[label]))]
    text = "# Host keys of the plan beside this file, written by muster prepare. Keep it in git.\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
