"""YAML with the line of everything in it.

YAML 1.2, core schema: `on`, `no` and `06:00` are text. What could surprise is refused: anchors and aliases
(their expansion has no bound), tags, several documents, keys that are no text, keys that come twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

Path = tuple[str | int, ...]

DEEPEST = 32
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]{1,3})?|[-+]?[0-9]{1,18}[eE][-+]?[0-9]{1,3}"
)


class YamlRefused(ValueError):
    """The text cannot be read at all. `line` counts from 1; `text` says what is wrong and what is right."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


@dataclass
class Lines:
    """Data, the line of each of its places (of the key, where there is one), and what is wrong beside."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[tuple[Path, int, str]] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a place, or of the nearest place around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Lines:
    """Data of one document. YamlRefused when there is none, or it is no YAML, or it is more than data."""
    builder = _Builder()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        raise _refused(text, error) from None
    except (
        YAMLError,
        ValueError,
        IndexError,
        KeyError,
        AttributeError,
        AssertionError,
        OverflowError,
    ) as error:
        # a parser of other people's files must not end in a traceback, whatever it trips over
        if isinstance(error, YamlRefused):
            raise
        raise YamlRefused(builder.line, "it is no YAML from here on; compare with the example") from None
    return builder.found


def _refused(text: str, error: MarkedYAMLError) -> YamlRefused:
    mark = error.problem_mark or error.context_mark
    last = mark.line + 1 if mark else 1
    first = error.context_mark.line + 1 if error.context_mark else last
    for number, line in enumerate(text.splitlines()[:last], 1):
        if number >= first and re.match(r" *\t", line):
            return YamlRefused(number, "a tab indents this line; use spaces")
    what = " ".join(str(error.problem or error.context or "it cannot be read").split())
    return YamlRefused(
        last, f"no YAML: {what[:120]}; look at the indentation, colons and quotes of this line"
    )


@dataclass
class _Frame:
    """A collection that is being filled."""

    held: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None  # of a mapping: read, and waiting for its value
    awaits_key: bool = True


class _Builder:
    """Makes data of events without recursion, so that depth is a number and no stack overflows."""

    def __init__(self) -> None:
        self.found = Lines()
        self.line = 1
        self._stack: list[_Frame] = []
        self._documents = 0

    def take(self, event: Event) -> None:
        self.line = event.start_mark.line + 1
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise YamlRefused(
                    self.line, "a second document begins; a plan is one document, leave out ---"
                )
        elif isinstance(event, CollectionEndEvent):
            self._stack.pop()
        elif isinstance(event, NodeEvent):
            self._refuse(event)
            self._node(event)

    def _refuse(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise YamlRefused(
                self.line, "anchors and aliases (& and *) are refused; write the value out, or quote it"
            )
        tag = getattr(event, "ctag", None) or getattr(event, "tag", None)
        if tag is not None and str(tag) not in ("!", "None"):
            raise YamlRefused(
                self.line, f"the tag {str(tag)[:40]} is refused; write plain values, or quote it"
            )

    def _node(self, event: NodeEvent) -> None:
        frame = self._stack[-1] if self._stack else None
        if frame is not None and isinstance(frame.held, dict) and frame.awaits_key:
            self._key(frame, event)
        elif isinstance(event, ScalarEvent):
            self._put(_scalar(event))
        elif isinstance(event, MappingStartEvent):
            self._open({})
        elif isinstance(event, SequenceStartEvent):
            self._open([])

    def _key(self, frame: _Frame, event: NodeEvent) -> None:
        if not isinstance(event, ScalarEvent):
            raise YamlRefused(
                self.line, "a key is a list or a mapping; write text, and quote text that begins with {"
            )
        key = event.value
        path = (*frame.path, key)
        if not isinstance(_scalar(event), str):
            self.found.problems.append(
                (path, self.line, f'the key {key or "here"} is no text; write "{key}" in quotes')
            )
        elif isinstance(frame.held, dict) and key in frame.held:
            first = self.found.lines[path]
            self.found.problems.append(
                (path, self.line, f"{key} is there already in line {first}; keep one of them")
            )
        self.found.lines.setdefault(path, self.line)
        frame.key, frame.awaits_key = key, False

    def _open(self, held: dict[str, Any] | list[Any]) -> None:
        if len(self._stack) >= DEEPEST:
            raise YamlRefused(
                self.line, f"nested deeper than {DEEPEST} levels; a plan needs less than a dozen"
            )
        path = self._put(held)
        self._stack.append(_Frame(held, path))

    def _put(self, value: Any) -> Path:
        """Store a value where it belongs, and say where that is."""
        if not self._stack:
            self.found.data = value
            self.found.lines[()] = self.line
            return ()
        frame = self._stack[-1]
        if isinstance(frame.held, list):
            frame.held.append(value)
            path: Path = (*frame.path, len(frame.held) - 1)
            self.found.lines[path] = self.line
            return path
        assert frame.key is not None
        frame.held[frame.key] = value
        frame.awaits_key = True
        return (*frame.path, frame.key)


def _scalar(event: ScalarEvent) -> str | int | float | bool | None:
    text: str = event.value
    if event.style or not event.implicit[0]:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text, 0) if text[1:2] in ("o", "x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
