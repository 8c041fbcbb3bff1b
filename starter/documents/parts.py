"""The parts of a record as the terminal shows them; each gives nothing to print when there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from starter.console import plain
from starter.documents.figures import PlacedStep, clock_rows, placed_steps, placed_waits, spent, until_now
from starter.documents.rows import command_for, evidence_rows, loss_rows, override_lines
from starter.documents.times import Zone
from starter.documents.words import Words
from workflows.run.record import Absent, Entry, RunRecord, Wait

STYLES = {
    "waiting": "bold yellow",
    "held": "bold red",
    "failed": "bold red",
    "aborted": "bold red",
    "terminated": "bold red",
    "unknown": "bold red",
    "refused": "red",
    "forced": "bold red",
    "skipped": "bold red",
    "override": "bold red",
    "changed": "yellow",
    "by hand": "yellow",
    "hold": "red",
    "warning": "yellow",
    "done": "green",
    "already": "green",
    "voice": "cyan",
    "order": "cyan",
    "phase": "bold",
    "end": "bold",
}
BAR = 24  # cells


class Page:
    """One record, at one moment, in its own language and time zone."""

    def __init__(self, record: RunRecord, now: float) -> None:
        self.record = record
        self.now = now
        self.words = Words(record.language)
        self.zone = Zone.of(record.timezone)

    # --- head

    def head(self, status: str = "running") -> RenderableType:
        record, words = self.record, self.words
        title = Text.assemble(
            (plain(record.workflow_id), "bold"), f" · {words(record.scenario)} · ", self.styled(record.state)
        )
        lines = [title, Text(self._direction()), Text(self._course())]
        if status not in ("running", "completed", "archived"):
            lines.append(Text(words.line("ended_by_server", status=status), "bold red"))
        return Group(*lines)

    def _direction(self) -> str:
        record = self.record
        way = f"{record.old} → {record.new}" if record.new and record.old else record.new or record.old
        epoch = f"{self.words('epoch')} {record.epoch}" if record.epoch else ""
        plan = f"{self.words('plan')} {record.plan_hash[:12]}"
        return plain(" · ".join(part for part in (way, ", ".join(record.services), epoch, plan) if part))

    def _course(self) -> str:
        record, words = self.record, self.words
        at = self.zone.moment(record.started_at)
        parts = [
            words.line("started", at=at, by=record.started_by, reason=record.reason or words("no_reason"))
        ]
        if record.ended_at is None:
            parts.append(words.line("so_far", span=self.words.span(until_now(record, self.now))))
        else:
            ended = words.line("ended", at=self.zone.clock(record.ended_at))
            parts.append(f"{ended}: {record.conclusion}" if record.conclusion.strip() else ended)
        return plain(" · ".join(parts))

    # --- waits

    def waits(self, *, counting_down: bool = False, commands: bool = True) -> list[RenderableType]:
        """What is awaited, from whom, until when, and what to type."""
        return [
            Padding(self._wait(owner if commands else "", wait, counting_down), (1, 0, 0, 0))
            for owner, wait in placed_waits(self.record)
        ]

    def _wait(self, owner: str, wait: Wait, counting_down: bool) -> RenderableType:
        style = STYLES["waiting" if wait.kind == "gate" else "held"]
        lines = [Text(plain(wait.title), style), Text(plain(self._asked(wait, counting_down)))]
        lines += [Text(f"- {plain(about)}") for about in wait.about]
        lines += [Text(command, "bold") for command in self._commands(owner, wait) if owner]
        return Padding(Group(*lines), (0, 0, 0, 2))

    def _asked(self, wait: Wait, counting_down: bool) -> str:
        words = self.words
        parts = []
        if wait.people:
            parts += [
                words.line("of_people", people=", ".join(wait.people)),
                words.line("votes", yes=wait.yes, quorum=wait.quorum, no=wait.no),
            ]
        if wait.proof:
            parts.append(words("with_code"))
        if wait.proving:
            parts.append(words.line("proving", people=", ".join(wait.proving)))
        if wait.pairs:
            parts.append(words.line("pairs", people=", ".join(wait.pairs)))
        parts += [self._away(one) for one in wait.absent]
        parts.append(words.line("since", at=self.zone.clock(wait.since)))
        if wait.until is not None and counting_down:
            parts.append(words.line("left", span=self.words.span(wait.until - self.now), then=wait.then))
        elif wait.until is not None:
            parts.append(words.line("until", at=self.zone.clock(wait.until), then=wait.then))
        if wait.token:
            parts.append(f"{words('token')} {wait.token}")
        return " · ".join(parts)

    def _away(self, one: Absent) -> str:
        if not one.deputy:
            return self.words.line("away", person=one.person, until=one.until)
        return self.words.line("away_deputy", person=one.person, until=one.until, deputy=one.deputy)

    def _commands(self, owner: str, wait: Wait) -> list[str]:
        return [
            plain(command)
            for paste in wait.send
            if (command := command_for(paste, owner, wait.name, self.record.workflow_id))
        ]

    def overrides(self) -> RenderableType | None:
        """Safety steps that people let be, in plain words (law 1)."""
        return self.lines("overrides", override_lines(self.record, self.words), "bold red")

    # --- clocks

    def clocks(self, *, bars: bool = False) -> RenderableType | None:
        rows = clock_rows(self.record, self.now)
        if not rows:
            return None
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        longest = max(row.seconds for row in rows) or 1.0
        for row in rows:
            after = _bar(row.seconds / longest) if bars else self._settled(row.settle_s)
            table.add_row(
                self.words(row.phase), self.words.span(row.seconds), Text(after, "cyan" if bars else "dim")
            )
        table.add_row(
            Text(self.words(self._sum()), "bold"),
            Text(self.words.span(spent(rows)), "bold"),
            self._against_rto(bars),
        )
        return self._section("clocks", [table])

    def _sum(self) -> str:
        return "sum_so_far" if self.record.ended_at is None else "sum"

    def _settled(self, seconds: float) -> str:
        return f"({self.words('settling')} {self.words.span(seconds)})" if seconds >= 0.05 else ""

    def _against_rto(self, bars: bool) -> Text:
        rto = self.record.rto_s
        if not rto:
            return Text("")
        share = spent(clock_rows(self.record, self.now)) / rto
        style = "bold red" if share > 1 else "yellow" if share > 0.75 else "green"
        bar = _bar(share) + " " if bars else ""
        words = f"{share * 100:.0f} % / RTO {self.words.limit(rto)}"
        return Text(bar + words, style)

    # --- what it rests on

    def evidence(self) -> RenderableType | None:
        if not self.record.evidence:
            return None
        at = self.zone.clock(max(seen.at for seen in self.record.evidence))
        return self._section(
            "evidence", [self._table(*evidence_rows(self.record.evidence, self.words))], f" ({at})"
        )

    def losses(self) -> RenderableType | None:
        if not self.record.estimates:
            return None
        rows = loss_rows(self.record.estimates, self.words)
        return self._section("losses", [self._table(*rows)])

    def lines(self, heading: str, lines: list[str], style: str = "") -> RenderableType | None:
        if not lines:
            return None
        return self._section(heading, [Text(f"- {plain(line)}", style) for line in lines])

    # --- what was done

    def steps(self, newest: int | None = None) -> RenderableType | None:
        """With `newest`: so many, each on one line; else all, in full."""
        placed = placed_steps(self.record)
        if not placed:
            return None
        keys = (
            ("step", "outcome", "seconds", "detail")
            if newest
            else ("step", "what", "outcome", "seconds", "detail")
        )
        table = self._columns(*keys, one_line=newest is not None)
        for one in placed[-newest:] if newest else placed:
            cells = self._step(one)
            table.add_row(*(cells[key] for key in keys))
        return self._section("steps", [table], self._of_all(newest, len(placed)))

    def _step(self, one: PlacedStep) -> dict[str, RenderableType]:
        step = one.step
        took = step.ended_at - step.started_at if step.ended_at is not None else None
        name = f"{one.service}: {step.name}" if one.service else step.name
        return {
            "step": plain(name) + (f" ({step.attempt})" if step.attempt > 1 else ""),
            "what": plain(step.title),
            "outcome": self.styled(step.outcome or "going on"),
            "seconds": f"{took:.1f}" if took is not None else "",
            "detail": plain(step.summary),
        }

    def journal(self, newest: int, *, one_line: bool = False) -> RenderableType | None:
        entries = self.record.journal[-newest:]
        if not entries:
            return None
        lines = [self.entry(entry) for entry in entries]
        if one_line:
            for line in lines:
                line.no_wrap, line.overflow = True, "ellipsis"
        return self._section("journal", lines, self._of_all(newest, len(self.record.journal)))

    def entry(self, entry: Entry) -> Text:
        """One line of the journal."""
        by = f"{entry.by} " if entry.by and not entry.text.startswith(entry.by) else ""
        kind = _padded(self.words(entry.kind), 9 if self.record.language == "en" else 14)
        text = self.words(entry.text) if entry.kind == "phase" else entry.text
        return Text.assemble(
            (self.zone.clock(entry.at), "dim"),
            "  ",
            (kind, STYLES.get(entry.kind, "")),
            " ",
            plain(by + text),
        )

    def styled(self, word: str) -> Text:
        return Text(self.words(word), STYLES.get(word, ""))

    def _of_all(self, newest: int | None, count: int) -> str:
        if newest is None or count <= newest:
            return ""
        line = self.words.line("newest", shown=newest, all=count, run=self.record.workflow_id)
        return f" ({line})"

    def _section(self, heading: str, parts: Iterable[RenderableType], more: str = "") -> RenderableType:
        title = Text.assemble((self.words(heading), "bold"), (more, "dim"))
        return Padding(
            Group(title, *(Padding(part, (0, 0, 0, 2)) for part in parts)),
            (1, 0, 0, 0),
            expand=False,
        )

    def _table(self, head: list[str], rows: list[list[str]]) -> Table:
        table = self._columns(*head)
        for row in rows:
            table.add_row(*(plain(value) for value in row))
        return table

    def _columns(self, *keys: str, one_line: bool = False) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        for key in keys:
            table.add_column(self.words(key), overflow="ellipsis" if one_line else "fold", no_wrap=one_line)
        return table


def _bar(share: float) -> str:
    full = round(min(max(share, 0.0), 1.0) * BAR)
    return "━" * full + "╌" * (BAR - full)


def _padded(text: str, cells: int) -> str:
    """To a width in terminal cells: Korean letters take two."""
    from rich.cells import cell_len

    return text + " " * max(cells - cell_len(text), 0)
