"""What activities take and give: frozen values, stored in histories.

Stored payloads never forbid extra fields: an old history must load in a newer worker.
Times are seconds since the Unix epoch (UTC), durations are seconds, sizes are bytes, unless a name says otherwise.
"""

from __future__ import annotations

from activities.models.components import Check, ComponentOrder, Look
from activities.models.data import (
    DataCheck,
    DatasetSide,
    DatasetStatus,
    DrainOrder,
    LossClass,
    LossEstimate,
    Promotion,
    ProofOrder,
    Replay,
    SampleWindow,
    WindowOrder,
)
from activities.models.evidence import Probe, ProbeResult, Sighting, SightOrder
from activities.models.fences import FenceOrder, FenceSeen, LongLook, RedfishMachine, RedfishPower, StopWatch
from activities.models.guards import EnrolRenewer, GuardOrder, GuardsOrder, GuardView, RenewerRef
from activities.models.hosts import (
    Command,
    CommandResult,
    Contact,
    HostKey,
    Job,
    JobName,
    JobResult,
    Prepared,
    Target,
)
from activities.models.notices import Notice
from activities.models.traffic import CommandMove, DnsMove
from activities.models.values import Outcome, StepResult, Value

__all__ = [
    "Check",
    "Command",
    "CommandMove",
    "CommandResult",
    "ComponentOrder",
    "Contact",
    "DataCheck",
    "DatasetSide",
    "DatasetStatus",
    "DnsMove",
    "DrainOrder",
    "EnrolRenewer",
    "FenceOrder",
    "FenceSeen",
    "GuardOrder",
    "GuardView",
    "GuardsOrder",
    "HostKey",
    "Job",
    "JobName",
    "JobResult",
    "LongLook",
    "Look",
    "LossClass",
    "LossEstimate",
    "Notice",
    "Outcome",
    "Prepared",
    "Probe",
    "ProbeResult",
    "Promotion",
    "ProofOrder",
    "RedfishMachine",
    "RedfishPower",
    "RenewerRef",
    "Replay",
    "SampleWindow",
    "SightOrder",
    "Sighting",
    "StepResult",
    "StopWatch",
    "Target",
    "Value",
    "WindowOrder",
]
