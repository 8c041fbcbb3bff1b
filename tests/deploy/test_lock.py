"""The lock is what every machine installs: complete, with hashes, and the same wherever it is used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
WANTED: list[str] = PROJECT["dependencies"] + [line for extra in EXTRAS.values() for line in extra]

# A requirement and its continuation lines.
ENTRIES: list[str] = re.findall(r"^[a-zA-Z0-9](?:.*\\\n)*.*$", LOCK, re.MULTILINE)
VERSIONS = {
    canonicalize_name(name): version
    for name, version in (entry.split(maxsplit=1)[0].split("==") for entry in ENTRIES)
}


def test_lock_names_no_place() -> None:
    """Versions and hashes, no addresses: where packages come from is the machine's business."""
    instructions = [line for line in LOCK.splitlines() if not line.strip().startswith("#")]
    assert [line for line in instructions if re.search(r"://|/| @ |^-", line)] == []
    assert "http" not in LOCK
    assert "file://" not in LOCK


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.split("==")[0])
def test_every_requirement_has_a_hash(entry: str) -> None:
    """A file that is not the one that was locked is refused."""
    assert re.fullmatch(r"\S+==\S+( ;[^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+", entry)


@pytest.mark.parametrize("line", WANTED)
def test_lock_fits_the_project(line: str) -> None:
    """`make lock` follows every change of pyproject.toml."""
    requirement = Requirement(line)
    version = VERSIONS[canonicalize_name(requirement.name)]
    assert version in requirement.specifier


def test_lock_says_how_it_is_made() -> None:
    assert "#    make lock" in LOCK.splitlines()[:6]
