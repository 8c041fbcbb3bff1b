"""One word for what a voice is bound to (law 6)."""

from __future__ import annotations

import hashlib


def digest(*parts: object) -> str:
    """Changes when one of the parts does."""
    return hashlib.sha256("\n".join(repr(part) for part in parts).encode()).hexdigest()
