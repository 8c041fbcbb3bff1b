"""Devices that stop a center."""

from __future__ import annotations

from typing import Literal

from activities.models.hosts import Command, Target
from activities.models.values import Value


class FenceOrder(Value):
    """One device of a center's fence: run, lift and confirm are commands at a device reached over SSH."""

    center: str
    name: str
    stops: Literal["clients", "writers"]
    lives: str
    at: Target
    run: Command
    confirm_at: Target
    confirm: Command
    says: str
