"""How people name a run: `ESTATE/SCENARIO`, `ESTATE/SCENARIO/SERVICE` for a child, `#RUNID` for one of several."""

from __future__ import annotations

from dataclasses import dataclass

from starter.errors import WrongUsage
from workflows.plan.problems import shown

LONGEST = 1000  # letters, as servers keep ids


@dataclass(frozen=True)
class RunRef:
    """`run_id` None: the newest run of that id."""

    workflow_id: str
    run_id: str | None = None

    @property
    def estate(self) -> str:
        return self.workflow_id.split("/")[0]

    @property
    def scenario(self) -> str:
        return self.workflow_id.split("/")[1]

    @property
    def is_child(self) -> bool:
        """Kept and reported with its parent; a cleanup and the watch over a fence are runs of their own."""
        return self.workflow_id.count("/") > 1 and self.scenario not in ("cleanup", "fence")

    def __str__(self) -> str:
        return f"{self.workflow_id}#{self.run_id}" if self.run_id else self.workflow_id


def parse_run(text: str, run_id: str | None = None) -> RunRef:
    """WrongUsage when it names no run."""
    workflow_id, hash_sign, after = text.strip().partition("#")
    if hash_sign and run_id and after != run_id:
        raise WrongUsage(f"{text} and --run-id {run_id} name two runs: write one of them")
    parts = workflow_id.split("/")
    is_name = all(parts) and workflow_id.isprintable() and not any(letter.isspace() for letter in workflow_id)
    is_path = any(part in (".", "..") for part in parts) or "/" in (run_id or after)
    is_long = len(workflow_id) > LONGEST
    if len(parts) < 2 or not is_name or is_path or is_long or (hash_sign and not after):
        raise WrongUsage(
            f"{shown(text)} names no run: write ESTATE/SCENARIO, for example hanbit-bank/declaration; "
            "`muster list` shows them"
        )
    return RunRef(workflow_id, run_id or after or None)
