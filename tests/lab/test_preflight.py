"""Where the lab cannot run, one line says so and what to do."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from deploy.lab import cli, preflight


def test_not_root_is_said_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command refuses alike, before it touches anything."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for command in ("up", "down", "status"):
        assert cli.main([command]) == 1
        assert capsys.readouterr().err == "lab: the lab needs root: run it with sudo\n"


def test_other_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Namespaces are Linux."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "needs Linux" in (preflight.why_not() or "")


def test_missing_commands_name_packages_that_the_set_up_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names Debian packages, all of them in the list that the set-up reads."""
    monkeypatch.setattr(shutil, "which", lambda *words, **more: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    listed = (Path(preflight.__file__).parent / "packages.txt").read_text().split()
    missing = preflight.missing_packages()
    assert {"knot", "nftables", "runit"} <= set(missing) <= set(listed)
    assert (
        preflight.why_not()
        == f"missing Debian packages: apt-get install -y --no-install-recommends {' '.join(missing)}"
    )
