"""What stands on a run's page from its start: its title, who began it, and how people take part."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.pages.markdown import code, line
from workflows.texts import cut, text, word


def title(language: str, scenario: str, estate: str, reason: str) -> str:
    """Scenario, estate, reason, no longer than the server takes."""
    return cut(f"{word(language, scenario)} · {estate} · {reason}")


def introduction(
    language: str, *, by: str, reason: str, plan_hash: str, services: Iterable[str], center: str | None
) -> str:
    """Markdown, for people who may never have seen the Temporal Web UI."""
    lines = [
        text(language, "intro_started", by=line(by), reason=line(reason)),
        text(language, "intro_services", services=line(", ".join(services))),
    ]
    if center:
        lines.append(text(language, "intro_center", center=line(center)))
    lines.append(text(language, "page_plan", plan=code(plan_hash)))
    how = [text(language, "intro_read"), text(language, "intro_answer"), text(language, "intro_stop")]
    taking_part = [f"### {text(language, 'intro_how')}", *(f"{n}. {one}" for n, one in enumerate(how, 1))]
    return "\n".join(lines) + "\n\n" + "\n".join(taking_part)
