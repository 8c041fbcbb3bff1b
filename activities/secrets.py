"""Secrets by name (law 13): resolved in the worker, and kept out of what is written down."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from activities.errors import SecretMissing

SHORTEST_MASKED = 4
"""A line of a secret with fewer characters is not masked: it would black out half of the output."""


SHORTEST_WORD = 12
"""A shorter part of a secret is not masked by itself: it may be a port and a path."""


class Secrets(Protocol):
    """Where a worker keeps its secrets."""

    def resolve(self, name: str) -> str:
        """The secret's text, without the newline at its end. Raises SecretMissing."""
        ...


class KnownSecrets(Secrets, Protocol):
    """Secrets that can all be kept out of what is written down, whoever printed them."""

    def known(self) -> list[str]:
        """Every secret of this worker."""
        ...


class DirectorySecrets:
    """A directory with a file for each secret, readable by the worker's user alone."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def resolve(self, name: str) -> str:
        if reason := self._why_not(name):
            raise SecretMissing(f"secret {name!r}: {reason}")
        text = (self._path / name).read_text(encoding="utf-8")
        return text.removesuffix("\n")

    def known(self) -> list[str]:
        """The text of every file that is a secret; a broken or open one is none."""
        try:
            names = sorted(file.name for file in self._path.iterdir())
        except OSError:
            return []
        found = []
        for name in names:
            with suppress(SecretMissing, OSError, UnicodeDecodeError):
                found.append(self.resolve(name))
        return found

    def _why_not(self, name: str) -> str | None:
        if not name or "/" in name or "\0" in name or name in (".", ".."):
            return "not a name of a file; use letters, digits, - and _"
        file = self._path / name
        try:
            mode = file.stat().st_mode
        except OSError as error:
            return f"{file}: {error.strerror}; create it, readable by the worker's user alone"
        if not stat.S_ISREG(mode):
            return f"{file} is not a file"
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            return f"{file} is open to other users; run: chmod 600 {file}"
        return None


class Mask:
    """Blackens secrets in a stream of bytes and keeps its length: offsets mean the same before and after.

    Secrets of several lines are masked line by line: output may have them indented or wrapped otherwise.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        lines = {
            line.strip() for secret in secrets for line in (secret, *secret.splitlines(), _word_of(secret))
        }
        self._needles = sorted(line.encode() for line in lines if len(line) >= SHORTEST_MASKED)

    @property
    def reach(self) -> int:
        """The length in bytes of the longest thing to mask."""
        return max(map(len, self._needles), default=0)

    def apply(self, data: bytes) -> bytes:
        """The same bytes with every occurrence, overlapping ones too, replaced by asterisks."""
        masked = bytearray(data)
        for needle in self._needles:
            at = data.find(needle)
            while at >= 0:
                masked[at : at + len(needle)] = b"*" * len(needle)
                at = data.find(needle, at + 1)
        return bytes(masked)

    def undecided(self, data: bytes) -> int:
        """How many bytes at the end may begin a secret: to be masked together with what follows.

        Whoever goes on after the others gives `reach` bytes before them too: a whole occurrence may end there.
        """
        return max((_overlap(data, needle) for needle in self._needles), default=0)


def _word_of(secret: str) -> str:
    """The password of USER:PASSWORD, the key of ALGORITHM:NAME:KEY: printed without the rest it is as secret."""
    word = secret.rpartition(":")[2]
    return word if len(word) >= SHORTEST_WORD and "\n" not in secret else ""


def _overlap(data: bytes, needle: bytes) -> int:
    longest = min(len(needle) - 1, len(data))
    return next((size for size in range(longest, 0, -1) if data.endswith(needle[:size])), 0)
