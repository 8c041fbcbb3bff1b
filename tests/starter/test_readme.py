"""What the README says of the command line, of variables and of the server is what the code has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from deploy.dev.temporal_cli import OLDEST_SERVER
from starter.cli import app
from starter.settings import Settings as StarterSettings
from worker.settings import Settings as WorkerSettings
from workflows.names import SEARCH_ATTRIBUTES

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text()


def commands(group: Any, words: str = "muster") -> Iterator[tuple[str, str]]:
    """As the parser has them: what is typed, and the first sentence of its help."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, f"{words} {name}")
            continue
        arguments = [param.metavar for param in command.params if param.param_type_name == "argument"]
        needed = [
            f"{param.opts[0]} …"
            for param in command.params
            if param.param_type_name == "option" and param.required
        ]
        yield " ".join([words, name, *arguments, *needed]), command.help.split("\n")[0].rstrip(".")


def rows() -> list[str]:
    """The lines of the README's table."""
    escaped = ((typed.replace("|", "\\|"), does) for typed, does in commands(typer.main.get_command(app)))
    return [f"| `{typed}` | {does} |" for typed, does in escaped]


def test_the_table_of_commands_is_the_parsers() -> None:
    """In this order, none more and none less; what is not there yet is not in it."""
    table = README.partition("| command | does |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    assert table == rows()


def test_the_search_attributes_are_the_workers() -> None:
    """The line that registers them at a server of one's own: all of them, each a keyword."""
    line = README.partition("temporal operator search-attribute create ")[2].partition("\n```")[0]
    named = re.findall(r"--name (\w+) --type Keyword", line)
    assert named == [key.name for key in SEARCH_ATTRIBUTES]
    assert f"server {'.'.join(map(str, OLDEST_SERVER))} or newer" in README


def test_variables_are_there() -> None:
    """Every MUSTER_* that the README names is read by somebody, and what a worker is told stands there."""
    named = {name.lower() for name in re.findall(r"\bMUSTER_([A-Z_]*[A-Z])\b", README)}
    assert named <= {*StarterSettings.model_fields, *WorkerSettings.model_fields}
    assert {"user", "estate", "secrets", "store", "archive", "state"} <= named


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert "tests/README.md" in targets
    assert [target for target in targets if not (PROJECT / target).exists()] == []
