"""Changing and looking at hosts: jobs that happen once (law 4), looks, the identity of hosts (laws 5, 14).

Inside an activity a job is followed in slices: heartbeats carry the cursor, and after some seconds a benign
error frees the slot until the next delivery joins. Such activities need unlimited attempts and a heartbeat
timeout of 10 s or more.
"""

from __future__ import annotations

import asyncio
import shlex
import time

from temporalio import activity

from activities.errors import HostFaulty
from activities.logs import LogStore
from activities.models import Command, CommandResult, Contact, Job, JobResult, Prepared, Target
from activities.remote.following import CHUNK_BYTES, Delivery, Following, beating
from activities.remote.jobs import (
    LOOK_TAG,
    TAIL_BYTES,
    Output,
    Question,
    Reply,
    become_words,
    host_text,
    job_text,
    keeper_limits,
    keeper_text,
    log_of,
    new_nonce,
    parse_reply,
    result_of,
    why_not,
)
from activities.remote.ssh import Answer, SshPool
from activities.secrets import KnownSecrets, Mask

__all__ = ["CommandResult", "Contact", "Prepared", "Remote"]

ANSWER_WITHIN_S = 20.0
"""For a request beyond its own waiting: a disk that is slow to sync takes seconds."""

LOOK_BYTES = 64 * 1024

KEEPER = "muster-keeper"
"""The first word of what the keeper of a command tells on stderr."""

UNKILLABLE_AFTER_S = 30.0
"""From KILL until a stop gives up: a process that waits for a dead disk cannot be ended, and is told as running."""


