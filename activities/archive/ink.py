"""Texts and payloads with secrets blackened, however they are spelled: escaped, in base64, in other JSON (law 13)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from activities.code_words import HIDDEN, codes_shown, hide
from activities.secrets import Mask

# What looks like a code inside of these is none: ids of runs and rounds, digests.
_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32,}\b")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
SHORTEST = (
    8  # letters of a secret; a shorter one may be an ordinary word, and a history without it replays no more
)
_WORD = r"0-9A-Za-z·"
Hide = Callable[[str], str]


class Ink:
    """What is blackened wherever it stands: the secrets of a worker, and each code that somebody sent so far.

    What people say is blackened by the looks of a code; what programs say, which is full of numbers, by its value.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._mask = Mask(secret for secret in secrets if len(secret) >= SHORTEST)
        self._codes: set[str] = set()
        self._known: re.Pattern[str] | None = None

    @property
    def knows_any(self) -> bool:
        return bool(self._codes) or self._mask.reach > 0

    @property
    def codes(self) -> int:
        """How many codes it has seen."""
        return len(self._codes)

    # --- what people said

    def of_people(self, text: str) -> str:
        """A text without what looks like a code."""
        return self.by_value(self._spelled(text, self._by_looks))

    def payload_of_people(self, data: bytes) -> bytes:
        return self._payload(data, self.of_people, of_people=True)

    def _by_looks(self, text: str) -> str:
        parts = _ID.split(text)
        if hide(text) == text or all(hide(part) == part for part in parts):
            return text
        for part in parts:
            self._learn(codes_shown(part))
        ids = [*_ID.findall(text), ""]
        return "".join(hide(part) + one for part, one in zip(parts, ids, strict=True))

    def _learn(self, codes: Iterable[str]) -> None:
        if new := set(codes) - self._codes:
            self._codes |= new
            any_of = "|".join(f"{code[:3]}[ -]?{code[3:]}" for code in sorted(self._codes))
            self._known = re.compile(f"(?<![{_WORD}.])(?:{any_of})(?![{_WORD}])")

    # --- what anybody said

    def by_value(self, text: str) -> str:
        """A text without the secrets and codes that are known."""
        return self._spelled(text, self._by_value)

    def payload(self, data: bytes) -> bytes:
        return self._payload(data, self.by_value, of_people=False)

    def _by_value(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        data = text.encode(errors="surrogatepass")
        masked = self._mask.apply(data)
        return text if masked == data else masked.decode(errors="replace")

    # --- however it is spelled

    def _spelled(self, text: str, hidden: Hide) -> str:
        """As it stands, with its escapes undone, and in base64."""
        text = hidden(text)
        if "\\u" in text and (plain := _unescaped(text)) != hidden(plain):
            text = hidden(plain)
        return _BASE64.sub(lambda found: HIDDEN if _holds(found[0], hidden) else found[0], text)

    def _payload(self, data: bytes, hidden: Hide, *, of_people: bool) -> bytes:
        """The same bytes where nothing is to be hidden; JSON stays JSON."""
        text = data.decode(errors="replace")
        try:
            pairs = _Pairs()
            content = json.loads(text, object_pairs_hook=pairs)
            clean_content = self._walked(content, hidden, of_people)
            if clean_content == content and not (of_people and pairs.hid_some):
                return data
            return json.dumps(clean_content, ensure_ascii=False).encode(errors="replace")
        except (ValueError, RecursionError):  # no JSON, or too deep or too large for it
            clean = hidden(text)
            return data if clean == text else clean.encode(errors="replace")

    def _walked(self, content: Any, hidden: Hide, of_people: bool) -> Any:
        match content:
            case str():
                return hidden(content)
            case list():
                return [self._walked(one, hidden, of_people) for one in content]
            case dict():
                return {hidden(key): self._walked(one, hidden, of_people) for key, one in content.items()}
            case int() | float() if not isinstance(content, bool) and content % 1 == 0:
                spelled = str(int(content))
                return content if hidden(spelled) == spelled else HIDDEN
        return content


class _Pairs:
    """Objects of JSON, and whether one of them named a key twice: the first one would be read by nobody."""

    def __init__(self) -> None:
        self.hid_some = False

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        self.hid_some |= len(found) < len(pairs)
        return found


def _unescaped(text: str) -> str:
    """Two escapes may be one letter; half of one is none, and stands in no text that is kept."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")


def _holds(token: str, hidden: Hide) -> bool:
    """Whether a word is the base64 of a text with something to be hidden."""
    bare = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return text.isprintable() and hidden(text) != text
