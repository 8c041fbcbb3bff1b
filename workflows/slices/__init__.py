"""From the plan to what activities and children get: only their own part of it (laws 12, 13)."""

from __future__ import annotations

from .data import datasets, side, why_not_scope
from .devices import by_hand, fence_by_hand, fences, lifts
from .estate import probes, registration
from .guarding import guard, guards
from .services import check, service_order
from .traffic import dns_moves

__all__ = [
    "by_hand",
    "check",
    "datasets",
    "dns_moves",
    "fence_by_hand",
    "fences",
    "guard",
    "guards",
    "lifts",
    "probes",
    "registration",
    "service_order",
    "side",
    "why_not_scope",
]
