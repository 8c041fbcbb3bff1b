"""What the demo prints: a line for each thing that happens, figures at the end."""

from __future__ import annotations

import json
import sys
import time

from deploy.demo.verdict import Figures


class Screen:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        print(f"[{time.monotonic() - self._began:5.1f}] {line}", flush=True)

    def command(self, line: str) -> None:
        self.say(f"$ {line}")

    def person(self, name: str, signal: str, content: dict[str, str]) -> None:
        self.say(f"{name} sends signal {signal} in the Web UI: {json.dumps(content)}")

    def complain(self, line: str) -> None:
        print(f"demo: {line}", file=sys.stderr, flush=True)

    def figures(self, figures: Figures) -> None:
        """The end: clocks, loss, outage, proof."""
        print()
        print(f"Clocks (RTO {figures.rto_seconds or 0:g} s)")
        for name, seconds in figures.phases.items():
            print(f"  {name:<10}{seconds:8.2f} s")
        interval = figures.loss_interval_seconds
        estimate = "unknown" if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f} s"
        rows = [
            ("estimated loss", estimate),
            (
                "true loss of acknowledged writes",
                f"{figures.true_loss_seconds:.2f} s, {figures.lost_rows} rows",
            ),
            ("rows that only the old side has", str(figures.rows_only_at_old_side)),
            ("outage seen by the client", f"{figures.outage_seconds or 0:.2f} s, people's time included"),
            ("last approval to first write", f"{figures.approval_to_first_write_seconds:.2f} s"),
            ("  of which settle times", f"{figures.settle_seconds:.2f} s"),
            ("bare script on the same lab", f"{figures.scripted_limit_seconds:.2f} s"),
            ("both sides accepted writes", "yes" if figures.both_sides_accepted_writes else "no"),
            ("old side's last commit", _before(figures)),
            ("report", figures.report),
        ]
        print()
        for name, value in rows:
            print(f"  {name:<34}{value}")
        print()
        for complaint in figures.complaints:
            self.complain(complaint)


def _before(figures: Figures) -> str:
    if figures.old_last_commit is None or figures.promoted_at is None:
        return "unknown"
    return f"{figures.promoted_at - figures.old_last_commit:.2f} s before the promotion, by the disks"
