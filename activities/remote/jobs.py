"""The words of remote jobs, without a wire: where a job lies on its host, what is sent, what answers mean.

The programs (job.sh and the two it starts, host.sh) are POSIX sh and travel on stdin, with secrets inside:
nothing of them is in an argument list or on a disk (law 13). Each is one brace group, so that half of one
runs nothing.
"""

from __future__ import annotations

import hashlib
import math
import re
import shlex
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from secrets import token_hex

from activities.errors import (
    BadOrder,
    EarlierAttemptLives,
    ForeignHost,
    HostFaulty,
    HostUnprepared,
    JobSuperseded,
    OldEpoch,
)
from activities.logs import log_name, path_part
from activities.models import Command, Job, JobName, JobResult, Outcome, Target

TAIL_BYTES = 4096
LOOK_TAG = "muster-look"


@dataclass(frozen=True)
class Reply:
    """An answer of job.sh or host.sh: its header line, and what followed it."""

    state: str
    fields: dict[str, str]
    body: bytes

    @property
    def words(self) -> str:
        return self.body.decode(errors="replace").strip()

    @property
    def size(self) -> int:
        """Bytes of output so far; at the end, of all."""
        return int(self.fields.get("size") or 0)

    @property
    def seconds(self) -> float:
        """How long the command has run, or ran, by the host's own clock."""
        begun, ended = self.fields.get("begun"), self.fields.get("ended") or self.fields.get("now")
        return max(0.0, round(float(ended) - float(begun), 2)) if begun and ended else 0.0


def marker_of(target: Target) -> str:
    """The identity that the host carries: "ESTATE CENTER HOST"."""
    return " ".join(path_part(part) for part in (target.estate, target.center, target.host))


def state_of(target: Target, state_dir: str) -> str:
    """The state directory of an estate's center, below the SSH user's home."""
    return f"{state_dir}/{path_part(target.estate)}.{path_part(target.center)}"


def step_dir(name: JobName) -> str:
    """Where the attempts of a step lie, below the state directory: readable, and unlike any other step's."""
    words = "\0".join((name.workflow_id, name.first_run_id, name.step))
    slug = re.sub(r"[^A-Za-z0-9]+", "-", f"{name.workflow_id}-{name.step}").strip("-")[-60:]
    return f"jobs/{slug}-{hashlib.sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def log_of(job: Job) -> str:
    """The name of a job's output in the log store (law 14)."""
    target, name = job.target, job.name
    return log_name(
        target.estate,
        target.center,
        target.host,
        name.workflow_id,
        name.first_run_id,
        name.step,
        str(name.attempt),
    )


def become_words(target: Target, run_as: str | None) -> list[str]:
    """What stands before a command line that runs as `run_as`. Raises BadOrder."""
    if run_as is None or run_as == target.user:
        return []
    if not run_as or run_as.startswith("-") or not run_as.isprintable():
        raise BadOrder(f"{target.label}: run_as {run_as!r} is not the name of a user")
    match target.become:
        case "sudo":
            return ["sudo", "-n", "-u", run_as, "--"]
        case "doas":
            return ["doas", "-n", "-u", run_as]
        case "su":
            return ["su", "-s", "/bin/sh", "-c", 'exec "$@"', "--", run_as, "sh"]
        case "none":
            raise BadOrder(f"{target.label}: run_as {run_as} needs become: sudo, su or doas (it is none)")


def keeper_text(target: Target, command: Command, secrets: dict[str, str]) -> str:
    """The keeper of a command, with the command and its variables in it. `secrets`: variable -> value."""
    lines = ['{ umask "$2"', "set --", "exec </dev/null"]
    for name, value in {**command.env, **secrets}.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise BadOrder(f"{target.label}: {name!r} is not the name of an environment variable")
        lines.append(f"export {name}={shlex.quote(value)}")
    text = "\n".join([*lines, f"eval {shlex.quote(command.run)}", "exit $?", "}"])
    if "\0" in text:
        raise BadOrder(f"{target.label}: a command or a variable holds a NUL character")
    return _filled("job_keeper.sh", COMMAND=_without_quotes(text))


def _without_quotes(text: str) -> str:
    """For printf %b. The text is quoted once for each program around it, which would triple its quotes each time."""
    return text.replace("\\", "\\\\").replace("'", "\\0047")


def keeper_limits(command: Command) -> list[str]:
    """Timeout and seconds from TERM to KILL, whole: a sleep that knows no fractions would not wait at all."""
    return [str(max(1, math.ceil(command.timeout_s))), str(max(0, math.ceil(command.kill_after_s)))]


@dataclass(frozen=True)
class Question:
    """What job.sh is asked: claim, follow, find or signal; output from `offset`, at most `limit` bytes."""

    mode: str
    offset: int = 0
    limit: int = 0
    slice_s: int = 0
    signal: str = ""


def job_text(job: Job, question: Question, nonce: str, state_dir: str, secrets: dict[str, str]) -> str:
    """job.sh, filled in. The command travels with a claim only."""
    words = become_words(job.target, job.command.run_as)
    become = f'become() {{ {shlex.join(words)} "$@"; }}\n'
    epoch = "" if job.epoch is None else str(job.epoch)
    runner = ""
    if question.mode == "claim":
        timeout, grace = keeper_limits(job.command)
        keeper = keeper_text(job.target, job.command, secrets)
        runner = become + _filled("job_runner.sh", EPOCH=epoch, TIMEOUT=timeout, GRACE=grace, KEEPER=keeper)
    return become + _filled(
        "job.sh",
        MODE=question.mode,
        NONCE=nonce,
        STATE=state_of(job.target, state_dir),
        MARKER=marker_of(job.target),
        STEP=step_dir(job.name),
        ATTEMPT=str(job.name.attempt),
        NAME=str(job.name).replace("\0", " "),
        EPOCH=epoch,
        OFFSET=str(question.offset),
        LIMIT=str(question.limit),
        SLICE=str(question.slice_s),
        SIGNAL=question.signal,
        RUNNER=runner,
    )


