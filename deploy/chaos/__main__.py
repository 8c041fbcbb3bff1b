"""`python -m deploy.chaos`: SEEDS=n plays the seeds 1 to n, SEED=k one alone. Exit code 1 when a promise was broken.

FIRST=k begins with another seed than 1. CHAOS_LAB and CHAOS_BASE give the lab another id and address range.
KEEP=1 keeps the artifacts of every seed and leaves the site running.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig

from deploy.chaos import telling
from deploy.chaos.schedule import draw
from deploy.chaos.trial import Outcome, Trial
from deploy.dev.errors import DevServerError
from deploy.lab.errors import LabError
from deploy.lab.lab import Lab
from deploy.lab.layout import PROJECT
from deploy.site import Site

BUILD = PROJECT / "build"


def main() -> int:
    """Exit code 2: it could not be played."""
    site = Site(
        Lab(os.environ.get("CHAOS_LAB", "chaos"), base=int(os.environ.get("CHAOS_BASE", "84"))), ui_port=0
    )
    keep = os.environ.get("KEEP", "") not in ("", "0", "no")
    try:
        site.down()  # what an earlier one left
        if sys.argv[1:] == ["down"]:
            return 0
        outcomes = play_all(site, seeds(), BUILD, keep)
    except (LabError, DevServerError, OSError, subprocess.SubprocessError) as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("chaos: interrupted", file=sys.stderr)
        return 130
    print(telling.table(outcomes))
    return 1 if any(one.broken for one in outcomes) else 0


def play_all(site: Site, wanted: list[int], build: Path, keep: bool) -> list[Outcome]:
    """On a site that is brought up for it. What is to be kept goes below `build`."""
    try:
        site.up(telling.say)
        return asyncio.run(play(site, wanted, build, keep))
    finally:
        if not keep:
            site.down()


def seeds() -> list[int]:
    if one := os.environ.get("SEED"):
        return [int(one)]
    first = int(os.environ.get("FIRST", "1"))
    return list(range(first, first + int(os.environ.get("SEEDS", "5"))))


async def play(site: Site, wanted: list[int], build: Path, keep: bool) -> list[Outcome]:
    """Each seed on the same site, begun anew; the summary is written after each."""
    # A server that is killed is what is wanted here: nobody needs to be warned of each call that it missed.
    quiet = Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter="ERROR")))
    client = await Client.connect(site.server.address, data_converter=pydantic_data_converter, runtime=quiet)
    outcomes: list[Outcome] = []
    for seed in wanted:
        schedule = draw(seed)
        telling.say(f"seed {seed}: {schedule}")
        outcome = await Trial(site, client, schedule).play()
        outcomes.append(outcome)
        telling.say(telling.line(outcome))
        if outcome.broken or keep:
            telling.keep(site, outcome, build / "chaos" / str(seed))
        telling.write(outcomes, build / "chaos.json")
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
