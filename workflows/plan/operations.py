"""Batches, maintenance and schedules."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .quantities import Delay, Duration, TimeOfDay, When
from .written import Flag, Whole, Written


class BatchJob(Written):
    """A command on hosts. `at`: active, passive or a center's name; `once`: on the first host that can."""

    at: str = "active"
    service: str | None = None
    hosts: list[str]
    needs: list[str] = Field(default_factory=list)
    run: str
    run_as: str | None = None
    env: dict[str, str] = Field(default_factory=dict)
    timeout: Duration = 3600.0
    retries: Whole = 0
    once: Flag = False
    when: When | None = None


class Batch(Written):
    """Jobs in the order of their needs. `calendar` names the holidays of a country."""

    calendar: str | None = None
    must_finish_by: TimeOfDay | None = None
    max_parallel: Whole | None = None
    on_failure: Literal["stop", "continue"] = "stop"
    jobs: dict[str, BatchJob]


class MaintenanceTask(Written):
    """A command on the hosts of a maintenance, `batch_size` hosts at a time."""

    run: str
    batch_size: Whole | None = None
    reboot: Flag = False
    become: Flag = False
    timeout: Duration = 3600.0


class Maintenance(Written):
    """Work on the hosts of services; its window's end is hard. `at`: passive, active or a center's name."""

    window: Duration
    services: list[str]
    at: str = "passive"
    approval: Flag = False
    databases: Flag = False
    tasks: list[MaintenanceTask]


class Schedule(Written):
    """A scenario that starts by itself: at a point in time or every so often."""

    scenario: str
    level: Literal["tabletop", "dry-run", "full"] | None = None
    when: When | None = None
    every: Duration | None = None
    jitter: Delay = 0.0

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if (self.when is None) == (self.every is None):
            raise ValueError(
                'a schedule has exactly one clock; write either when: "mon-fri 23:30" or every: 30m'
            )
        return self
