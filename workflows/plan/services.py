"""Services and their components: what is started, in which order, and how it is looked at."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from .datasets import Dataset
from .quantities import Delay, Duration
from .written import Whole, Written, short_form

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://")


class Act(Written):
    """A command that changes a host; its short form is a string. `run_as` None: as the component says.

    Of a stop: `kill` is run when `kill_after` the graceful command it still serves.
    """

    run: str
    timeout: Duration = 600.0
    kill_after: Delay = 60.0
    kill: str | None = None
    run_as: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return short_form(value, "run")


class CheckSpec(Written):
    """How one sees that a component is well: exactly one of tcp, http, run (exit code 0) and log.

    Short forms: tcp://HOST:PORT, http://…, https://…, and any other string is a command.
    """

    tcp: str | None = None
    http: str | None = None
    status: Whole = 200
    body: str | None = None
    run: str | None = None
    run_as: str | None = None
    log: str | None = None
    says: str | None = None
    timeout: Duration = 2.0

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        scheme = _SCHEME.match(value) if isinstance(value, str) else None
        if scheme is None:
            return short_form(value, "run")
        kind = {"tcp": "tcp", "http": "http", "https": "http"}.get(scheme[1])
        if kind is None:
            raise ValueError(
                f"a check cannot look at {scheme[1]}://; write tcp://, http://, https:// or a command"
            )
        return {kind: value}

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(part is not None for part in (self.tcp, self.http, self.run, self.log)) != 1:
            raise ValueError("a check has exactly one kind; write one of tcp, http, run and log")
        if (self.log is None) != (self.says is None):
            raise ValueError("log and says belong together; write {log: PATH, says: REGEX}")
        if self.http is None and (self.body is not None or self.status != 200):
            raise ValueError("status and body belong to http; write {http: URL, status: 200, body: REGEX}")
        return self

    @property
    def kind(self) -> Literal["tcp", "http", "command", "log"]:
        """As `activities.models.Check` names it."""
        return "tcp" if self.tcp else "http" if self.http else "log" if self.log else "command"


class PerCenter(Written):
    """What differs at one center; `env` is laid over the component's."""

    env: dict[str, str] = Field(default_factory=dict)
    start: Act | None = None
    stop: Act | None = None
    check: CheckSpec | None = None
    run_as: str | None = None


class ComponentDrill(Written):
    """How a component runs in a drill, against clones (law 7)."""

    start: Act
    stop: Act | None = None
    check: CheckSpec | None = None
    env: dict[str, str] = Field(default_factory=dict)
    run_as: str | None = None


class Component(Written):
    """One thing that runs on hosts. `enough` None: all of its hosts; `max_parallel` None: all at once."""

    needs: list[str] = Field(default_factory=list)
    hosts: dict[str, list[str]]
    enough: Whole | None = None
    run_as: str | None = None
    env: dict[str, str] = Field(default_factory=dict)
    max_parallel: Whole | None = None
    start: Act
    stop: Act
    check: CheckSpec
    settle: Delay = 1.0
    ready_within: Duration = 60.0
    per_center: dict[str, PerCenter] = Field(default_factory=dict)
    retries: Whole = 0
    drill: ComponentDrill | None = None

    def act_at(self, center: str, verb: Literal["start", "stop"]) -> Act:
        """What starts or stops it at a center, with `run_as` settled."""
        own = self.per_center.get(center)
        act = (own and (own.start if verb == "start" else own.stop)) or (
            self.start if verb == "start" else self.stop
        )
        return act.model_copy(update={"run_as": act.run_as or self.run_as_at(center)})

    def check_at(self, center: str) -> CheckSpec:
        """How it is looked at at a center, with `run_as` settled."""
        own = self.per_center.get(center)
        check = (own and own.check) or self.check
        return check.model_copy(update={"run_as": check.run_as or self.run_as_at(center)})

    def env_at(self, center: str) -> dict[str, str]:
        own = self.per_center.get(center)
        return {**self.env, **(own.env if own else {})}

    def run_as_at(self, center: str) -> str | None:
        own = self.per_center.get(center)
        return (own and own.run_as) or self.run_as


class Proof(Written):
    """A write through the service, read on the writable side: `read` is SQL on the dataset `in_` (law 17)."""

    write: str
    read: str
    in_: str = Field(alias="in")


class ServiceDrill(Written):
    """What must be unreachable during a drill, and the command that tries the clone out."""

    must_fail: list[str]
    smoke: str | None = None


class ManualStep(Written):
    """Something a person does and confirms."""

    before: Literal["fence", "promote", "services", "traffic", "notices"]
    ask: str
    owner: str


class Service(Written):
    """Components that together serve one business. `rto` None: the plan's."""

    rto: Duration | None = None
    vars: dict[str, str] = Field(default_factory=dict)
    needs: list[str] = Field(default_factory=list)
    data: dict[str, Dataset] = Field(default_factory=dict)
    components: dict[str, Component] = Field(default_factory=dict)
    proves_itself: Proof | None = None
    drill: ServiceDrill | None = None
    manual: list[ManualStep] = Field(default_factory=list)
