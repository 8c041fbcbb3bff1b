"""Replicated data of a service."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from activities.guarding.margins import least_margin

from .quantities import Duration
from .written import Whole, Written


class Postgresql(Written):
    """PostgreSQL streaming replication. `login` is the name of a secret, `promote` a command for it."""

    port: Whole = 5432
    database: str
    login: str
    run_as: str = "postgres"
    promote: str | None = None


class Script(Written):
    """The user's own commands, each answering JSON."""

    status: str
    drain: str
    promote: str
    demote: str


class Guard(Written):
    """A guard on the dataset's hosts, which closes the writer by itself when it is not renewed for `after`.

    `close` stops the writer and keeps it stopped (autostart off), exit code 0 when it is. After `close_within` it is
    ended, and `kill` is run, for as long; then `close` again. `margin` is waited longer before it counts: None, or not
    written, is `least_margin`.
    """

    after: Duration
    margin: Duration | None = None
    close: str
    close_within: Duration = 20.0
    kill: str | None = None
    run_as: str = "root"

    @property
    def least_margin(self) -> int:
        return least_margin(self.after, self.close_within, has_kill=bool(self.kill))


class Dataset(Written):
    """One dataset: exactly one kind, and the one host at each center with it. `rpo` None: the plan's."""

    postgresql: Postgresql | None = None
    script: Script | None = None
    hosts: dict[str, str]
    consistent_when: str | None = None
    rpo: Duration | None = None
    guard: Guard | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.postgresql is None) == (self.script is None):
            raise ValueError("a dataset has exactly one kind; write either postgresql: {…} or script: {…}")
        return self

    @property
    def kind(self) -> Literal["postgresql", "script"]:
        return "postgresql" if self.postgresql else "script"
