"""The one error of the lab."""

from __future__ import annotations


class LabError(Exception):
    """The lab cannot do what was asked. One line: what is wrong and what to do."""
