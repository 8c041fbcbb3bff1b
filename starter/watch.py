"""`muster watch`: a run as it goes on, until it ends. Silence of server or workers is shown and outlasted."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from starter.client import Temporal
from starter.console import console, line, plain
from starter.documents.figures import placed_steps, service_of
from starter.documents.parts import Page
from starter.documents.times import Zone
from starter.errors import NoSuchRun, Refused
from starter.run_reading import read_run
from starter.run_ref import RunRef
from starter.seen import Seen
from workflows.run.record import Entry, RunRecord, State

# Each query is a workflow task of the control worker, which is busy when it counts.
LOOK_EVERY = 1.0  # seconds between two queries
DRAW_EVERY = 0.25  # seconds: clocks go on between two answers
STEPS_FRAME = 3  # rows around the steps: a blank one, the heading, the names of the columns
JOURNAL_FRAME = 2


@dataclass(frozen=True)
class Glance:
    """What is known now. `silent_since` and `why` are set while nobody answers."""

    seen: Seen | None
    silent_since: float | None = None
    why: str = ""


class Screen(Protocol):
    def draw(self, glance: Glance) -> None: ...


async def watch(temporal: Temporal, ref: RunRef, screen: Screen) -> Seen:
    """Until the run is over. The first look must succeed: a run that is not there is a refusal at once."""
    seen = await read_run(temporal, ref)
    # a run that is started later under the same id is another run
    pinned = RunRef(ref.workflow_id, seen.record.run_id)
    screen.draw(Glance(seen))
    if seen.is_over:
        return seen
    async for glance in _glances(temporal, pinned, seen):
        screen.draw(glance)
        if glance.seen is not None and glance.seen.is_over and glance.silent_since is None:
            return glance.seen
    raise AssertionError("a watch ends with the run")


async def _glances(temporal: Temporal, ref: RunRef, seen: Seen) -> AsyncIterator[Glance]:
    silent_since: float | None = None
    why = ""
    look = asyncio.create_task(read_run(temporal, ref))
    while True:
        done, _ = await asyncio.wait([look], timeout=DRAW_EVERY)
        if done:
            try:
                seen, silent_since = look.result(), None
            except NoSuchRun:
                raise
            except Refused as silence:
                silent_since, why = silent_since or time.time(), str(silence)
            look = asyncio.create_task(_later(temporal, ref))
        yield Glance(seen, silent_since, why)


async def _later(temporal: Temporal, ref: RunRef) -> Seen:
    await asyncio.sleep(LOOK_EVERY)
    return await read_run(temporal, ref)


def exit_code(seen: Seen) -> int:
    """0 when the run did what it was for or people called it off; 1 when it ended otherwise."""
    if seen.ended_badly:
        return 1
    return 0 if seen.record.state in (State.DONE, State.STOOD_DOWN) else 1


class LiveScreen:
    """A picture that is drawn anew, no higher than the terminal."""

    def __init__(self, out: Console | None = None) -> None:
        self._out = out or console()
        self._live = Live(console=self._out, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> LiveScreen:
        self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.__exit__(None, None, None)

    def draw(self, glance: Glance) -> None:
        if glance.seen is None:
            return
        over = glance.seen.is_over
        rows = 10_000 if over else self._out.height - 1
        self._live.update(Group(*picture(self._out, glance, rows)), refresh=True)


def picture(out: Console, glance: Glance, height: int) -> list[RenderableType]:
    """Head, waits and clocks always; the newest steps and journal lines in the rows that are left."""
    assert glance.seen is not None
    page = Page(glance.seen.record, time.time())
    fixed = [page.head(glance.seen.status), *_silence(page, glance)]
    fixed += [*page.waits(counting_down=True)]
    fixed += [part for part in (page.clocks(bars=True),) if part is not None]
    left = height - sum(len(out.render_lines(part)) for part in fixed)
    steps = min(len(placed_steps(page.record)), left // 2 - STEPS_FRAME)
    entries = left - JOURNAL_FRAME - (steps + STEPS_FRAME if steps > 0 else 0)
    after = (
        page.steps(steps) if steps > 0 else None,
        page.journal(entries, one_line=True) if entries > 0 else None,
    )
    return fixed + [part for part in after if part is not None]


def _silence(page: Page, glance: Glance) -> list[RenderableType]:
    if glance.silent_since is None:
        return []
    at = page.zone.clock(glance.silent_since)
    return [Text(page.words.line("no_answer", at=at, why=glance.why), "bold red")]


class PlainScreen:
    """One line for each new entry of the journal, and for each step of a child run; for pipes and logs."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._entries = 0
        self._told: set[tuple[str, ...]] = set()
        self._silent = False
        self._begun = False

    def draw(self, glance: Glance) -> None:
        if glance.seen is None:
            return
        page = Page(glance.seen.record, time.time())
        if not self._begun and not self._as_json:
            line(f"{plain(page.record.workflow_id)} · {page.record.run_id} · {page.zone.name}")
        self._begun = True
        self._say_silence(page, glance)
        for entry in self._news(glance.seen.record):
            line(self._line(page, entry))

    def _line(self, page: Page, entry: Entry) -> str:
        if self._as_json:
            return json.dumps(entry.model_dump(mode="json"), ensure_ascii=False)
        return page.entry(entry).plain

    def _news(self, record: RunRecord) -> Iterator[Entry]:
        own = record.journal[self._entries :]
        self._entries = len(record.journal)
        yield from sorted([*own, *self._of_children(record)], key=lambda entry: entry.at)

    def _of_children(self, record: RunRecord) -> Iterator[Entry]:
        """A child's journal stays with the child; the ends of its steps and its holds are told here."""
        for placed in placed_steps(record):
            step = placed.step
            if not placed.service or step.outcome is None or step.ended_at is None:
                continue
            if self._is_news(placed.workflow_id, step.name, str(step.attempt), step.outcome):
                text = f"{placed.service}: {step.name}: {step.outcome}: {step.summary}"
                yield Entry(at=step.ended_at, kind="step", text=text)
        for child in record.children:
            for wait in child.waits:
                if self._is_news(child.workflow_id, wait.name, str(wait.since)):
                    yield Entry(at=wait.since, kind="hold", text=f"{service_of(child)}: {wait.title}")

    def _is_news(self, *what: str) -> bool:
        news = what not in self._told
        self._told.add(what)
        return news

    def _say_silence(self, page: Page, glance: Glance) -> None:
        silent = glance.silent_since is not None
        if silent and not self._silent and not self._as_json:
            at = Zone.of(page.record.timezone).clock(glance.silent_since)
            line(page.words.line("no_answer", at=at, why=glance.why))
        self._silent = silent


async def watch_here(temporal: Temporal, ref: RunRef, *, as_json: bool) -> int:
    """On this terminal as a picture, into a pipe as lines. Returns the exit code."""
    out = console()
    if as_json or not out.is_terminal:
        return exit_code(await watch(temporal, ref, PlainScreen(as_json=as_json)))
    with LiveScreen(out) as screen:
        return exit_code(await watch(temporal, ref, screen))
