"""Runs that were started with an older release go on in this one: their histories replay without a difference."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker.main import WORKFLOWS, sandbox

HISTORIES = sorted(Path(__file__).parent.glob("*.json"))


def replayer() -> Replayer:
    return Replayer(workflows=WORKFLOWS, workflow_runner=sandbox(), data_converter=pydantic_data_converter)


def history(text: str) -> WorkflowHistory:
    kept = json.loads(text)
    return WorkflowHistory.from_json(kept["workflow_id"], kept["history"])


def test_there_is_one_of_each_workflow_that_lives_long() -> None:
    """A scenario without a recorded history would not be noticed below."""
    kinds = {path.stem.split("-", 1)[1] for path in HISTORIES}
    kept = {"declaration", "declaration-aborted", "service-run", "estate", "cleanup", "fence-watch"}
    assert kinds >= kept


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_replays(path: Path) -> None:
    """Nondeterminism would stop a run of that release for ever."""
    await replayer().replay_workflow(history(path.read_text()))


async def test_a_changed_flow_is_noticed() -> None:
    """The replay can fail: a history with a step missing does not pass."""
    path = next(path for path in HISTORIES if path.stem.endswith("-declaration"))
    text = path.read_text().replace('"name": "sight"', '"name": "look"')
    assert text != path.read_text()
    with pytest.raises(Exception, match=r"[Nn]ondeterminism"):
        await replayer().replay_workflow(history(text))
