"""What people read, in Korean and English, by topic; a missing key is an error at once, not at a disaster."""

from __future__ import annotations

from collections import ChainMap

from workflows.texts import asked, endings, notices, page, steps, watch
from workflows.texts.words import WORDS

SUMMARY = 400  # bytes of a summary in a history; the server refuses more

_TEXTS = ChainMap(asked.TEXTS, endings.TEXTS, notices.TEXTS, page.TEXTS, steps.TEXTS, watch.TEXTS)


def text(language: str, key: str, **values: object) -> str:
    """The text of `key` in `language` (ko or en; English for any other), filled in."""
    found = _TEXTS[key]
    return found.get(language, found["en"]).format(**values)


def cut(shown: str, size: int = SUMMARY) -> str:
    """At most `size` bytes."""
    data = shown.encode(errors="replace")
    return shown if len(data) <= size else data[: size - 3].decode(errors="ignore") + "…"


def word(language: str, value: str) -> str:
    """A state, outcome, phase or class as people read it; a value that has no word stands for itself."""
    found = WORDS.get(value, {})
    return found.get(language, found.get("en", value))
