"""Who looks at a site when a declaration is over: from outside, and at what is kept of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import dns.exception
import dns.message
import dns.query
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from activities.archive import Archive, ExportOrder, RunExporter
from deploy.chaos import histories
from deploy.chaos.histories import Told
from deploy.chaos.schedule import NEW, OLD
from deploy.lab import kernel
from deploy.lab.errors import LabError
from deploy.lab.layout import ZONE
from deploy.site import Site
from workflows import names
from workflows.epilogue import closed_from_outside
from workflows.run.record import RunRecord

LASTING = {"Estate", "FenceWatch"}  # runs that outlive a declaration
CLOSED_WITHIN = 25.0  # seconds until a center that came back is fenced again


class Witness:
    """Of one run that is over. `disaster_at`: a wall time."""

    def __init__(self, site: Site, client: Client, record: RunRecord, disaster_at: float) -> None:
        self._site, self._lab, self._client = site, site.lab, client
        self._record = record
        self._disaster_at = disaster_at

    def first_write(self) -> float | None:
        try:
            return self._lab.outside_client().wait_for_write(NEW, since=self._disaster_at, timeout=15).acked
        except LabError:
            return None

    def name_at(self) -> str:
        address = self._resolved(f"www.{ZONE}", "A")
        return next((c for c in self._lab.layout.centers if self._lab.layout.web(c) == address), address)

    def name_epoch(self) -> int | None:
        """The epoch that the move of the name left beside it, where every later move must find it."""
        number = self._resolved(f"_muster-epoch.www.{ZONE}", "TXT").strip('"')
        return int(number) if number.isdecimal() else None

    def _resolved(self, name: str, type_: str) -> str:
        """ "" for nothing, and for no answer."""
        try:
            answer = dns.query.udp(dns.message.make_query(name, type_), self._lab.layout.dns, timeout=2)
        except (OSError, dns.exception.DNSException):
            return ""
        return str(answer.answer[0][0]) if answer.answer else ""

    def host_epochs(self) -> dict[str, int]:
        """The highest epoch that each host of the new center has on its disk."""
        found = {}
        for host in self._lab.layout.hosts_of(NEW):
            try:
                listed = self._lab.run_in(host.label, ["sh", "-c", "ls -d /home/muster/.muster/*/epochs/*"])
            except LabError:
                continue
            found[host.label] = max(int(line.rpartition("/")[2]) for line in listed.split())
        return found

    def report(self) -> tuple[str, list[str]]:
        """The report as people read it, from the archive alone, and why there is none or it is not whole."""
        ref = f"{self._record.workflow_id}#{self._record.run_id}"
        words = [("report", ref), ("report", ref, "--verify")]
        with ThreadPoolExecutor(len(words)) as pool:
            read, verified = pool.map(lambda one: self._site.muster(*one, check=False), words)
        failed = [one for one in (read, verified) if one.returncode != 0]
        return read.stdout, [f"no report: {one.stderr.strip()}" for one in failed]

    async def why_not_kept(self) -> list[str]:
        """Why the archive does not take what has closed. A control worker does the same, every minute."""
        exporter = RunExporter(self._client, Archive(str(self._site.archive)), closed_from_outside)
        ref = self._record
        try:
            await exporter.export(ExportOrder(workflow_id=ref.workflow_id, run_id=ref.run_id))
        except ApplicationError as why:
            return [f"not in the archive: {why.message}"]
        return []

    async def is_watched(self) -> bool:
        watch = self._client.get_workflow_handle(names.fence_watch_id(self._site.estate, OLD))
        try:
            return (await watch.describe()).status is WorkflowExecutionStatus.RUNNING
        except RPCError:
            return False

    def customers_told(self) -> list[float]:
        """When their channel was written to."""
        return [one["at"] for one in self._lab.notices() if one["path"].strip("/") == "customers"]

    def open_at_old(self) -> list[str]:
        """What of the old center is not fenced: hosts with power, the way through the edge."""
        on = [h.label for h in self._lab.layout.hosts_of(OLD) if self._lab.machines.is_on(h)]
        return on if self._lab.network.is_blocked(OLD) else [*on, "the edge"]

    async def closed_again(self) -> None:
        """Until whoever watches the fence has closed what came back, a while at most (`open_at_old` tells)."""
        deadline = time.monotonic() + CLOSED_WITHIN
        while self.open_at_old() and time.monotonic() < deadline:
            await asyncio.sleep(0.2)

    def proof_and_move(self, told: Sequence[Told]) -> tuple[int | None, int | None]:
        """Events of the run: the first proof that was good, and the first move of a name."""
        events = next((one.history.events for one in told if one.workflow_id == self._record.workflow_id), [])
        return histories.first_good(events, "prove_service"), histories.first(events, "move_dns")

    async def open_runs(self) -> list[str]:
        found = []
        async for one in self._client.list_workflows('ExecutionStatus = "Running"'):
            mine = one.id.startswith(f"{self._site.estate}/") and one.workflow_type not in LASTING
            # Visibility may be a moment behind: the run itself is asked.
            if mine and (await self._client.get_workflow_handle(one.id).describe()).status == one.status:
                found.append(f"{one.workflow_type} {one.id}")
        return found

    def jobs_alive(self) -> list[str]:
        """Programs of jobs on the hosts of the new center: each has the path of its claim in its command line."""
        layout = self._lab.layout
        spaces = kernel.processes([layout.namespace_of(host) for host in layout.hosts_of(NEW)])
        return [
            f"{space}: {words}"
            for space, pids in spaces.items()
            for words in map(_command_line, pids)
            if "/.muster/" in words and "/go " in f"{words} "
        ]


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""