def host_text(target: Target, mode: str, nonce: str, state_dir: str, epoch: int | None) -> str:
    """host.sh, filled in."""
    return _filled(
        "host.sh",
        MODE=mode,
        NONCE=nonce,
        HOME_STATE=state_dir,
        STATE=state_of(target, state_dir),
        MARKER=marker_of(target),
        EPOCH="" if epoch is None else str(epoch),
    )


def new_nonce() -> str:
    """A word that no banner or profile of a host prints."""
    return token_hex(8)


def parse_reply(target: Target, stdout: bytes, stderr: bytes, nonce: str) -> Reply:
    """Whatever a login script printed before the header is skipped. Raises HostFaulty."""
    _, found, rest = stdout.partition(f"\nmuster-{nonce} ".encode())
    header, ended, body = rest.partition(b"\n")
    if not found or not ended:
        words = (stderr.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
        raise HostFaulty(f"{target.label}: the job program did not answer; its shell said: {words[:200]}")
    fields = dict(part.split("=", 1) for part in header.decode(errors="replace").split() if "=" in part)
    return Reply(fields.pop("state", ""), fields, body)


def why_not(target: Target, name: JobName | None, reply: Reply) -> Exception | None:
    """The error that a reply means, if it means one."""
    seen = reply.words if reply.state not in ("ended", "running") else ""
    match reply.state, reply.fields.get("why"):
        case "unprepared", _:
            return HostUnprepared(f"{target.label}: {seen}; run: muster prepare")
        case "foreign", _:
            return ForeignHost(
                f"{target.label}: the host at {target.address} is marked {seen!r}, expected {marker_of(target)!r}; "
                "check the address, or remove the mark at the host"
            )
        case "oldepoch", _:
            return OldEpoch(f"{target.label}: the host has seen epoch {seen}; this run was overtaken")
        case "ended", "epoch":
            return OldEpoch(
                f"{target.label}: epoch {reply.fields['exit']} came first; this run was overtaken"
            )
        case "superseded", by:
            return JobSuperseded(f"{target.label}: {name} gave way to attempt {by}, and was never started")
        case "lives", _:
            return EarlierAttemptLives(
                f"{target.label}: attempt {seen} of {name} still runs; it must end or be stopped first"
            )
        case "faulty", _:
            return HostFaulty(f"{target.label}: {seen}")
    return None


@dataclass(frozen=True)
class Output:
    """What is known of a job's output: the masked end, its size in bytes, and the sha256 of what the store holds."""

    tail: str = ""
    size: int = 0
    sha256: str = ""


def result_of(job: Job, reply: Reply, output: Output, joined: bool) -> JobResult:
    """How a job ended, for the step and for people."""
    outcome, exit_code, summary = _verdict(job, reply, output.tail)
    return JobResult(
        outcome=outcome,
        exit_code=exit_code,
        summary=summary,
        tail=output.tail,
        output_bytes=output.size,
        sha256=output.sha256,
        log=log_of(job),
        joined=joined,
        seconds=reply.seconds if reply.state in ("ended", "running") else 0.0,
    )


def _verdict(job: Job, reply: Reply, output: str) -> tuple[Outcome, int | None, str]:
    seconds, said = f"{reply.seconds:.1f} s", f": {_last_line(output)}" if output.strip() else ""
    if reply.state == "running":
        return Outcome.UNKNOWN, None, f"still running after {seconds}"
    if reply.state == "superseded":
        return Outcome.FAILED, None, f"gave way to attempt {reply.fields.get('why')}, and was never started"
    if reply.state == "stopped":
        return Outcome.FAILED, None, "stopped before it started"
    if reply.state != "ended":
        lost = "the host restarted, or the processes of the job were killed"
        return Outcome.UNKNOWN, None, f"it was started, but nobody knows how it ended ({lost}){said}"
    code = int(reply.fields["exit"])
    match reply.fields.get("why"):
        case "unstarted":
            return Outcome.FAILED, None, "stopped before it started"
        case "become":
            return Outcome.FAILED, code, f"could not become {job.command.run_as}: {_first_line(output)}"
        case "timeout":
            return Outcome.FAILED, code, f"timed out after {job.command.timeout_s:g} s and was ended{said}"
        case "stopped":
            return Outcome.FAILED, code, f"stopped on request after {seconds}"
    if code == 0:
        return Outcome.DONE, 0, f"exit code 0 after {seconds}"
    return Outcome.FAILED, code, f"exit code {code} after {seconds}{said}"


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2].strip()[:200]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()[:200]


def _filled(program: str, **variables: str) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables.items()) + _program(program)


@cache
def _program(name: str) -> str:
    """The text of a program, without its comments: it travels with each request."""
    lines = files("activities.remote").joinpath(name).read_text(encoding="utf-8").splitlines()
    return (
        "\n".join(line.strip() for line in lines if line.strip() and not line.strip().startswith("#")) + "\n"
    )
