"""The report of a run, as markdown that a banker can read; made from the record alone (law 15)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from starter.console import plain
from starter.documents.figures import (
    clock_rows,
    commit_word,
    not_followed,
    placed_steps,
    spent,
    told,
    until_now,
    voices_at,
)
from starter.documents.rows import evidence_rows, loss_rows, override_lines
from starter.documents.times import Zone
from starter.documents.words import Words
from workflows.pages import details
from workflows.run.record import Entry, RunRecord, State, VoiceRecord

_TEMPLATES = Path(__file__).parent
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")


def markdown(
    record: RunRecord,
    now: float,
    *,
    note: str = "",
    doubt: str = "",
    digest: str = "",
    late: Sequence[Entry] = (),
) -> str:
    """`note`: the key of a line of `words` that says where the record is from, when it is not the archive.

    `doubt`: what is not known of it, or speaks against it.

    `digest`: SHA-256 of an archived record, for the footer. `late`: what came after that record was kept.
    """
    env = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - markdown, not HTML: `safe` escapes what is markup in both
    )
    env.filters["safe"] = safe
    env.filters["said"] = said
    facts = ReportFacts(record, now, late)
    text = env.get_template("report.md.j2").render(
        r=record, f=facts, w=facts.words, z=facts.zone, note=note, doubt=doubt, digest=digest
    )
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def safe(text: object) -> str:
    """Text of other people: one line, and no markup of markdown or HTML in it."""
    return _MARKDOWN.sub(r"\\\1", plain(text))


def said(entry: Entry) -> str:
    """The text of a journal line, without the name that stands beside it."""
    return entry.text.removeprefix(f"{entry.by}: ") if entry.by else entry.text


class ReportFacts:
    """What the template needs beyond the record: sentences and rows, in the record's language."""

    def __init__(self, record: RunRecord, now: float, late: Sequence[Entry] = ()) -> None:
        self._record = record
        self._now = now
        self.words = Words(record.language)
        self.zone = Zone.of(record.timezone)
        self.clocks = clock_rows(record, now)
        self.spent = spent(self.clocks)
        self.steps = placed_steps(record)
        self.journal = told(record)
        self.late = late

    @property
    def title(self) -> str:
        return f"{self.words('report')}: {self.words(self._record.scenario)} · {self._record.estate}"

    @property
    def sentences(self) -> list[str]:
        """What happened, in three sentences; what two people overrode stands among them (law 1)."""
        record, words = self._record, self.words
        key = "was_started" if record.old else "was_started_plain"
        started = words.line(
            key,
            at=self.zone.moment(record.started_at),
            by=record.started_by,
            scenario=words(record.scenario),
            old=record.old,
            reason=_unstopped(record.reason) or words("no_reason"),
        )
        people = words.line("was_decided", decided=self.decided, approved=self.approved)
        return [started, people, *self._overridden(), self._end()]

    def _overridden(self) -> list[str]:
        return [
            self.words.line(
                "was_overridden", people=", ".join(one.people), without=_unstopped(one.without or one.title)
            )
            for one in self._record.overrides
        ]

    @property
    def overrides(self) -> list[str]:
        return override_lines(self._record, self.words)

    def _end(self) -> str:
        record, words = self._record, self.words
        took = self.words.span(until_now(record, self._now))
        if record.state.is_end:
            return words.line(
                "has_ended", span=took, state=words(record.state), conclusion=_unstopped(record.conclusion)
            )
        return words.line("goes_on", span=took, state=words(record.state))

    @property
    def result(self) -> str:
        conclusion = f": {self._record.conclusion}" if self._record.conclusion else ""
        return f"{self.words(self._record.state)}{conclusion}"

    @property
    def decided(self) -> str:
        lines = [
            self.words.line(
                "decision",
                severity=voice.severity or ("yes" if voice.yes else "no"),
                by=voice.by,
                at=self.zone.clock(voice.at),
                reason=voice.reason or self.words("no_reason"),
            )
            for _, voice in voices_at(self._record, "severity")
        ]
        return "; ".join(lines) or self.words("nobody")

    @property
    def approved(self) -> str:
        """Who spoke; behind what they were asked, where that was more than one thing."""
        asked: dict[str, list[str]] = {}
        for opened, voice in voices_at(self._record, ""):
            asked.setdefault(opened.about, []).append(self._spoken(voice))
        if len(asked) < 2:
            return "; ".join(line for lines in asked.values() for line in lines) or self.words("nobody")
        return ". ".join(
            f"{about or self.words('approved')}: {'; '.join(lines)}" for about, lines in asked.items()
        )

    def _spoken(self, voice: VoiceRecord) -> str:
        return self.words.line(
            "agreed" if voice.yes else "disagreed",
            by=voice.by,
            at=self.zone.clock(voice.at),
            reason=voice.reason or self.words("no_reason"),
        )

    @property
    def committed(self) -> str:
        """How the commit window ended; "" where there was none."""
        return commit_word(self._record)

    @property
    def losses(self) -> list[str]:
        return [
            self.words.line(
                "dataset_loss" if one.upper_s is not None else "loss_unknown",
                dataset=one.dataset,
                loss=details.loss(one, self.words.language),
                verdict=self.words(one.loss_class),
                rpo=self.words.limit(one.rpo_s),
            )
            for one in self._record.estimates
        ]

    @property
    def against_rto(self) -> str:
        """Only a run that recovered can be within its RTO; one that stood down was never held against it."""
        rto = self._record.rto_s
        if not rto:
            return self.words("none")
        if self._record.state is not State.DONE:
            return self.words.limit(rto)
        verdict = self.words("within" if self.spent <= rto else "over")
        return self.words.line(
            "against", verdict=verdict, span=self.words.span(self.spent), rto=self.words.limit(rto)
        )

    @property
    def not_followed(self) -> list[str]:
        lines = [
            f"{self.zone.clock(entry.at)} {self.words(entry.kind)}: {_by(entry)}{said(entry)}"
            for entry in not_followed(self._record, self.late)
        ]
        more = self._record.refused - self._record.kept_refusals
        return [*lines, *(self._flood(more) if more > 0 else [])]

    def _flood(self, more: int) -> list[str]:
        """What was counted and not kept, by its kinds."""
        counted = [
            self.words.line(
                "refused_of_a_kind",
                count=one.count,
                kind=one.kind or self.words("message"),
                why=self.words(one.why),
                by=one.by or self.words("nobody_known"),
                first=self.zone.clock(one.first),
                last=self.zone.clock(one.last),
            )
            for one in self._record.refusals
        ]
        return [self.words.line("refused_more", count=more), *counted]

    @property
    def evidence(self) -> Any:
        return evidence_rows(self._record.evidence, self.words)

    @property
    def loss_rows(self) -> Any:
        return loss_rows(self._record.estimates, self.words)


def _by(entry: Entry) -> str:
    return f"{entry.by}: " if entry.by else ""


def _unstopped(sentence: str) -> str:
    """Without a full stop at its end: another follows."""
    return sentence.rstrip(" .")
