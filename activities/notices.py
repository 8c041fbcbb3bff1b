"""Messages to people, by apprise. The one file that imports it.

A notice cannot be claimed (law 4): it is at least once, and each channel that got it is remembered by
this process, so that a retry goes to the others only.
"""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from collections import OrderedDict

import apprise
from apprise import NotificationManager
from temporalio import activity

from activities.errors import SecretMissing
from activities.models import Notice, Outcome, StepResult
from activities.secrets import Secrets

SEND_WITHIN_S = 10.0  # all channels together: no declaration waits for a mail server (law 9)
REMEMBERED = 10_000

# Their log lines hold addresses, and those are secrets (law 13).
for _name in ("apprise", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class Notices:
    """Sends to the channels of an audience, each counted apart."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._sent: OrderedDict[tuple[str, str], None] = OrderedDict()
        _load_plugins()

    async def send(self, notice: Notice) -> StepResult:
        """DONE when every channel has it, FAILED when one has not; channels are told by the names of their secrets."""
        began = time.monotonic()
        if not notice.channels:
            return _result(Outcome.SKIPPED, f"{notice.audience}: the plan names no channel", began)
        due = [channel for channel in notice.channels if (notice.dedup, channel) not in self._sent]
        if not due:
            return _result(Outcome.ALREADY, f"{notice.audience}: was sent before", began)
        reasons = await asyncio.gather(*[self._why_not_sent(channel, notice) for channel in due])
        failed = {channel: reason for channel, reason in zip(due, reasons, strict=True) if reason}
        return _counted(notice, failed, began)

    async def _why_not_sent(self, channel: str, notice: Notice) -> str | None:
        try:
            address = self._secrets.resolve(channel)
        except SecretMissing:
            return "this worker has no secret of that name"
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                reason = await _why_not_delivered(address, notice)
        except TimeoutError:
            return f"no answer within {SEND_WITHIN_S:g} s"
        except Exception as error:
            # A channel's surprise is its own, and its words may hold the address.
            return f"failed: {type(error).__name__}"
        if reason is None:
            self._remember(notice.dedup, channel)
        return reason

    def _remember(self, dedup: str, channel: str) -> None:
        self._sent[dedup, channel] = None
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)


def _load_plugins() -> None:
    """All of them take half a second: now, and not in the middle of a declaration."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what the plugins import
        NotificationManager().load_modules()  # type: ignore[no-untyped-call]


async def _why_not_delivered(address: str, notice: Notice) -> str | None:
    sender = apprise.Apprise()
    if not sender.add(address.strip()):
        return "its secret is no address that apprise knows"
    delivered = await sender.async_notify(
        body=notice.body, title=notice.title, body_format=apprise.NotifyFormat.TEXT
    )
    return None if delivered else "the other side did not take it"


def _counted(notice: Notice, failed: dict[str, str], began: float) -> StepResult:
    count = len(notice.channels)
    summary = f"{notice.audience}: {count - len(failed)} of {count} channels"
    if not failed:
        return _result(Outcome.DONE, summary, began)
    reasons = "; ".join(f"{channel}: {reason}" for channel, reason in failed.items())
    return _result(Outcome.FAILED, f"{summary}; {reasons}", began)


def _result(outcome: Outcome, summary: str, began: float) -> StepResult:
    return StepResult(outcome=outcome, summary=summary, seconds=time.monotonic() - began)


class NoticeActivities:
    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    @activity.defn
    async def send_notice(self, notice: Notice) -> StepResult:
        return await self._notices.send(notice)
