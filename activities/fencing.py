"""Fence devices, at-least-once and made harmless to repeat by look, act, confirm (laws 1, 4).

What the device says is one half of a confirmation; the other is what vantage points see, which the workflow asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from temporalio import activity

from activities.errors import BadOrder
from activities.models import FenceOrder, Outcome, StepResult


class FenceDevice(Protocol):
    """One kind of device. Its word counts only when it was asked: silence raises HostUnreachable."""

    async def move(self, order: FenceOrder, *, fenced: bool) -> StepResult:
        """Make it so, until the device itself says that it is."""
        ...

    async def is_fenced(self, order: FenceOrder) -> bool:
        """What the device says of itself."""
        ...


class FencingActivities:
    """`devices`: by the kind of a fence."""

    def __init__(self, devices: Mapping[str, FenceDevice]) -> None:
        self._devices = devices

    @activity.defn
    async def fence(self, order: FenceOrder) -> StepResult:
        """Act at the device until the device itself says that the center is fenced."""
        return await self._device(order).move(order, fenced=True)

    @activity.defn
    async def lift_fence(self, order: FenceOrder) -> StepResult:
        """`order` is as `slices.lifts` makes it; the device must say that nothing is fenced any more."""
        return await self._device(order).move(order, fenced=False)

    @activity.defn
    async def fence_status(self, order: FenceOrder) -> StepResult:
        """ALREADY: the device says the center is fenced. DONE: the device answers and it is not."""
        if await self._device(order).is_fenced(order):
            return StepResult(outcome=Outcome.ALREADY, summary="fenced")
        return StepResult(outcome=Outcome.DONE, summary="answers, not fenced")

    def _device(self, order: FenceOrder) -> FenceDevice:
        if order.kind not in self._devices:
            raise BadOrder(f"{order.name}: this worker knows no fence by {order.kind}")
        return self._devices[order.kind]
