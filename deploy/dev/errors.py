"""The one error of the dev server."""

from __future__ import annotations


class DevServerError(Exception):
    """The server cannot do what was asked. One line: what is wrong and what to do."""
