"""A plan on disk: read, checked, and every problem with its file and line."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workflows.plan import Plan, PlanSnapshot, PlanTooLarge, snapshot
from workflows.plan.problems import Problem
from workflows.plan.schema import plan_schema
from workflows.plan_reading import read_plan

from .host_keys import host_keys_file, parse_host_keys, with_host_keys, write_host_keys
from .yaml_lines import Lines, YamlRefused, read_yaml

__all__ = ["LoadedPlan", "host_keys_file", "load_plan", "plan_schema", "write_host_keys"]

LARGEST_FILE = 1_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class LoadedPlan:
    """A plan from a file, or what is wrong with it: `plan` and `snapshot` are None when there are problems.

    A problem is one line, `FILE:LINE: field: what is wrong; what is right`, in the order of the lines.
    """

    path: Path
    plan: Plan | None = None
    snapshot: PlanSnapshot | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def hash(self) -> str | None:
        """The hash of the plan, host keys included."""
        return self.snapshot.hash if self.snapshot else None


class _Refused(Exception):
    """A file cannot be read at all."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def load_plan(path: str | Path) -> LoadedPlan:
    """Read a plan and the host keys beside it. Never raises for what a file holds or is."""
    path = Path(path)
    try:
        text = _text_of(path)
        lines = _lines_of(text)
    except _Refused as error:
        return LoadedPlan(path, problems=[f"{path}:{error.line}: plan: {error}"])
    return _loaded(path, lines)


def _loaded(path: Path, lines: Lines) -> LoadedPlan:
    keys_path = host_keys_file(path)
    keys, key_problems = _keys_beside(keys_path, lines.data)
    reading = read_plan(lines.data)
    found = [(lines.line_of(problem.path), problem) for problem in reading.problems]
    found += [(line, Problem(at, text)) for at, line, text in lines.problems]
    found += [(lines.line_of(problem.path), problem) for problem in _unprintable(lines.data)]
    pinned: PlanSnapshot | None = None
    plan = reading.plan and with_host_keys(reading.plan, keys)
    if plan is not None:
        try:
            pinned = snapshot(plan)
        except PlanTooLarge as error:
            found.append((1, Problem((), str(error))))
    told = [
        f"{path}:{line}: {problem.field}: {problem.text}"
        for line, problem in sorted(found, key=lambda f: f[0])
    ]
    problems = list(dict.fromkeys(told)) + [
        f"{keys_path}:{line}: {label}: {text}" for line, label, text in key_problems
    ]
    return LoadedPlan(path, problems=problems) if problems else LoadedPlan(path, plan, pinned)


def _text_of(path: Path) -> str:
    """The text of a plain file. Its size is looked at before anything is read."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise _Refused(1, "this is a directory; name the plan's file in it")
        if not stat.S_ISREG(about.st_mode):
            raise _Refused(1, "this is no plain file; name the plan's file")
        if about.st_size > LARGEST_FILE:
            raise _Refused(
                1, f"{about.st_size / 1e6:.1f} MB are too much; a plan has at most 1 MB, split the estate"
            )
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise _Refused(1, "there is no such file; deploy/lab/plan.yaml is one to begin with") from None
    except (OSError, ValueError) as error:
        raise _Refused(
            1, f"it cannot be read ({getattr(error, 'strerror', None) or error}); look at its path and rights"
        ) from None
    return _decoded(data)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _Refused(1, "this is UTF-16; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Refused(
            data.count(b"\n", 0, error.start) + 1, "this is no UTF-8 text; save it as UTF-8"
        ) from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("\t") and line.strip():
            raise _Refused(number, "a tab indents this line; use spaces")
        if _CONTROL.search(line):
            raise _Refused(number, "a control character stands in this line; a plan is plain text, delete it")
    if not text.strip():
        raise _Refused(1, "the file is empty; deploy/lab/plan.yaml is one to begin with")
    return text


def _lines_of(text: str) -> Lines:
    try:
        lines = read_yaml(text)
    except YamlRefused as error:
        raise _Refused(error.line, error.text) from None
    if lines.data is None:
        raise _Refused(1, "there are only comments; deploy/lab/plan.yaml is one to begin with")
    if not isinstance(lines.data, dict):
        raise _Refused(lines.line_of(()), "this is no mapping; a plan begins with keys such as estate: NAME")
    return lines


def _unprintable(tree: object, at: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """Text that does not show what it is, such as characters that turn the direction of writing."""
    if isinstance(tree, str):
        bad = next(
            (character for character in tree if not character.isprintable() and character not in "\n\t"), None
        )
        if bad is not None:
            yield Problem(at, f"an unprintable character (U+{ord(bad):04X}) stands in it; delete it")
    elif isinstance(tree, dict):
        for key, part in tree.items():
            if not key.isprintable():
                yield Problem(at, f"the key {ascii(key)[:60]} holds an unprintable character; delete it")
            else:
                yield from _unprintable(part, (*at, key))
    elif isinstance(tree, list):
        for place, part in enumerate(tree):
            yield from _unprintable(part, (*at, place))


def _keys_beside(path: Path, data: object) -> tuple[dict[str, list[str]], list[tuple[int, str, str]]]:
    if not path.exists():
        return {}, []
    try:
        found = parse_host_keys(_text_of(path), set(_labels(data)))
    except _Refused as error:
        return {}, [(error.line, "host keys", str(error))]
    return found.keys, found.problems


def _labels(data: object) -> Iterator[str]:
    """Hosts and devices as they are written, whether the plan around them is right or not."""
    plan = data if isinstance(data, dict) else {}
    for center, found in _mapping(plan.get("centers")).items():
        yield from (f"{center}/{host}" for host in _mapping(_mapping(found).get("hosts")))
    yield from _mapping(plan.get("devices"))


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
