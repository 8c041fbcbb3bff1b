"""The plan: what an estate is, as people write it and as a run carries it."""

from __future__ import annotations

from .calendars import Calendar, Span, compile_when
from .centers import Center, Confirmation, Device, DeviceCommand, Fence, Host, Redfish, Ssh, SshOverride
from .datasets import Dataset, Guard, Postgresql, Script
from .estate_plan import Objectives, Plan
from .graph import Need, component_graph, datasets_needed, find_cycles, resolve_need, service_graph
from .operations import Batch, BatchJob, Maintenance, MaintenanceTask, Schedule
from .people import Escalation, GateSpec, Person, SteeringSpec
from .quantities import duration_text, parse_duration
from .services import (
    Act,
    CheckSpec,
    Component,
    ComponentDrill,
    ManualStep,
    PerCenter,
    Proof,
    Service,
    ServiceDrill,
)
from .snapshot import PlanSnapshot, PlanTooLarge, SnapshotDamaged, snapshot
from .targets import device_target, host_target, ssh_of, target_at
from .traffic import CommandTraffic, Record, Rfc2136, Traffic
from .variables import fill, values_at

__all__ = [
    "Act",
    "Batch",
    "BatchJob",
    "Calendar",
    "Center",
    "CheckSpec",
    "CommandTraffic",
    "Component",
    "ComponentDrill",
    "Confirmation",
    "Dataset",
    "Device",
    "DeviceCommand",
    "Escalation",
    "Fence",
    "GateSpec",
    "Guard",
    "Host",
    "Maintenance",
    "MaintenanceTask",
    "ManualStep",
    "Need",
    "Objectives",
    "PerCenter",
    "Person",
    "Plan",
    "PlanSnapshot",
    "PlanTooLarge",
    "Postgresql",
    "Proof",
    "Record",
    "Redfish",
    "Rfc2136",
    "Schedule",
    "Script",
    "Service",
    "ServiceDrill",
    "SnapshotDamaged",
    "Span",
    "Ssh",
    "SshOverride",
    "SteeringSpec",
    "Traffic",
    "compile_when",
    "component_graph",
    "datasets_needed",
    "device_target",
    "duration_text",
    "fill",
    "find_cycles",
    "host_target",
    "parse_duration",
    "resolve_need",
    "service_graph",
    "snapshot",
    "ssh_of",
    "target_at",
    "values_at",
]
