"""The errors of activities: one tree, two branches.

    Refusal   the world is not as the order says: no retry helps, a person must look (non-retryable)
    Trouble   the world did not answer as it should: try again

Expected outcomes (a step that failed, a job nobody knows the end of) are values, not errors.
A message is one line that names the place and the way out. `type` is stable: workflows and tests match it.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory


class Refusal(ApplicationError):
    """Not to be retried. `type` is the name of the class."""

    def __init__(self, message: str) -> None:
        super().__init__(message, type=type(self).__name__, non_retryable=True)


class HostKeyChanged(Refusal):
    """The host shows another key than the pinned one."""


class HostUnprepared(Refusal):
    """The host was never met (`muster prepare`): no pinned key, no marker or no epoch record."""


class ForeignHost(Refusal):
    """The host carries the marker of another estate, center or host (law 14)."""


class OldEpoch(Refusal):
    """The host has seen a higher epoch than the job carries (law 5)."""


class JobSuperseded(Refusal):
    """A later attempt of the step exists: this one will never start (law 4)."""


class SecretMissing(Refusal):
    """The worker has no secret of that name."""


class BadOrder(Refusal):
    """The order itself cannot be carried out: a bad regular expression, an unknown kind, a bad address."""


class EstateUnknown(Refusal):
    """No Estate workflow is there: `muster apply` registers the estate."""


class LeaseHeld(Refusal):
    """Another run holds the lease (law 10). The message says which."""


class HistoryGone(Refusal):
    """The server keeps no history of that run (any more)."""


class DnsRefused(Refusal):
    """The DNS server said no: the message holds its rcode."""


class JobRuns(ApplicationError):
    """No error: a delivery frees its slot, and the next one joins the job. Counts as no failure in metrics."""

    def __init__(self, message: str, come_back_after_s: float) -> None:
        super().__init__(
            message,
            type=type(self).__name__,
            category=ApplicationErrorCategory.BENIGN,
            next_retry_delay=timedelta(seconds=come_back_after_s),
        )


class WatchGoesOn(ApplicationError):
    """No error: this worker leaves, and the next delivery of a long look goes on where it stands."""

    def __init__(self) -> None:
        super().__init__(
            "the worker leaves; the watch goes on at the next one",
            type=type(self).__name__,
            category=ApplicationErrorCategory.BENIGN,
            next_retry_delay=timedelta(milliseconds=500),
        )


class Trouble(ApplicationError):
    """To be retried. `type` is the name of the class."""

    def __init__(self, message: str) -> None:
        super().__init__(message, type=type(self).__name__)


class HostUnreachable(Trouble):
    """No SSH connection: refused, timed out, or lost before the request was answered."""


class HostFaulty(Trouble):
    """The host answers, but cannot keep the record of a job: disk full, read-only home, no usable shell."""


class EarlierAttemptLives(Trouble):
    """An earlier attempt of the step may still live on the host (law 4)."""


class ServerUnreachable(Trouble):
    """A database, DNS, store or notice server did not answer."""


class ArchiveAway(Trouble):
    """The archive did not take or give a file."""


class RunGoesOn(Trouble):
    """A run, or a child of it, has not closed: it cannot be exported yet."""


class SqlFailed(Trouble):
    """The database answered, with an error: it lives. The message holds what it said."""
