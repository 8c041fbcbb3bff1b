"""The plan as a whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .centers import Center, Device
from .datasets import Dataset
from .operations import Batch, Maintenance, Schedule
from .people import GateSpec, Person, SteeringSpec
from .quantities import Duration
from .services import Service
from .traffic import Traffic
from .written import Written


class Objectives(Written):
    """The committed recovery objectives, in seconds. They are never moved by results (law 16)."""

    rto: Duration
    rpo: Duration


class Plan(Written):
    """Everything one estate is and does. Durations are seconds; secrets are named, never written (law 13)."""

    muster: Literal[1] = 1
    estate: str
    timezone: str = "UTC"
    language: Literal["ko", "en"] = "en"
    objectives: Objectives
    people: dict[str, Person]
    gates: dict[str, GateSpec]
    steering: SteeringSpec = Field(default_factory=SteeringSpec)
    centers: dict[str, Center]
    devices: dict[str, Device] = Field(default_factory=dict)
    neutral_targets: list[str] = Field(default_factory=list)
    services: dict[str, Service]
    traffic: list[Traffic] = Field(default_factory=list)
    notices: dict[str, list[str]] = Field(default_factory=dict)
    batches: dict[str, Batch] = Field(default_factory=dict)
    maintenance: dict[str, Maintenance] = Field(default_factory=dict)
    schedules: list[Schedule] = Field(default_factory=list)

    @property
    def primary(self) -> str:
        """The name of the center where services live in normal times; a role, never a direction (law 11)."""
        return next(name for name, center in self.centers.items() if center.role == "primary")

    def other(self, center: str) -> str:
        """The name of the other center."""
        return next(name for name in self.centers if name != center)

    @property
    def code_secrets(self) -> dict[str, str]:
        """The names of the secrets that make people's one-time codes."""
        return {name: person.code for name, person in self.people.items() if person.code}

    def rpo_of(self, service: str, dataset: str) -> float:
        """The committed RPO of a dataset, in seconds."""
        return self.services[service].data[dataset].rpo or self.objectives.rpo

    def rto_of(self, service: str) -> float:
        """The committed RTO of a service, in seconds."""
        return self.services[service].rto or self.objectives.rto

    def dataset(self, label: str) -> Dataset:
        """The dataset of a label "service.dataset"."""
        service, _, name = label.partition(".")
        return self.services[service].data[name]
