"""The devices of a center's fence, to run, to lift, and to be moved by a person."""

from __future__ import annotations

from activities.models import Command, FenceOrder
from workflows.plan import (
    DeviceCommand,
    Fence,
    Plan,
    fill,
    target_at,
)
from workflows.slices.redfish import redfish_power

DEVICE_TIMEOUT = 20.0  # seconds


def fences(plan: Plan, center: str) -> list[FenceOrder]:
    """The devices of a center's fence, in the order of the plan."""
    return [_fence(plan, center, fence, lift=False) for fence in plan.centers[center].fence]


def lifts(plan: Plan, center: str) -> list[FenceOrder]:
    """The same devices with the command that lifts, in reverse."""
    return [_fence(plan, center, fence, lift=True) for fence in reversed(plan.centers[center].fence)]


def fence_by_hand(plan: Plan, center: str) -> list[str]:
    """What a person does to fence a center, in the order to do it."""
    return [by_hand(order, power="off") for order in fences(plan, center)]


def by_hand(order: FenceOrder, power: str = "on") -> str:
    """What a person does at a device instead."""
    if order.redfish is not None:
        return (
            f"power {power} {', '.join(machine.name for machine in order.redfish.machines)} at {order.where}"
        )
    return f"{order.run.run if order.run else ''!r} at {order.where}"


def _fence(plan: Plan, center: str, fence: Fence, *, lift: bool) -> FenceOrder:
    order = FenceOrder(center=center, name=fence.name, stops=fence.stops, lives=fence.lives)
    if fence.redfish is not None:
        return order.model_copy(update={"redfish": redfish_power(fence.redfish)})
    assert fence.commands is not None  # the plan's own check: one kind or the other
    run, undo, confirm = fence.commands
    act = undo if lift else run
    return order.model_copy(
        update={
            "at": target_at(plan, act.at),
            "run": _device_command(act, center),
            "confirm_at": target_at(plan, confirm.at),
            "confirm": _device_command(confirm, center),
            "says": fill(confirm.says, {"center": center}),
        }
    )


def _device_command(act: DeviceCommand, center: str) -> Command:
    return Command(run=fill(act.command, {"center": center}), timeout_s=DEVICE_TIMEOUT)