class Remote:
    """The hosts of an estate, over the kept connections of one worker."""

    def __init__(
        self, ssh: SshPool, secrets: KnownSecrets, logs: LogStore, *, state_dir: str = ".muster"
    ) -> None:
        self._ssh = ssh
        self._secrets = secrets
        self._logs = logs
        self._state_dir = state_dir

    async def run_job(self, job: Job) -> JobResult:
        """Start the job, or join it when it was claimed before, and follow it to its end.

        Raises HostUnreachable and HostFaulty (a retry joins), EarlierAttemptLives, HostUnprepared,
        ForeignHost, OldEpoch, JobSuperseded, HostKeyChanged, SecretMissing, BadOrder; in an activity also
        a benign "JobRuns".
        Only a real cancel request stops the job; a worker that goes away leaves it running. A cancel request
        that comes between two deliveries reaches no worker: whoever cancels calls `stop_job` afterwards, from
        a scope that is not cancelled.
        """
        following = self._following(job)
        if not activity.in_activity():
            return await self._follow(job, following, None)
        following.resume()
        async with beating(following):
            try:
                return await self._follow(job, following, Delivery())
            except asyncio.CancelledError:
                details = activity.cancellation_details()
                if details is not None and details.cancel_requested:
                    await self._stop(job, following)
                raise

    async def find_job(self, job: Job) -> JobResult | None:
        """What is known of a job, without claiming it. None: never claimed. A running one is UNKNOWN."""
        mask = self._mask(job.command)
        reach = TAIL_BYTES + mask.reach
        reply = await self._ask(job, Question("find", offset=-reach, limit=reach))
        if reply.state == "none":
            return None
        tail = mask.apply(reply.body)[-TAIL_BYTES:].decode(errors="replace")
        digest = await asyncio.to_thread(self._logs.digest, log_of(job), reply.size)
        return result_of(job, reply, Output(tail, reply.size, digest), joined=True)

    async def stop_job(self, job: Job) -> JobResult:
        """TERM to the command's group, KILL after `kill_after_s`; a job never claimed will never start."""
        return await self._stop(job, self._following(job))

    async def look(self, target: Target, command: Command) -> CommandResult:
        """Run a read-only command: no claim, no marker needed, the first 64 KiB of output.

        Raises HostUnreachable.
        """
        secrets = self._resolved(command)
        timeout, grace = keeper_limits(command)
        words = [*become_words(target, command.run_as), "sh", "-s", LOOK_TAG, "022", timeout, grace]
        text = keeper_text(target, command, secrets)
        nonce, begun = new_nonce(), time.monotonic()
        answer = await self._ssh.ask(
            target,
            f"echo {nonce}; {shlex.join(words)}",
            _encoded(text),
            within_s=int(timeout) + int(grace) + 5.0,
            bound=LOOK_BYTES,
        )
        exit_code, output = _seen(answer, nonce, self._mask(command))
        return CommandResult(exit_code=exit_code, output=output, seconds=round(time.monotonic() - begun, 3))

    async def contact(self, target: Target) -> Contact:
        """The keys that a host shows; with a pinned key also marker, epoch and system. It trusts nothing.

        To look with a key that a person has just accepted: `target.model_copy(update={"host_key": …})`.
        Raises HostUnreachable, HostKeyChanged.
        """
        keys = await self._ssh.host_keys(target)
        if not target.host_key:
            return Contact(host_keys=keys)
        reply = await self._ask_host(target, "look", None)
        marker, _, system = reply.words.partition("\n") if reply.body[:1] != b"\n" else ("", "", reply.words)
        return Contact(host_keys=keys, marker=marker or None, epoch=_epoch(reply), os=system)

    async def prepare(self, target: Target, epoch: int) -> Prepared:
        """Write the identity marker, state directory and epoch record. Again is the same as once.

        Raises ForeignHost when the machine carries another identity.
        """
        reply = await self._ask_host(target, "prepare", epoch)
        marker, _, system = reply.words.partition("\n")
        highest = _epoch(reply)
        assert highest is not None  # host.sh has just made one
        return Prepared(marker=marker, epoch=highest, first=reply.fields["first"] == "1", os=system)

    async def highest_epoch(self, target: Target) -> int | None:
        """The highest epoch that the host has seen. None: it has no record (law 5: unknown, not 0)."""
        return _epoch(await self._ask_host(target, "look", None))

    async def _follow(self, job: Job, following: Following, delivery: Delivery | None) -> JobResult:
        reply = await following.step("claim")
        joined = reply.fields.get("joined") != "0"
        while not following.is_whole(reply):
            if reply.state == "running" and delivery is not None:
                delivery.free_slot(following, reply)
            reply = await following.step("follow")
        return result_of(job, reply, await following.output(), joined)

    async def _stop(self, job: Job, following: Following) -> JobResult:
        reply = await self._ask(job, Question("signal", signal="TERM"))
        kill_at = time.monotonic() + job.command.kill_after_s
        while reply.state in ("running", "ended"):
            if reply.state == "running" and time.monotonic() >= kill_at:
                await self._ask(job, Question("signal", signal="KILL"))
            reply = await following.step("follow", slice_s=1)
            if following.is_whole(reply) or time.monotonic() > kill_at + UNKILLABLE_AFTER_S:
                break
        return result_of(job, reply, await following.output(), joined=True)

    def _following(self, job: Job) -> Following:
        return Following(job, lambda question: self._ask(job, question), self._logs, self._mask(job.command))

    async def _ask(self, job: Job, question: Question) -> Reply:
        nonce = new_nonce()
        secrets = self._resolved(job.command) if question.mode == "claim" else {}
        text = job_text(job, question, nonce, self._state_dir, secrets)
        answer = await self._ssh.ask(
            job.target,
            "sh -s",
            _encoded(text),
            within_s=question.slice_s + ANSWER_WITHIN_S,
            bound=CHUNK_BYTES + 65536,
            slow=question.slice_s > 0,
        )
        reply = parse_reply(job.target, answer.stdout, answer.stderr, nonce)
        error = why_not(job.target, job.name, reply)
        # A tombstone is an answer to those who look or stop, a refusal to those who want to run.
        if error is not None and not (reply.state == "superseded" and question.mode in ("find", "signal")):
            raise error
        return reply

    async def _ask_host(self, target: Target, mode: str, epoch: int | None) -> Reply:
        nonce = new_nonce()
        text = host_text(target, mode, nonce, self._state_dir, epoch)
        answer = await self._ssh.ask(target, "sh -s", _encoded(text), within_s=ANSWER_WITHIN_S, bound=65536)
        reply = parse_reply(target, answer.stdout, answer.stderr, nonce)
        if (error := why_not(target, None, reply)) is not None:
            raise error
        return reply

    def _mask(self, command: Command) -> Mask:
        """All that this worker knows: a program of a host may print a secret that it was not given by us."""
        return Mask([*self._resolved(command).values(), *self._secrets.known()])

    def _resolved(self, command: Command) -> dict[str, str]:
        return {variable: self._secrets.resolve(name) for variable, name in command.secret_env.items()}


def _seen(answer: Answer, nonce: str, mask: Mask) -> tuple[int | None, str]:
    """Exit code (None: timed out) and masked output of a look, without what login scripts printed before it."""
    _, _, output = answer.stdout.partition(f"{nonce}\n".encode())
    if len(answer.stdout) >= LOOK_BYTES:
        output = output[: len(output) - mask.undecided(output)]
    told = [line for line in answer.stderr.decode(errors="replace").splitlines() if line.startswith(KEEPER)]
    if not told:  # the command was never started: the words of sudo or of the shell say why
        output += answer.stderr
    timed_out = f"{KEEPER} fired" in told
    return None if timed_out else answer.exit_code, mask.apply(output).decode(errors="replace")


def _epoch(reply: Reply) -> int | None:
    text = reply.fields.get("epoch")
    return int(text) if text else None


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise HostFaulty(f"the order holds text that is not Unicode: {error.reason}") from None
