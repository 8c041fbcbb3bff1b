"""Hosts, commands and jobs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from activities.models.values import Outcome, Value


class Target(Value):
    """A host as a worker reaches it: by SSH, with a pinned host key.

    `center` is the center's name, or "" for a device of no center. `key` is the *name* of a secret (law 13).
    `host_key` holds public keys in OpenSSH form, one on a line ("ssh-ed25519 AAAA…"); None is a host never met.
    """

    estate: str
    center: str
    host: str
    address: str
    port: int = 22
    user: str
    key: str
    become: Literal["sudo", "su", "doas", "none"] = "none"
    host_key: str | None = None
    via: Target | None = None

    @property
    def label(self) -> str:
        """`center/host`, or the host alone for a device."""
        return f"{self.center}/{self.host}" if self.center else self.host


class Command(Value):
    """A command line for a POSIX shell at a host, after variables were filled in."""

    run: str
    run_as: str | None = None  # None: the SSH user
    env: dict[str, str] = Field(default_factory=dict)
    secret_env: dict[str, str] = Field(default_factory=dict)  # variable name -> name of a secret
    timeout_s: float = 600.0
    kill_after_s: float = 10.0  # from TERM to KILL


class JobName(Value):
    """The name of a job (law 4). `attempt` is counted by the workflow, from 1; Temporal's retries do not raise it."""

    workflow_id: str
    first_run_id: str  # survives a workflow reset
    step: str
    attempt: int

    @property
    def step_name(self) -> str:
        """All but the attempt: what the attempts of one step share."""
        return f"{self.workflow_id}/{self.first_run_id}/{self.step}"

    def __str__(self) -> str:
        return f"{self.step_name}/{self.attempt}"


class Job(Value):
    """One change of one host. `epoch` None is a cleanup: exempt from the epoch rule (law 5)."""

    name: JobName
    target: Target
    command: Command
    epoch: int | None


class JobResult(Value):
    """How a job ended. `exit_code` None means that nobody knows (law 2)."""

    outcome: Outcome  # DONE, FAILED, UNKNOWN
    exit_code: int | None
    summary: str
    tail: str
    output_bytes: int
    sha256: str
    log: str
    joined: bool  # it was already claimed when this worker asked
    seconds: float


class CommandResult(Value):
    """What a read-only command at a host gave. `exit_code` None: it was cut off at its timeout.

    `output` is stdout and stderr together, at most the first 64 KiB, secrets masked.
    """

    exit_code: int | None
    output: str
    seconds: float


class HostKey(Value):
    """A public key that a host shows: one line in OpenSSH form, and its fingerprint ("SHA256:…")."""

    line: str
    fingerprint: str


class Contact(Value):
    """What a first contact saw. `marker`, `epoch` and `os` are known only when the key was trusted.

    `marker` is "ESTATE CENTER HOST" as the host carries it ("@" for no center); None: it carries none.
    """

    host_keys: list[HostKey]
    marker: str | None = None
    epoch: int | None = None  # None: no epoch record (law 5: unknown, not 0)
    os: str = ""


class Prepared(Value):
    """A host that carries the marker of its identity. `first`: it did not before."""

    marker: str
    epoch: int  # the highest that the host has seen
    first: bool
    os: str


Target.model_rebuild()
