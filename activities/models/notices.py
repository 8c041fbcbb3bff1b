"""Messages to people."""

from __future__ import annotations

from activities.models.values import Value


class Notice(Value):
    """A message to an audience. `channels` are names of secrets that hold apprise addresses."""

    audience: str
    channels: list[str]
    title: str
    body: str
    dedup: str  # the same key twice is the same message
