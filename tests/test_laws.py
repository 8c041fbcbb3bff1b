"""Each law has its tests, named in a table; and what law 7 asks of the first drill."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from starter.errors import WrongUsage
from starter.starting import need_scenario
from worker.main import WORKFLOWS

TESTS = Path(__file__).parent
PROJECT = TESTS.parent
LAWS = range(1, 19)
ROW = re.compile(r"^\| (\d+) \|.*\| (.*) \|$", re.MULTILINE)
NODE = re.compile(r"`([\w/]+\.py)::(\w+)`")
# What fences, promotes, moves names or writes to customers, by the file that can.
HURTS = {
    "fence.fencing",
    "fence.lifting",
    "fence.watch_start",
    "fence.watching",
    "recovery.data",
    "recovery.notices",
    "recovery.traffic",
}
# The kinds of runs that reach some of it; whatever else a worker runs reaches nothing of it.
MAY_HURT = {
    "declaration": HURTS,
    "cleanup": HURTS - {"recovery.data", "recovery.traffic"},  # lifts a fence, promotes nothing
    "fence_watch": {"fence.fencing"},
    "estate.estate": {"fence.watch_start"},
}


def table(text: str) -> dict[int, list[tuple[str, str]]]:
    """The tests of each law: path below `tests/`, name."""
    return {int(law): NODE.findall(tests) for law, tests in ROW.findall(text)}


def collected(path: Path) -> set[str]:
    """What pytest collects of a file: its functions named test_…"""
    body = ast.parse(path.read_text()).body if path.is_file() else []
    found = [one.name for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {name for name in found if name.startswith("test_")}


def problems(text: str) -> list[str]:
    """What is wrong with the table, a line each."""
    found = table(text)
    missing = [f"law {law} has no test" for law in LAWS if not found.get(law)]
    gone = [
        f"law {law}: {path}::{name} is not there"
        for law, nodes in found.items()
        for path, name in nodes
        if name not in collected(TESTS / path)
    ]
    return missing + gone


def test_each_law_has_its_tests() -> None:
    """A law without a test, or with one that was renamed, is a wish."""
    text = (TESTS / "README.md").read_text()
    assert sorted(table(text)) == list(LAWS)
    assert problems(text) == []


def test_a_hole_in_the_table_is_found() -> None:
    """The check can fail: a row that is gone, a test that is gone."""
    text = (TESTS / "README.md").read_text()
    assert problems(re.sub(r"^\| 9 \|.*\n", "", text, flags=re.MULTILINE)) == ["law 9 has no test"]
    renamed = text.replace("::test_direction_is_the_estates", "::test_direction_is_a_role")
    assert len(problems(renamed)) == 1


def imported(module: str, seen: set[str]) -> set[str]:
    """The modules of `workflows`, by dotted names within it, that one imports, directly or not."""
    path = PROJECT.joinpath("workflows", *module.split(".")).with_suffix(".py")
    folder = path.with_suffix("") / "__init__.py"
    if module in seen or not (path.is_file() or folder.is_file()):
        return seen
    seen.add(module)
    text = (path if path.is_file() else folder).read_text()
    for one in ast.walk(ast.parse(text)):
        if isinstance(one, ast.ImportFrom):
            for name in _named(module, one):
                imported(name, seen)
    return seen


def _named(module: str, one: ast.ImportFrom) -> list[str]:
    """What one line imports: the module that it names, and names in it that may be modules too."""
    if one.level:
        above = f"{module}.{one.module}" if one.module else module
    elif one.module == "workflows":
        return [alias.name for alias in one.names]
    elif (one.module or "").startswith("workflows."):
        above = (one.module or "").partition(".")[2]
    else:
        return []
    return [above, *(f"{above}.{alias.name}" for alias in one.names)]


def test_a_drill_composes_nothing_that_can_hurt() -> None:
    """Law 7: no fence, no promotion, no names, no customers from a drill's code, whatever its file is called.

    A run of a new kind that is to reach them is named in `MAY_HURT` by somebody who has read law 7.
    """
    assert imported("declaration", set()) >= HURTS, "a file was renamed: this would show nothing"
    kinds = {kind.__module__ for kind in WORKFLOWS}
    assert all(kind.startswith("workflows.") for kind in kinds), "and this would not see it"
    reached = {kind: imported(kind.removeprefix("workflows."), set()) & HURTS for kind in sorted(kinds)}
    more = {
        kind: found - MAY_HURT.get(kind.removeprefix("workflows."), set()) for kind, found in reached.items()
    }
    assert not any(more.values()), more
    assert "drill" not in MAY_HURT


def test_no_drill_can_be_started_yet() -> None:
    """Law 7: until the code of a drill is apart and isolation is proven, there is no way to start one."""
    with pytest.raises(WrongUsage, match="not yet there"):
        need_scenario("drill")
    assert "Drill" not in {one.__name__ for one in WORKFLOWS}
