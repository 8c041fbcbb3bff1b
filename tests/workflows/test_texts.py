"""What people read: both languages, the same facts, and every use of it right before a disaster needs it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import workflows
from workflows.texts import _TEXTS, text

LANGUAGES = {"en", "ko"}


def placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}


def test_no_key_stands_in_two_tables() -> None:
    """The second one would never be read."""
    assert sum(map(len, _TEXTS.maps)) == len(_TEXTS)


@pytest.mark.parametrize("key", _TEXTS)
def test_every_text_says_the_same_in_both_languages(key: str) -> None:
    """Law 18: what happened is said to all, with the same facts in each language."""
    found = _TEXTS[key]
    assert set(found) == LANGUAGES
    assert placeholders(found["en"]) == placeholders(found["ko"])
    assert all(name.isidentifier() for name in placeholders(found["en"]))
    assert all(pattern.strip() == pattern and pattern.isprintable() for pattern in found.values())


@pytest.mark.parametrize("key", [key for key in _TEXTS if placeholders(_TEXTS[key]["en"])])
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_fact_is_shown(language: str, key: str) -> None:
    """Law 18: a value given is a value read, whatever braces or percent signs are in it."""
    values = {name: f"{{{name}}} 100% {{0}}" for name in placeholders(_TEXTS[key]["en"])}
    shown = text(language, key, **values)
    assert all(value in shown for value in values.values())


def test_korean_texts_are_korean() -> None:
    """A text that was left in English is found here; a pure name of both languages would be listed here."""
    left = {key for key, found in _TEXTS.items() if not any("가" <= c <= "힣" for c in found["ko"])}
    assert left == set()


def test_an_unknown_language_is_english() -> None:
    """An old history with a language of its own still shows its page."""
    assert text("de", "none") == text("en", "none")


def test_an_unknown_key_is_an_error_at_once() -> None:
    """A mistyped key fails where it is written, not at a disaster."""
    with pytest.raises(KeyError):
        text("en", "no_such_text")


def uses() -> Iterator[tuple[str, str, set[str]]]:
    """Each call of `say` and `text` in the workflows: where, which key, which values."""
    for file in sorted(Path(str(workflows.__file__)).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = {"say": 0, "summary": 0, "text": 1}.get(called)
            if place is None or len(node.args) <= place:
                continue
            given = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
            for key in _keys(node.args[place]):
                yield f"{file.name}:{node.lineno}", key, given


def _keys(argument: ast.expr) -> list[str]:
    """A key, or both keys of `A if … else B`."""
    if isinstance(argument, ast.IfExp):
        return [*_keys(argument.body), *_keys(argument.orelse)]
    return [argument.value] if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else []


def test_every_use_gives_what_its_text_needs() -> None:
    """A missing key or value in workflow code would fail the workflow task, in the middle of a declaration."""
    found = list(uses())
    wrong = [
        f"{where}: {key}: {sorted(given ^ placeholders(_TEXTS[key]['en'])) if key in _TEXTS else 'unknown'}"
        for where, key, given in found
        if key not in _TEXTS or given != placeholders(_TEXTS[key]["en"])
    ]
    assert wrong == []
    assert len(found) > 20


def test_no_text_is_left_without_use() -> None:
    """A text that nobody shows is a wait or a warning that was forgotten."""
    assert set(_TEXTS) - {key for _, key, _ in uses()} == set()
