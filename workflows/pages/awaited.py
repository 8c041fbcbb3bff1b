"""What a run waits for, first on its page: from whom, until when, what is at stake, and the very JSON to send."""

from __future__ import annotations

import json

from workflows.pages.evidence import loss_against
from workflows.pages.markdown import BREAK, block, code, line, listed, numbered
from workflows.pages.page import Page
from workflows.run.record import Absent, VoiceRecord, Wait

MOST_WAITS = 20
MOST_PEOPLE = 20
MOST_BLOCKS = 6  # people who find their own JSON; more put in their name
MOST_ACTIONS = 8
LONGEST_TITLE = 160
LONGEST_JSON = 2_000


def waits(page: Page) -> list[str]:
    """The run's own first. A child's names the run that takes the signal: it is steered there."""
    record = page.record
    found = [part for wait in record.waits[:MOST_WAITS] for part in _wait(page, wait, "")]
    of_children = [(child.workflow_id, wait) for child in record.children for wait in child.waits]
    room = max(MOST_WAITS - len(record.waits), 0)
    found += [part for run, wait in of_children[:room] for part in _wait(page, wait, run)]
    more = len(record.waits) + len(of_children) - MOST_WAITS
    return [*found, *([f"**{page.say('page_more_waits', count=more)}**"] if more > 0 else [])]


def _wait(page: Page, wait: Wait, run: str) -> list[str]:
    if wait.kind == "gate":
        return _gate(page, wait)
    head = [
        f"## {page.say('page_held')}",
        f"**{line(wait.title)}**",
        _limits(page, wait),
        *_codes(page, wait),
    ]
    return ["\n\n".join([*head, *_orders(page, wait, run)])]


def _gate(page: Page, wait: Wait) -> list[str]:
    record = page.record
    title = page.say("page_waits", title=line(wait.title, LONGEST_TITLE))
    stakes = [listed("", wait.about[:MOST_ACTIONS])] if wait.about else _actions(page)
    parts = [
        f"## {title}",
        _terms(page, wait),
        *stakes,
        *(f"⚠ **{line(warning)}**" for warning in record.warnings[:MOST_ACTIONS]),
        *_answers(page, wait),
    ]
    return [part for part in parts if part]


def _actions(page: Page) -> list[str]:
    record = page.record
    return [
        numbered(f"**{page.say('page_will_do')}**", record.will_do[:MOST_ACTIONS]),
        listed(f"**{page.say('page_will_stop')}**", record.will_stop[:MOST_ACTIONS]),
    ]


def _terms(page: Page, wait: Wait) -> str:
    """From whom, who spoke, until when, what would be lost."""
    record = page.record
    people = ", ".join(wait.people[:MOST_PEOPLE])
    lines = [
        f"**{page.say('page_from')}:** "
        + line(page.say("page_asked", quorum=wait.quorum, people=people or page.word("nobody"))),
        *_absent(page, wait),
        f"**{page.say('page_heard')}:** {_heard(page, wait)}",
        _limits(page, wait),
        f"**{page.say('page_token')}:** {code(wait.token)}",
    ]
    if record.estimates and not record.is_undone:
        lost = "; ".join(loss_against(page, one) for one in record.estimates[:MOST_ACTIONS])
        lines.append(f"**{page.say('page_loss_now')}:** {lost}")
    return BREAK.join(lines)


def _limits(page: Page, wait: Wait) -> str:
    if wait.until is None:
        return f"**{page.say('page_since')}:** " + page.say("page_no_limit", at=page.at(wait.since))
    until = page.say("page_until_then", at=page.at(wait.until), then=wait.then)
    return f"**{page.say('page_until')}:** {line(until)}"


def _heard(page: Page, wait: Wait) -> str:
    said = [f"{_speaker(page, voice)} {_said(page, voice)}" for voice in _voices(page, wait)]
    said += [page.say("page_proving", person=name) for name in wait.proving[:MOST_PEOPLE]]
    return line(", ".join(said) or page.word("nobody"))


