"""What workflows ask of guards: to install one, and to stop, look at and resume its renewing at a place."""

from __future__ import annotations

from temporalio import activity

from activities.errors import ForeignHost, HostFaulty
from activities.guarding import words
from activities.guarding.renewer import Renewer
from activities.models import Command, CommandResult, GuardOrder, GuardsOrder, GuardView
from activities.remote import Remote
from activities.remote.jobs import marker_of

INSTALL_S = 20.0


class GuardActivities:
    def __init__(self, renewer: Renewer, remote: Remote) -> None:
        self._renewer = renewer
        self._remote = remote

    @activity.defn
    async def stop_renewing(self, order: GuardsOrder) -> list[GuardView]:
        """From here on this place begins no renewal; asked again, how long until its last lease is over."""
        return self._renewer.stop(order.guards, order.by)

    @activity.defn
    async def view_guards(self, order: GuardsOrder) -> list[GuardView]:
        """What this renewer knows; nothing is stopped by it."""
        return [self._renewer.view(one) for one in order.guards]

    @activity.defn
    async def resume_renewing(self, order: GuardsOrder) -> None:
        """What this run stopped; what another one stopped since stays so."""
        self._renewer.resume(order.guards, order.by)

    @activity.defn
    async def guard_installed(self, order: GuardOrder) -> bool:
        """Whether the host has this program with these terms; not whether it runs."""
        seen = await self._run(order, words.installed_line(order))
        return seen.output.strip() == words.digest_of(order)

    @activity.defn
    async def install_guard(self, order: GuardOrder) -> None:
        """Program and terms, as root, where the host carries its marker (law 14). Again is the same as once."""
        marker = (await self._remote.contact(order.target)).marker
        if marker != marker_of(order.target):
            raise ForeignHost(f"{order.target.label} carries the marker {marker!r}: muster prepare first")
        done = await self._run(order, words.install_text(order))
        if done.exit_code != 0:
            told = " ".join(done.output.split())[:200]
            raise HostFaulty(f"{order.target.label}: the guard is not installed: {told}")

    async def _run(self, order: GuardOrder, text: str) -> CommandResult:
        return await self._remote.look(
            order.target, Command(run=text, run_as=order.run_as, timeout_s=INSTALL_S)
        )
