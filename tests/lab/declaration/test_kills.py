"""Laws 2, 4: what may die is killed in every phase of a declaration; it ends well and side effects are counted once.

One declaration for each victim. In every phase something stands still, in its middle or with its work done and not yet
told of, until the kill is over: no kill can miss its phase, and the run's own record and history prove it afterwards.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from deploy.site import CONTROL, Site, begin_anew
from deploy.site.standing import Gates
from deploy.site.workers import standing
from tests.lab.declaration.declaring import NEW, OLD
from tests.lab.declaration.gated import Gated
from workflows import names
from workflows.run.record import RunRecord

pytestmark = pytest.mark.lab

FENCE, PROMOTE = f"fence-{OLD}", "promote-core-banking.ledger"
SERVER = "server"
COMMAND = "command"  # the command at the device or host stands in its middle


@dataclass(frozen=True)
class Stand:
    """Where a phase stands still: an activity of a place's worker, or (no activity) people who have not spoken yet.

    `phase` is the record's; "" where its clock has ended: the activity alone proves that it was hit.
    """

    name: str
    phase: str
    place: str = ""
    activity: str = ""
    when: str = "after"


DETECT = Stand("detect", "detect", CONTROL, "fence_status", "before")
DECIDE, APPROVE = Stand("decide", "decide"), Stand("approve", "approve")
ACTING = (
    Stand(FENCE, "fence", CONTROL, "fence", COMMAND),
    Stand("drain", "verify", NEW, "drain_dataset"),
    Stand(PROMOTE, "promote", NEW, "promote_dataset", COMMAND),
    Stand("start", "start", NEW, "bring_up"),
    Stand("prove", "start", NEW, "prove_service"),
    Stand("switch", "switch", CONTROL, "move_dns"),
    Stand("tell", "", CONTROL, "send_notice"),  # beside the run: its clock ends before the last notice is out
    Stand("give back", "", CONTROL, "release_lease"),
    Stand("archive", "", CONTROL, "archive_run"),
)
PHASES = {stand.phase for stand in (DETECT, DECIDE, APPROVE, *ACTING)} - {""}


class Struck(Gated):
    """A declaration of which one part is killed again and again. `hits`: each stand, and when its kill was over."""

    def __init__(self, site: Site, client: Client) -> None:
        super().__init__(site, client)
        self.gates = {place: Gates(site.lab.layout.state / "gates" / place) for place in (CONTROL, NEW)}
        self.hits: list[tuple[Stand, float]] = []

    async def strike(self, stand: Stand, victim: str, following: Sequence[Stand] = ()) -> None:
        """Wait until the phase stands, kill, start again, let it go on as far as those stand that follow."""
        if stand.activity and stand.when != COMMAND:
            gates = self.gates[stand.place]

            def so(run: RunRecord) -> bool:
                return gates.stood(stand.activity) > 0

            await self.seen(so, f"{stand.name} does not stand", within=60, also_over=True)
        elif stand.activity:
            await self.stands(stand.name)
        for later in following:
            self.close(later)
        await asyncio.to_thread(self._kill, stand, victim)
        if stand.when == COMMAND:
            assert self.ended(stand.name) == 0
            self.open(stand.name)
        elif stand.activity:
            self.gates[stand.place].open(stand.activity)

    def _kill(self, stand: Stand, victim: str) -> None:
        if victim == SERVER:
            self.site.server.kill()
            self.hits.append((stand, time.time()))
            self.site.server.start()
            return
        worker = self.site.workers[victim]
        worker.kill()
        self.hits.append((stand, time.time()))
        if stand.place == victim and stand.when != COMMAND:
            self.gates[victim].open(stand.activity)  # its next delivery shall not stand again
        worker.start()
        worker.wait()

    def close(self, stand: Stand) -> None:
        """From now on it stands there; the gate of a command is closed from the beginning."""
        if stand.when != COMMAND:
            self.gates[stand.place].close(stand.activity, stand.when)

    async def assert_hit(self, record: RunRecord) -> None:
        """Each kill fell into its phase by the record's clock, and into its activity by the history."""
        spans = await self._spans()
        for stand, at in self.hits:
            clocks = [
                (one.started_at, one.ended_at or 0.0) for one in record.phases if one.name == stand.phase
            ]
            assert not stand.phase or _covers(clocks, at), (stand, at, record.phases)
            assert not stand.activity or _covers(spans[stand.activity], at), (
                stand,
                at,
                spans[stand.activity],
            )
        assert {one.name for one in record.phases} == PHASES | {"tell"}
        assert {stand.phase for stand, _ in self.hits} >= PHASES

    async def _spans(self) -> dict[str, list[tuple[float, float]]]:
        """When each activity was pending, by its name: of the run and of its services' runs."""
        found: dict[str, list[tuple[float, float]]] = {}
        for run in (self.run, *(names.service_run_id(self.run, one) for one in ("core-banking", "channel"))):
            history = await self.client.get_workflow_handle(run).fetch_history()
            scheduled = {event.event_id: event for event in history.events}
            for event in history.events:
                if began := scheduled.get(_ends(event)):
                    name = began.activity_task_scheduled_event_attributes.activity_type.name
                    found.setdefault(name, []).append((_time(began), _time(event)))
        return found


def _ends(event: HistoryEvent) -> int:
    """The event that scheduled the activity which this one ends, or 0."""
    return (
        event.activity_task_completed_event_attributes.scheduled_event_id
        or event.activity_task_timed_out_event_attributes.scheduled_event_id
        or event.activity_task_failed_event_attributes.scheduled_event_id
    )


def _time(event: HistoryEvent) -> float:
    return event.event_time.ToMicroseconds() / 1e6


def _covers(spans: list[tuple[float, float]], at: float) -> bool:
    return any(began < at < ended for began, ended in spans)


@pytest.fixture
async def struck(site: Site, client: Client) -> AsyncIterator[Struck]:
    """Workers that can stand, on a site that no run has touched."""
    made = Struck(site, client)
    before = {place: worker.argv for place, worker in site.workers.items()}
    for place, gates in made.gates.items():
        site.workers[place].argv = standing(before[place], gates.place)
    try:
        await begin_anew(site, client, made.changes)
        yield made
    finally:
        made.outside.stop()
        for gates in made.gates.values():
            for path in gates.place.glob("*"):
                path.unlink()
        for place, worker in site.workers.items():
            worker.argv = before[place]


@pytest.mark.parametrize("victim", [CONTROL, NEW, SERVER])
async def test_killed_in_every_phase(struck: Struck, victim: str) -> None:
    """The control worker, the worker of the new center, the Temporal server."""
    await struck.load(seconds=0.5)
    struck.lab.local_writer(OLD).start()
    struck.lose()
    struck.close(DETECT)
    await struck.declare()
    await struck.strike(DETECT, victim)
    await struck.wait_of("severity")
    await struck.strike(DECIDE, victim)
    await struck.decide()
    await struck.wait_of("declaration")
    await struck.approve_with(lambda: struck.strike(APPROVE, victim))
    for number, stand in enumerate(ACTING, 1):
        # Two: the lease is given back beside the last notices.
        await struck.strike(stand, victim, following=ACTING[number : number + 2])
    result = await struck.end()
    struck.first_write()
    truth = struck.truth()
    struck.tell(result, truth)
    await struck.assert_hit(result)
    assert struck.begun(PROMOTE) == 1
    assert not truth.both_sides_accepted_writes
    assert not [entry.text for entry in result.journal if entry.kind == "hold"]
    struck.assert_once()
    assert struck.is_archived(result), "the archive has no record of the run"