def _absent(page: Page, wait: Wait) -> list[str]:
    """Who is away, and who may speak for them."""
    return [line(_away(page, one)) for one in wait.absent[:MOST_PEOPLE]]


def _away(page: Page, one: Absent) -> str:
    if not one.deputy:
        return page.say("page_absent", person=one.person, until=one.until)
    return page.say("page_absent_deputy", person=one.person, until=one.until, deputy=one.deputy)


def _speaker(page: Page, voice: VoiceRecord) -> str:
    return page.say("page_for", by=voice.by, seat=voice.seat) if voice.seat else voice.by


def _said(page: Page, voice: VoiceRecord) -> str:
    return voice.severity or page.word("yes" if voice.yes else "no")


def _voices(page: Page, wait: Wait) -> list[VoiceRecord]:
    return [voice for opened in page.record.rounds if opened.token == wait.token for voice in opened.voices]


def _answers(page: Page, wait: Wait) -> list[str]:
    """One block for each person who has not spoken: what is pasted is taken as it stands."""
    if not wait.send:
        return []
    signals = " / ".join(f"**{line(paste.signal)}**" for paste in wait.send)
    how = f"**{page.say('page_answer')}:** " + page.say("page_how", signals=signals)
    if any(paste.signal == "decide" for paste in wait.send):
        how += " " + page.say("page_severities")
    return [" ".join([how, *_codes(page, wait)]), *_blocks(page, wait)]


def _codes(page: Page, wait: Wait) -> list[str]:
    """Where the message carries a one-time code."""
    found = [page.say("page_code")] if wait.proof else []
    if wait.pairs:
        found.append("⚠ " + line(page.say("page_pairs", people=", ".join(wait.pairs[:MOST_PEOPLE]))))
    return found


def _blocks(page: Page, wait: Wait) -> list[str]:
    """Signals of one gate take the same message: a yes and a no differ in their name alone."""
    texts = list(dict.fromkeys(paste.json_text for paste in wait.send))
    spoke = {voice.by for voice in _voices(page, wait)}
    left = [name for name in wait.people if name not in spoke]
    if not 0 < len(left) <= MOST_BLOCKS:
        return [_block(page, text) for text in texts]
    return [f"{line(name)}:\n{_block(page, _of(text, name))}" for text in texts for name in left]


def _of(json_text: str, name: str) -> str:
    """The message as one person would send it."""
    try:
        content = json.loads(json_text)
    except (ValueError, RecursionError):
        return json_text
    if not isinstance(content, dict):
        return json_text
    return json.dumps(content | {"by": name, "reason": ""}, ensure_ascii=False)


def _orders(page: Page, wait: Wait, run: str) -> list[str]:
    """An operator's orders, to this run or to the child that owns the step; those of one message together."""
    texts = dict.fromkeys(paste.json_text for paste in wait.send)
    return [_order(page, wait, text, run) for text in texts]


def _order(page: Page, wait: Wait, json_text: str, run: str) -> str:
    verbs = [paste.signal for paste in wait.send if paste.json_text == json_text]
    signal = " / ".join(f"**{line(verb)}**" for verb in verbs)
    here = page.say("page_how_here", signal=signal)
    how = page.say("page_how_child", run=code(run), signal=signal) if run else here
    return f"{how}\n{_block(page, json_text)}\n{_typed(page, wait, verbs, run)}".rstrip()


def _typed(page: Page, wait: Wait, verbs: list[str], run: str) -> str:
    """The same on the command line."""
    if wait.kind != "step":
        return ""
    where = page.record.workflow_id if verbs == ["abort"] or not run else run
    step = "" if verbs == ["abort"] else f" {wait.name}"
    return "\n".join(code(f"muster {verb} {where}{step} --reason WHY --as NAME") for verb in verbs)


def _block(page: Page, json_text: str) -> str:
    return block(json_text) if len(json_text) <= LONGEST_JSON else f"({page.say('page_too_long')})"
